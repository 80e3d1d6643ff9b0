import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { rowAfterKey, rowWindow, scrollToRow } from '../draw/window.ts';
import { partsDiffer } from './changed.ts';

/** Height of a row, CSS pixels: `.virtual td` says the same. */
export const ROW_HEIGHT = 24;

export interface VirtualRow {
  readonly key: string;
  readonly cells: TemplateResult;
  /** Classes of the row. */
  readonly classes: string;
}

export interface VirtualModel {
  /** All that the table is made of: it is drawn again when one of these differs. */
  readonly parts: Readonly<Record<string, unknown>>;
  readonly label: string;
  /** Cells of the header and the footer lines. */
  readonly head: TemplateResult;
  readonly foot: TemplateResult | typeof nothing;
  /** How many columns there are. */
  readonly columns: number;
  readonly count: number;
  readonly row: (index: number) => VirtualRow;
  /** Row that is chosen; null = none. */
  readonly selected: number | null;
  readonly onChoose: (index: number) => void;
  /** Other keys than those that move. @returns whether the key was taken. */
  readonly onKey: (key: string, index: number) => boolean;
  /** Half-open range of the rows in view. */
  readonly onSeen: (first: number, end: number) => void;
}

/**
 * A table of any length: only the rows around the view are in the document. One tab stop; arrows, Page Up and Down,
 * Home and End walk the rows, Enter chooses; the active row is told to screen readers.
 */
export class VirtualTable extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: modelsDiffer },
    active: { state: true },
    top: { state: true },
    height: { state: true },
  };
  declare model: VirtualModel | null;
  declare active: number;
  declare top: number;
  /** Height that is left for rows between header and footer; 0 until the first layout. */
  declare height: number;
  #frame = 0;
  #watched = false;
  /** Key of the chosen row, and whether it has been chosen since the last drawing. */
  #chosen: string | null = null;
  #isNewlyChosen = false;
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
    this.#watched = false;
    cancelAnimationFrame(this.#frame);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const count = this.model?.count ?? 0;
    const selected = this.model?.selected ?? null;
    this.#isNewlyChosen = false;
    if (changed.has('model')) this.#follow(selected);
    if (this.active >= count) this.active = Math.max(0, count - 1);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model, active } = this;
    if (model === null) return nothing;
    const { first, end } = this.#window(model);
    const drawn = Array.from({ length: end - first }, (_, i) => ({
      index: first + i,
      row: model.row(first + i),
    }));
    const isDrawn = active >= first && active < end;
    return html`<div
      class="virtual-scroll"
      tabindex="0"
      role="grid"
      aria-label=${model.label}
      aria-rowcount=${model.count + 1}
      aria-activedescendant=${isDrawn && model.count > 0 ? this.#rowId(active) : ''}
      @scroll=${() => this.#scrolled()}
      @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      @click=${(event: MouseEvent) => this.#onClick(event)}
    >
      <table class="list virtual" role="presentation">
        <thead role="rowgroup">
          ${model.head}
        </thead>
        <tbody role="rowgroup">
          ${filler(first, model.columns)}
          ${repeat(
            drawn,
            ({ row }) => row.key,
            ({ index, row }) =>
              html`<tr
                role="row"
                id=${this.#rowId(index)}
                class="choice ${row.classes} ${index === active ? 'active' : ''} ${index === model.selected ? 'selected' : ''}"
                data-index=${index}
                data-key=${row.key}
                aria-rowindex=${index + 2}
                aria-selected=${String(index === model.selected)}
              >
                ${row.cells}
              </tr>`,
          )}
          ${filler(model.count - end, model.columns)}
        </tbody>
        <tfoot role="rowgroup">
          ${model.foot}
        </tfoot>
      </table>
    </div>`;
  }

  protected override updated(): void {
    this.#watchSizes();
    if (this.height === 0) this.#measure();
    const { model } = this;
    if (model === null) return;
    // What was chosen elsewhere comes into view; a row that moves because its numbers did is not run after.
    if (this.#isNewlyChosen && model.selected !== null) this.#show(model.selected);
    const { seenFirst, seenEnd } = this.#window(model);
    model.onSeen(seenFirst, seenEnd);
  }

  /** Goes to the chosen row when it is another than before, not when the same one has moved. */
  #follow(selected: number | null): void {
    const key = selected === null ? null : (this.model?.row(selected).key ?? null);
    this.#isNewlyChosen = key !== null && key !== this.#chosen;
    this.#chosen = key;
    if (this.#isNewlyChosen && selected !== null) this.active = selected;
  }

  /** Moves the keyboard into the table. */
  override focus(): void {
    this.#scroller()?.focus();
  }

  #window(model: VirtualModel): ReturnType<typeof rowWindow> {
    return rowWindow({
      count: model.count,
      rowHeight: ROW_HEIGHT,
      scrollTop: this.top,
      height: this.height,
    });
  }

  #rowId(index: number): string {
    return `${this.id}-row-${index}`;
  }

  #scroller(): HTMLElement | null {
    return this.querySelector<HTMLElement>('.virtual-scroll');
  }

  /** Asking for sizes lays the page out: they are asked for when they change, never while scrolling. */
  #measure(): void {
    const size = (part: string): number => this.querySelector<HTMLElement>(part)?.offsetHeight ?? 0;
    const room = (this.#scroller()?.clientHeight ?? 0) - size('thead') - size('tfoot');
    this.height = Math.max(ROW_HEIGHT, room);
  }

  /** Header and footer are the same elements for as long as the table is drawn. */
  #watchSizes(): void {
    if (this.#watched) return;
    const parts = [...this.querySelectorAll('.virtual-scroll, thead, tfoot')];
    for (const part of parts) this.#observer.observe(part);
    this.#watched = parts.length > 0;
  }

  #scrolled(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => void (this.top = this.#scroller()?.scrollTop ?? 0));
  }

  #show(index: number): void {
    const scroller = this.#scroller();
    if (scroller === null) return;
    const top = scrollToRow(index, ROW_HEIGHT, scroller.scrollTop, this.height);
    if (top === scroller.scrollTop) return;
    scroller.scrollTop = top;
    this.top = top;
  }

  #onClick(event: MouseEvent): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>('tbody tr[data-index]');
    if (row === null || (event.target as HTMLElement).closest('button') !== null) return;
    this.active = Number(row.dataset['index']);
    this.model?.onChoose(this.active);
  }

  #onKey(event: KeyboardEvent): void {
    const { model } = this;
    if (model === null || model.count === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    // Buttons of the header and of cells have keys of their own.
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return model.onChoose(this.active);
    }
    const page = Math.max(1, Math.floor(this.height / ROW_HEIGHT) - 1);
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

/** Stands for the rows that are not drawn. */
function filler(rows: number, columns: number): TemplateResult | typeof nothing {
  if (rows <= 0) return nothing;
  return html`<tr class="filler" aria-hidden="true">
    <td colspan=${columns} .style=${`height:${rows * ROW_HEIGHT}px`}></td>
  </tr>`;
}

function modelsDiffer(next: VirtualModel | null, before: VirtualModel | null | undefined): boolean {
  return partsDiffer(next?.parts, before?.parts);
}

customElements.define('ug-virtual-table', VirtualTable);
