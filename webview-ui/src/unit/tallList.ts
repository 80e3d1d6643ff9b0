import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { partsDiffer } from '../controls/changed.ts';
import { drawnRows, type DrawnRows } from './tallRows.ts';
import { SizedElement } from '../controls/sizedElement.ts';

export interface TallModel {
  /** All that the rows are made of: the list is drawn again when one of these differs. */
  readonly parts: Readonly<Record<string, unknown>>;
  readonly label: string;
  readonly count: number;
  readonly key: (index: number) => string;
  readonly row: (index: number) => TemplateResult;
}

/** Height of a row before it has been measured, CSS pixels. */
const GUESS = 96;

/** A list of any length whose rows are as tall as they need: only the ones around the view are in the document. */
export class TallList extends SizedElement {
  static override properties = {
    model: {
      attribute: false,
      hasChanged: (next: TallModel | null, before: TallModel | null | undefined) =>
        partsDiffer(next?.parts, before?.parts),
    },
    top: { state: true },
    height: { state: true },
    measured: { state: true },
  };
  declare model: TallModel | null;
  declare top: number;
  /** Height of the view; 0 until the first layout. */
  declare height: number;
  /** Counts measurements that changed something. */
  declare measured: number;
  readonly #heights = new Map<number, number>();
  #width = 0;

  constructor() {
    super();
    this.model = null;
    this.top = 0;
    this.height = 0;
    this.measured = 0;
  }

  protected override resized(): void {
    this.#measure();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('model');
    if (before && this.model && before.key(0) !== this.model.key(0)) this.#heights.clear();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (model === null || model.count === 0) return nothing;
    const { first, end, before, after } = this.#drawn(model);
    const indexes = Array.from({ length: end - first }, (_, i) => first + i);
    return html`<div
      class="tall-scroll"
      role="list"
      aria-label=${model.label}
      @scroll=${() => this.#scrolled()}
    >
      <div .style=${`height:${before}px`} aria-hidden="true"></div>
      ${repeat(
        indexes,
        (index) => model.key(index),
        (index) =>
          html`<div
            class="tall-row"
            role="listitem"
            data-index=${index}
            aria-setsize=${model.count}
            aria-posinset=${index + 1}
          >
            ${model.row(index)}
          </div>`,
      )}
      <div .style=${`height:${after}px`} aria-hidden="true"></div>
    </div>`;
  }

  protected override updated(): void {
    // The windows inside draw themselves first.
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.#measure());
  }

  #drawn({ count }: TallModel): DrawnRows {
    const height = this.height === 0 ? window.innerHeight : this.height;
    return drawnRows({ count, heights: this.#heights, guess: GUESS, top: this.top, height });
  }

  #scrolled(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.top = this.querySelector('.tall-scroll')?.scrollTop ?? 0;
      this.#measure();
    });
  }

  #measure(): void {
    const scroller = this.querySelector<HTMLElement>('.tall-scroll');
    if (scroller === null) return;
    // Other widths wrap otherwise.
    if (scroller.clientWidth !== this.#width) this.#heights.clear();
    this.#width = scroller.clientWidth;
    let isNew = false;
    for (const row of scroller.querySelectorAll<HTMLElement>(':scope > .tall-row')) {
      const index = Number(row.dataset['index']);
      const { height } = row.getBoundingClientRect();
      if (Math.abs((this.#heights.get(index) ?? -1) - height) > 0.5) {
        this.#heights.set(index, height);
        isNew = true;
      }
    }
    this.height = scroller.clientHeight;
    if (isNew) this.measured++;
  }
}

customElements.define('ug-tall-list', TallList);
