import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { VirtualRows, type RowsModel } from './virtualRows.ts';

/** Height of a row, CSS pixels: `.virtual td` says the same. */
export const ROW_HEIGHT = 24;

export interface VirtualRow {
  readonly key: string;
  readonly cells: TemplateResult;
  /** Classes of the row. */
  readonly classes: string;
}

export interface VirtualModel extends RowsModel {
  /** Cells of the header and the footer lines. */
  readonly head: TemplateResult;
  readonly foot: TemplateResult | typeof nothing;
  /** How many columns there are. */
  readonly columns: number;
  readonly row: (index: number) => VirtualRow;
  /** Row that is chosen; null = none. */
  readonly selected: number | null;
  readonly onChoose: (index: number) => void;
}

/** A table of any length with a header and a footer that stay; the active row is told to screen readers. */
export class VirtualTable extends VirtualRows<VirtualModel> {
  /** Key of the chosen row, and whether it has been chosen since the last drawing. */
  #chosen: string | null = null;
  #isNewlyChosen = false;

  constructor() {
    super(ROW_HEIGHT, 'virtual-scroll');
  }

  protected override choose(model: VirtualModel, index: number): void {
    model.onChoose(index);
  }

  protected override fixedParts(): readonly HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('thead, tfoot')];
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#isNewlyChosen = false;
    if (changed.has('model')) this.#follow(this.model?.selected ?? null);
    super.willUpdate(changed);
  }

  /** What was chosen elsewhere comes into view; a row that moves because its numbers did is not run after. */
  protected override settle(_changed: PropertyValues<this>, { selected }: VirtualModel): void {
    if (this.#isNewlyChosen && selected !== null) this.show(selected);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model, active } = this;
    if (model === null) return nothing;
    const { first, end } = this.window(model);
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
      aria-activedescendant=${isDrawn && model.count > 0 ? this.rowId(active) : ''}
      @scroll=${() => this.scrolled()}
      @keydown=${(event: KeyboardEvent) => this.pressed(event)}
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
                id=${this.rowId(index)}
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

  /** Goes to the chosen row when it is another than before, not when the same one has moved. */
  #follow(selected: number | null): void {
    const key = selected === null ? null : (this.model?.row(selected).key ?? null);
    this.#isNewlyChosen = key !== null && key !== this.#chosen;
    this.#chosen = key;
    if (this.#isNewlyChosen && selected !== null) this.active = selected;
  }

  #onClick(event: MouseEvent): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>('tbody tr[data-index]');
    if (row === null || (event.target as HTMLElement).closest('button') !== null) return;
    this.active = Number(row.dataset['index']);
    this.model?.onChoose(this.active);
  }
}

/** Stands for the rows that are not drawn. */
function filler(rows: number, columns: number): TemplateResult | typeof nothing {
  if (rows <= 0) return nothing;
  return html`<tr class="filler" aria-hidden="true">
    <td colspan=${columns} .style=${`height:${rows * ROW_HEIGHT}px`}></td>
  </tr>`;
}

customElements.define('ug-virtual-table', VirtualTable);
