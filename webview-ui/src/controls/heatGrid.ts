import { html, type PropertyValues, type TemplateResult } from 'lit';
import { cellAfterKey, cellAt, layOutGrid, scrollTo } from '../draw/gridGeometry.ts';
import type { Cell, CellLimits, GridGeometry } from '../draw/gridGeometry.ts';
import type { Theme } from '../draw/theme.ts';
import { partsDiffer } from './changed.ts';
import { labelRoom, paintGrid, type GridPicture } from '../draw/gridPainter.ts';
import { hideTip, showTip, tipText, type TipContent } from './tip.ts';
import { SizedElement } from './sizedElement.ts';

export interface GridModel extends Omit<GridPicture, 'active'> {
  /** All that the picture is made of: it is drawn again when one of these differs. */
  readonly parts: Readonly<Record<string, unknown>>;
  /** What the picture is, for screen readers. */
  readonly label: string;
  readonly limits: CellLimits;
  readonly maxRowHeight: number;
  /** Height above which the grid scrolls, CSS pixels. */
  readonly maxHeight: number;
  readonly theme: Theme;
  readonly describe: (cell: Cell) => TipContent;
  readonly onChoose: (cell: Cell) => void;
}

const MAX_COLUMN_LABEL = 64;
const MAX_ROW_LABEL = 72;

/**
 * A heat map of any size on a canvas that stays in view while the grid scrolls below it, so that only visible
 * cells are ever painted. One tab stop; arrows walk the cells; the focused cell is told to screen readers.
 */
export class HeatGrid extends SizedElement {
  static override properties = {
    model: { attribute: false, hasChanged: modelsDiffer },
    active: { state: true },
    available: { state: true },
  };
  declare model: GridModel | null;
  declare active: Cell | null;
  declare available: number;
  #geometry: GridGeometry | null = null;
  /** Selected cell that was scrolled to last: a person's own scrolling is left alone until it moves. */
  #followed: Cell | null = null;

  constructor() {
    super();
    this.model = null;
    this.active = null;
    this.available = 0;
  }

  protected override resized(): void {
    this.available = this.clientWidth;
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const cell = this.active ?? model?.selected ?? { row: 0, column: 0 };
    const told = model === null ? '' : tipText(model.describe(cell));
    return html`<div
      class="grid-scroll"
      role="grid"
      tabindex="0"
      aria-label=${model?.label ?? ''}
      aria-rowcount=${model?.rowLabels.length ?? 0}
      aria-colcount=${model?.columnLabels.length ?? 0}
      aria-activedescendant="${this.id}-cell"
      @scroll=${() => this.#paintSoon()}
      @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      @pointermove=${(event: PointerEvent) => this.#onHover(event)}
      @pointerleave=${() => hideTip(this)}
      @click=${(event: MouseEvent) => this.#onClick(event)}
      @focus=${() => this.#onFocus()}
      @blur=${() => this.#onBlur()}
    >
      <div class="grid-space">
        <canvas aria-hidden="true"></canvas>
        <div role="row" class="unseen" aria-rowindex=${cell.row + 1}>
          <div
            role="gridcell"
            id="${this.id}-cell"
            aria-colindex=${cell.column + 1}
            aria-selected=${String(sameCell(cell, model?.selected ?? null))}
          >
            ${told}
          </div>
        </div>
      </div>
    </div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    this.#layOut();
    const selected = this.model?.selected ?? null;
    if (!changed.has('active') && selected !== null && !sameCell(selected, this.#followed)) {
      this.#followed = selected;
      this.#scrollTo(selected);
    }
    this.#paint();
  }

  /** Where the cells lie; null until the first layout. */
  get geometry(): GridGeometry | null {
    return this.#geometry;
  }

  #parts(): { scroller: HTMLElement; space: HTMLElement; canvas: HTMLCanvasElement } | null {
    const scroller = this.querySelector<HTMLElement>('.grid-scroll');
    const space = this.querySelector<HTMLElement>('.grid-space');
    const canvas = this.querySelector('canvas');
    return scroller && space && canvas ? { scroller, space, canvas } : null;
  }

  #layOut(): void {
    const parts = this.#parts();
    const context = parts?.canvas.getContext('2d');
    const { model, available } = this;
    if (!parts || !context || model === null || available === 0) return;
    const grid = layOutGrid({
      rows: model.rowLabels.length,
      columns: model.columnLabels.length,
      available,
      gutter: labelRoom(context, model.rowLabels, model.theme.font, MAX_ROW_LABEL),
      footer: labelRoom(context, model.columnLabels, model.theme.editorFont, MAX_COLUMN_LABEL) + 4,
      limits: model.limits,
      maxRowHeight: model.maxRowHeight,
    });
    this.#geometry = grid;
    const { scroller, space, canvas } = parts;
    setSize(space, grid.width, grid.height);
    const overflows = grid.width > available || grid.height > model.maxHeight;
    scroller.classList.toggle('scrolls', overflows);
    scroller.style.setProperty('max-height', `${model.maxHeight + (overflows ? 12 : 0)}px`);
    const width = Math.min(scroller.clientWidth, grid.width);
    const height = Math.min(scroller.clientHeight || grid.height, grid.height);
    setSize(canvas, width, height);
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
  }

  #paint(): void {
    const parts = this.#parts();
    const context = parts?.canvas.getContext('2d');
    if (!parts || !context || this.model === null || this.#geometry === null) return;
    const { scroller, canvas } = parts;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    paintGrid({
      context,
      geometry: this.#geometry,
      viewport: { width: canvas.width / devicePixelRatio, height: canvas.height / devicePixelRatio },
      scroll: { left: scroller.scrollLeft, top: scroller.scrollTop },
      theme: this.model.theme,
      picture: { ...this.model, active: this.active },
    });
  }

  #paintSoon(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.#paint());
  }

  #hit(event: MouseEvent): Cell | null {
    const parts = this.#parts();
    if (!parts || this.#geometry === null) return null;
    const box = parts.canvas.getBoundingClientRect();
    const scroll = { left: parts.scroller.scrollLeft, top: parts.scroller.scrollTop };
    return cellAt(this.#geometry, box, scroll, { x: event.clientX - box.left, y: event.clientY - box.top });
  }

  #cellBox(cell: Cell): DOMRect | null {
    const parts = this.#parts();
    if (!parts || this.#geometry === null) return null;
    const { cellWidth, cellHeight, gutter } = this.#geometry;
    const box = parts.canvas.getBoundingClientRect();
    return new DOMRect(
      box.left + gutter + cell.column * cellWidth - parts.scroller.scrollLeft,
      box.top + cell.row * cellHeight - parts.scroller.scrollTop,
      cellWidth,
      cellHeight,
    );
  }

  #tip(cell: Cell | null): void {
    const box = cell === null ? null : this.#cellBox(cell);
    if (cell === null || box === null || this.model === null) return hideTip(this);
    showTip(this, box, this.model.describe(cell));
  }

  #onHover(event: PointerEvent): void {
    this.#tip(this.#hit(event));
  }

  #onClick(event: MouseEvent): void {
    const cell = this.#hit(event);
    if (cell === null) return;
    this.active = null;
    this.model?.onChoose(cell);
  }

  #onFocus(): void {
    if (!this.querySelector('.grid-scroll:focus-visible')) return;
    this.active = this.model?.selected ?? { row: 0, column: 0 };
    this.#show(this.active);
  }

  #onBlur(): void {
    this.active = null;
    hideTip(this);
  }

  #onKey(event: KeyboardEvent): void {
    const { model } = this;
    if (model === null) return;
    const here = this.active ?? model.selected ?? { row: 0, column: 0 };
    if (event.key === 'Escape') return hideTip(this);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return model.onChoose(here);
    }
    const next = cellAfterKey(event.key, here, {
      rows: model.rowLabels.length,
      columns: model.columnLabels.length,
    });
    if (next === null) return;
    event.preventDefault();
    this.active = next;
    this.#show(next);
  }

  #show(cell: Cell): void {
    this.#scrollTo(cell);
    this.#tip(cell);
  }

  #scrollTo(cell: Cell): void {
    const parts = this.#parts();
    if (!parts || this.#geometry === null) return;
    const { scroller } = parts;
    const viewport = { width: scroller.clientWidth, height: scroller.clientHeight };
    const at = scrollTo(
      this.#geometry,
      viewport,
      { left: scroller.scrollLeft, top: scroller.scrollTop },
      cell,
    );
    scroller.scrollTo({ ...at, behavior: 'instant' });
  }
}

function modelsDiffer(next: GridModel | null, before: GridModel | null | undefined): boolean {
  return partsDiffer(next?.parts, before?.parts);
}

function setSize(element: HTMLElement, width: number, height: number): void {
  element.style.setProperty('width', `${width}px`);
  element.style.setProperty('height', `${height}px`);
}

function sameCell(a: Cell, b: Cell | null): boolean {
  return b !== null && a.row === b.row && a.column === b.column;
}

customElements.define('ug-heat-grid', HeatGrid);
