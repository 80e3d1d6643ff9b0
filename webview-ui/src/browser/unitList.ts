import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { partsDiffer } from '../controls/changed.ts';
import { rowAfterKey, rowWindow, scrollToRow } from '../draw/window.ts';

/** Height of a row of two lines, CSS pixels: `.unit-row` says the same. */
export const UNIT_ROW_HEIGHT = 44;

export interface UnitListRow {
  readonly key: string;
  /** Two grid cells: the unit, and its pin. */
  readonly cells: TemplateResult;
  readonly classes: string;
}

export interface UnitListModel {
  /** All that the list is made of: it is drawn again when one of these differs. */
  readonly parts: Readonly<Record<string, unknown>>;
  /** The list scrolls back to its top when this is another one. */
  readonly question: string;
  readonly label: string;
  readonly count: number;
  readonly row: (index: number) => UnitListRow;
  readonly onOpen: (index: number, how: { readonly preserveFocus: boolean }) => void;
  /** Other keys than those that move and open. @returns whether the key was taken. */
  readonly onKey: (key: string, index: number) => boolean;
  /** Half-open range of the rows in view. */
  readonly onSeen: (first: number, end: number) => void;
}

/**
 * A list of any length with rows of two lines: only those around the view are in the document. One tab stop; arrows,
 * Page Up and Down, Home and End walk the rows; Enter opens one, Space and a click open it and stay.
 */
export class UnitListElement extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: modelsDiffer },
    active: { state: true },
    top: { state: true },
    height: { state: true },
  };
  declare model: UnitListModel | null;
  declare active: number;
  declare top: number;
  declare height: number;
  #frame = 0;
  #watched: HTMLElement | null = null;
  readonly #observer = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.model = null;
    this.active = 0;
    this.top = 0;
    this.height = 0;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
    this.#watched = null;
    cancelAnimationFrame(this.#frame);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('model');
    if (before && this.model && before.question !== this.model.question) {
      this.active = 0;
      this.top = 0;
    }
    if (this.active >= (this.model?.count ?? 0)) this.active = Math.max(0, (this.model?.count ?? 0) - 1);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model, active } = this;
    if (model === null) return nothing;
    const { first, end } = this.#window(model);
    const drawn = Array.from({ length: end - first }, (_, i) => first + i);
    const isDrawn = active >= first && active < end;
    return html`<div
      class="unit-scroll"
      tabindex="0"
      role="grid"
      aria-label=${model.label}
      aria-rowcount=${model.count}
      aria-colcount="2"
      aria-activedescendant=${isDrawn ? this.#rowId(active) : ''}
      @scroll=${() => this.#scrolled()}
      @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      @click=${(event: MouseEvent) => this.#onClick(event)}
    >
      <div class="unit-space" role="presentation" .style=${`height:${model.count * UNIT_ROW_HEIGHT}px`}>
        <div class="unit-rows" role="presentation" .style=${`top:${first * UNIT_ROW_HEIGHT}px`}>
          ${repeat(
            drawn,
            (index) => index,
            (index) => this.#row(model, index),
          )}
        </div>
      </div>
    </div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const scroller = this.#scroller();
    if (scroller !== null && scroller !== this.#watched) {
      this.#observer.disconnect();
      this.#observer.observe(scroller);
      this.#watched = scroller;
      this.#measure();
    }
    const { model } = this;
    if (model === null) return;
    const before = changed.get('model');
    if (scroller !== null && before && before.question !== model.question) scroller.scrollTop = 0;
    const { seenFirst, seenEnd } = this.#window(model);
    model.onSeen(seenFirst, seenEnd);
  }

  /** Moves the keyboard into the list. */
  override focus(): void {
    this.#scroller()?.focus();
  }

  #row(model: UnitListModel, index: number): TemplateResult {
    const { key, classes, cells } = model.row(index);
    return html`<div
      role="row"
      id=${this.#rowId(index)}
      class="unit-row ${classes} ${index === this.active ? 'active' : ''}"
      data-index=${index}
      data-key=${key}
      aria-rowindex=${index + 1}
      aria-selected=${String(index === this.active)}
    >
      ${cells}
    </div>`;
  }

  #window({ count }: UnitListModel): ReturnType<typeof rowWindow> {
    return rowWindow({ count, rowHeight: UNIT_ROW_HEIGHT, scrollTop: this.top, height: this.height });
  }

  #rowId(index: number): string {
    return `${this.id}-row-${index}`;
  }

  #scroller(): HTMLElement | null {
    return this.querySelector<HTMLElement>('.unit-scroll');
  }

  /** Asking for sizes lays the page out: they are asked for when they change, never while scrolling. */
  #measure(): void {
    this.height = Math.max(UNIT_ROW_HEIGHT, this.#scroller()?.clientHeight ?? 0);
  }

  #scrolled(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => void (this.top = this.#scroller()?.scrollTop ?? 0));
  }

  #show(index: number): void {
    const scroller = this.#scroller();
    if (scroller === null) return;
    const top = scrollToRow(index, UNIT_ROW_HEIGHT, scroller.scrollTop, this.height);
    if (top === scroller.scrollTop) return;
    scroller.scrollTop = top;
    this.top = top;
  }

  #onClick(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('.unit-row');
    if (row === null) return;
    this.active = Number(row.dataset['index']);
    // The buttons of a row do their own.
    if (target.closest('button') === null) this.model?.onOpen(this.active, { preserveFocus: true });
  }

  #onKey(event: KeyboardEvent): void {
    const { model } = this;
    if (model === null || model.count === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return model.onOpen(this.active, { preserveFocus: event.key === ' ' });
    }
    const page = Math.max(1, Math.floor(this.height / UNIT_ROW_HEIGHT) - 1);
    const next = rowAfterKey(event.key, this.active, model.count, page);
    if (next !== null) {
      event.preventDefault();
      this.active = next;
      return this.#show(next);
    }
    if (!model.onKey(event.key, this.active)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function modelsDiffer(next: UnitListModel | null, before: UnitListModel | null | undefined): boolean {
  return partsDiffer(next?.parts, before?.parts);
}

customElements.define('ug-unit-list', UnitListElement);
