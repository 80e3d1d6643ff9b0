import { LitElement, type PropertyDeclarations, type PropertyValues } from 'lit';
import { rowAfterKey, rowWindow, scrollToRow, type RowWindow } from '../draw/window.ts';
import { partsDiffer } from './changed.ts';

/** What every list of rows of one height has, drawn as a table or not. */
export interface RowsModel {
  /** All that the rows are made of: they are drawn again when one of these differs. */
  readonly parts: Readonly<Record<string, unknown>>;
  readonly label: string;
  readonly count: number;
  /** Other keys than those that move and choose. @returns whether the key was taken. */
  readonly onKey: (key: string, index: number) => boolean;
  /** Half-open range of the rows in view. */
  readonly onSeen: (first: number, end: number) => void;
}

/**
 * Rows of one height, of which only those around the view are in the document. One tab stop; arrows, Page Up and Down,
 * Home and End walk the rows, Enter and Space choose. The scroller that `render` draws must call `scrolled` and `pressed`.
 */
export abstract class VirtualRows<Model extends RowsModel> extends LitElement {
  static override properties: PropertyDeclarations = {
    model: { attribute: false, hasChanged: modelsDiffer },
    active: { state: true },
    top: { state: true },
    height: { state: true },
  };
  declare model: Model | null;
  declare active: number;
  declare top: number;
  /** Height that is left for rows; 0 until the first layout. CSS pixels. */
  declare height: number;
  readonly #rowHeight: number;
  readonly #scrollerClass: string;
  #frame = 0;
  #watched: HTMLElement | null = null;
  readonly #observer = new ResizeObserver(() => this.#measure());

  constructor(rowHeight: number, scrollerClass: string) {
    super();
    this.#rowHeight = rowHeight;
    this.#scrollerClass = scrollerClass;
    this.model = null;
    this.active = 0;
    this.top = 0;
    this.height = 0;
  }

  /** Enter or Space on a row. */
  protected abstract choose(model: Model, index: number, key: string): void;

  /** Parts of the scroller that take room from the rows. They are the same elements for as long as it is. */
  protected fixedParts(): readonly HTMLElement[] {
    return [];
  }

  /** Scrolls where the change asks for it. */
  protected settle(_changed: PropertyValues<this>, _model: Model): void {}

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
    this.#watched = null;
    cancelAnimationFrame(this.#frame);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const count = this.model?.count ?? 0;
    if (this.active >= count) this.active = Math.max(0, count - 1);
  }

  protected override updated(changed: PropertyValues<this>): void {
    this.#watchSizes();
    const { model } = this;
    if (model === null) return;
    this.settle(changed, model);
    const { seenFirst, seenEnd } = this.window(model);
    model.onSeen(seenFirst, seenEnd);
  }

  /** Moves the keyboard into the rows. */
  override focus(): void {
    this.scroller()?.focus();
  }

  protected window({ count }: Model): RowWindow {
    return rowWindow({ count, rowHeight: this.#rowHeight, scrollTop: this.top, height: this.height });
  }

  protected rowId(index: number): string {
    return `${this.id}-row-${index}`;
  }

  protected scroller(): HTMLElement | null {
    return this.querySelector<HTMLElement>(`.${this.#scrollerClass}`);
  }

  protected scrolled(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => void (this.top = this.scroller()?.scrollTop ?? 0));
  }

  /** Scrolls as little as shows a row whole. */
  protected show(index: number): void {
    const scroller = this.scroller();
    if (scroller === null) return;
    const top = scrollToRow(index, this.#rowHeight, scroller.scrollTop, this.height);
    if (top === scroller.scrollTop) return;
    scroller.scrollTop = top;
    this.top = top;
  }

  protected pressed(event: KeyboardEvent): void {
    const { model } = this;
    if (model === null || model.count === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    // Buttons inside have keys of their own.
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return this.choose(model, this.active, event.key);
    }
    const page = Math.max(1, Math.floor(this.height / this.#rowHeight) - 1);
    const next = rowAfterKey(event.key, this.active, model.count, page);
    if (next !== null) {
      event.preventDefault();
      this.active = next;
      return this.show(next);
    }
    if (!model.onKey(event.key, this.active)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #watchSizes(): void {
    const scroller = this.scroller();
    if (scroller === null || scroller === this.#watched) return;
    this.#observer.disconnect();
    for (const part of [scroller, ...this.fixedParts()]) this.#observer.observe(part);
    this.#watched = scroller;
    this.#measure();
  }

  /** Asking for sizes lays the page out: they are asked for when they change, never while scrolling. */
  #measure(): void {
    const taken = this.fixedParts().reduce((sum, { offsetHeight }) => sum + offsetHeight, 0);
    this.height = Math.max(this.#rowHeight, (this.scroller()?.clientHeight ?? 0) - taken);
  }
}

function modelsDiffer(next: RowsModel | null, before: RowsModel | null | undefined): boolean {
  return partsDiffer(next?.parts, before?.parts);
}
