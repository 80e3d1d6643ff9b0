import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { VirtualRows, type RowsModel } from '../controls/virtualRows.ts';

/** Height of a row of two lines, CSS pixels: `.unit-row` says the same. */
export const UNIT_ROW_HEIGHT = 44;

export interface UnitListRow {
  readonly key: string;
  /** Two grid cells: the unit, and its pin. */
  readonly cells: TemplateResult;
  readonly classes: string;
}

export interface UnitListModel extends RowsModel {
  /** The list scrolls back to its top when this is another one. */
  readonly question: string;
  readonly row: (index: number) => UnitListRow;
  readonly onOpen: (index: number, how: { readonly preserveFocus: boolean }) => void;
}

/** A list with rows of two lines. Enter opens one, Space and a click open it and stay. */
export class UnitListElement extends VirtualRows<UnitListModel> {
  constructor() {
    super(UNIT_ROW_HEIGHT, 'unit-scroll');
  }

  protected override choose(model: UnitListModel, index: number, key: string): void {
    model.onOpen(index, { preserveFocus: key === ' ' });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.model !== null && this.#isOther(changed, this.model)) {
      this.active = 0;
      this.top = 0;
    }
    super.willUpdate(changed);
  }

  protected override settle(changed: PropertyValues<this>, model: UnitListModel): void {
    const scroller = this.scroller();
    if (scroller !== null && this.#isOther(changed, model)) scroller.scrollTop = 0;
  }

  #isOther(changed: PropertyValues<this>, model: UnitListModel): boolean {
    const before = changed.get('model');
    return Boolean(before) && before?.question !== model.question;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model, active } = this;
    if (model === null) return nothing;
    const { first, end } = this.window(model);
    const drawn = Array.from({ length: end - first }, (_, i) => first + i);
    const isDrawn = active >= first && active < end;
    return html`<div
      class="unit-scroll"
      tabindex="0"
      role="grid"
      aria-label=${model.label}
      aria-rowcount=${model.count}
      aria-colcount="2"
      aria-activedescendant=${isDrawn ? this.rowId(active) : ''}
      @scroll=${() => this.scrolled()}
      @keydown=${(event: KeyboardEvent) => this.pressed(event)}
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

  #row(model: UnitListModel, index: number): TemplateResult {
    const { key, classes, cells } = model.row(index);
    return html`<div
      role="row"
      id=${this.rowId(index)}
      class="unit-row ${classes} ${index === this.active ? 'active' : ''}"
      data-index=${index}
      data-key=${key}
      aria-rowindex=${index + 1}
      aria-selected=${String(index === this.active)}
    >
      ${cells}
    </div>`;
  }

  #onClick(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('.unit-row');
    if (row === null) return;
    this.active = Number(row.dataset['index']);
    // The buttons of a row do their own.
    if (target.closest('button') === null) this.model?.onOpen(this.active, { preserveFocus: true });
  }
}

customElements.define('ug-unit-list', UnitListElement);
