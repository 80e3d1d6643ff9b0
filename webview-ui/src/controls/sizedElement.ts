import { LitElement } from 'lit';

/** An element without a shadow root that hears when its size changes, for as long as it is in the document. */
export abstract class SizedElement extends LitElement {
  readonly #observer = new ResizeObserver(() => this.resized());
  /** Of the next drawing, where one is waited for. */
  protected frame = 0;

  protected abstract resized(): void;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
