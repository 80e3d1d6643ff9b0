import { html, type PropertyValues, type TemplateResult } from 'lit';
import type { AttentionLayer } from '../../../src/protocol/debugContract.ts';
import { partsDiffer } from '../controls/changed.ts';
import { hideTip, showTip, tipText, type TipContent } from '../controls/tip.ts';
import { fillOf } from '../draw/color.ts';
import { cellAfterKey, type Cell } from '../draw/gridGeometry.ts';
import type { Theme } from '../draw/theme.ts';
import { thumbnail, type Weighting } from './attentionData.ts';
import { SizedElement } from '../controls/sizedElement.ts';

export interface WallModel {
  /** By layer; null while it is awaited. */
  readonly layers: readonly (AttentionLayer | null)[];
  readonly heads: number;
  readonly weighting: Weighting;
  /** Weight of full colour. */
  readonly reach: number;
  readonly selected: { readonly layer: number; readonly head: number };
  readonly theme: Theme;
  readonly describe: (layer: number, head: number) => TipContent;
  readonly onChoose: (layer: number, head: number) => void;
}

const GUTTER = 26;
const HEADER = 16;
const GAP = 3;
const MIN_MAP = 14;
const MAX_MAP = 72;

/** The patterns of all heads as a wall of small maps, the last layer on top. One tab stop; arrows walk the heads. */
export class AttentionWall extends SizedElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    active: { state: true },
    available: { state: true },
  };
  declare model: WallModel | null;
  declare active: Cell | null;
  declare available: number;

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
    const cell = this.#here();
    const layer = this.#layerOf(cell);
    return html`<div
      class="wall"
      role="grid"
      tabindex="0"
      aria-label="Attention patterns, layers by heads. Enter shows a head large."
      aria-rowcount=${model?.layers.length ?? 0}
      aria-colcount=${model?.heads ?? 0}
      aria-activedescendant="wall-cell"
      @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      @pointermove=${(event: PointerEvent) => this.#tip(this.#hit(event))}
      @pointerleave=${() => hideTip(this)}
      @click=${(event: MouseEvent) => this.#choose(this.#hit(event))}
      @blur=${() => this.#leave()}
    >
      <canvas aria-hidden="true"></canvas>
      <div role="row" class="unseen" aria-rowindex=${cell.row + 1}>
        <div role="gridcell" id="wall-cell" aria-colindex=${cell.column + 1}>
          ${model === null ? '' : tipText(model.describe(layer, cell.column))}
        </div>
      </div>
    </div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('model') && changed.get('model')?.selected !== this.model?.selected) this.active = null;
    this.#paint();
  }

  /** Side of a small map, CSS pixels. */
  #side(): number {
    const fitting = Math.floor((this.available - GUTTER) / Math.max(1, this.model?.heads ?? 1)) - GAP;
    return Math.max(MIN_MAP, Math.min(MAX_MAP, fitting));
  }

  #layerOf({ row }: Cell): number {
    return (this.model?.layers.length ?? 1) - 1 - row;
  }

  #here(): Cell {
    const { model } = this;
    if (this.active !== null || model === null) return this.active ?? { row: 0, column: 0 };
    return { row: model.layers.length - 1 - model.selected.layer, column: model.selected.head };
  }

  #paint(): void {
    const canvas = this.querySelector('canvas');
    const context = canvas?.getContext('2d');
    const { model } = this;
    if (!canvas || !context || model === null || this.available === 0) return;
    const side = this.#side();
    const pitch = side + GAP;
    const [width, height] = [GUTTER + model.heads * pitch, HEADER + model.layers.length * pitch];
    canvas.style.setProperty('width', `${width}px`);
    canvas.style.setProperty('height', `${height}px`);
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#paintLabels(context, model, pitch);
    for (let row = 0; row < model.layers.length; row++) {
      const layer = model.layers[this.#layerOf({ row, column: 0 })] ?? null;
      for (let head = 0; head < model.heads; head++) {
        const corner = { x: GUTTER + head * pitch, y: HEADER + row * pitch };
        if (layer !== null) paintMap(context, model, layer, head, { ...corner, side });
        context.strokeStyle = model.theme.line;
        context.lineWidth = 1;
        context.strokeRect(corner.x + 0.5, corner.y + 0.5, side - 1, side - 1);
      }
    }
    this.#outline(context, this.#rowOf(model), model.selected.head, pitch, model.theme.focus, []);
    if (this.active !== null)
      this.#outline(context, this.active.row, this.active.column, pitch, model.theme.text, [2, 2]);
  }

  #rowOf(model: WallModel): number {
    return model.layers.length - 1 - model.selected.layer;
  }

  #paintLabels(context: CanvasRenderingContext2D, model: WallModel, pitch: number): void {
    context.font = `11px ${model.theme.font}`;
    context.fillStyle = model.theme.description;
    context.textBaseline = 'middle';
    const step = Math.max(1, Math.ceil(18 / pitch));
    for (let head = 0; head < model.heads; head += step)
      context.fillText(String(head), GUTTER + head * pitch + pitch / 2 - 4, HEADER / 2);
    for (let row = 0; row < model.layers.length; row++)
      context.fillText(`L${this.#layerOf({ row, column: 0 })}`, 2, HEADER + row * pitch + pitch / 2);
  }

  #outline(
    context: CanvasRenderingContext2D,
    row: number,
    column: number,
    pitch: number,
    color: string,
    dash: number[],
  ): void {
    context.save();
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.setLineDash(dash);
    context.strokeRect(GUTTER + column * pitch, HEADER + row * pitch, pitch - GAP, pitch - GAP);
    context.restore();
  }

  #hit(event: MouseEvent): Cell | null {
    const box = this.querySelector('canvas')?.getBoundingClientRect();
    const { model } = this;
    if (!box || model === null) return null;
    const pitch = this.#side() + GAP;
    const column = Math.floor((event.clientX - box.left - GUTTER) / pitch);
    const row = Math.floor((event.clientY - box.top - HEADER) / pitch);
    const inside = row >= 0 && row < model.layers.length && column >= 0 && column < model.heads;
    return inside ? { row, column } : null;
  }

  #tip(cell: Cell | null): void {
    const box = this.querySelector('canvas')?.getBoundingClientRect();
    if (cell === null || !box || this.model === null) return hideTip(this);
    const side = this.#side();
    const pitch = side + GAP;
    const anchor = new DOMRect(
      box.left + GUTTER + cell.column * pitch,
      box.top + HEADER + cell.row * pitch,
      side,
      side,
    );
    showTip(this, anchor, this.model.describe(this.#layerOf(cell), cell.column));
  }

  #choose(cell: Cell | null): void {
    if (cell !== null) this.model?.onChoose(this.#layerOf(cell), cell.column);
  }

  #leave(): void {
    this.active = null;
    hideTip(this);
  }

  #onKey(event: KeyboardEvent): void {
    const { model } = this;
    if (model === null) return;
    const here = this.#here();
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return this.#choose(here);
    }
    const next = cellAfterKey(event.key, here, { rows: model.layers.length, columns: model.heads });
    if (next === null) return;
    event.preventDefault();
    this.active = next;
    this.#tip(next);
  }
}

/** One head's map: the strongest weight of every step; in high contrast squares of the text colour by size. */
function paintMap(
  context: CanvasRenderingContext2D,
  { weighting, reach, theme }: WallModel,
  layer: AttentionLayer,
  head: number,
  box: { readonly x: number; readonly y: number; readonly side: number },
): void {
  if (reach <= 0) return;
  const values = thumbnail(layer, weighting, head, Math.floor(box.side));
  const steps = Math.sqrt(values.length);
  const cell = box.side / steps;
  for (const [i, value] of values.entries()) {
    const share = Math.min(1, value / reach);
    if (share < 0.01) continue;
    const x = box.x + (i % steps) * cell;
    const y = box.y + Math.floor(i / steps) * cell;
    const size = theme.highContrast ? cell * Math.sqrt(share) : cell;
    context.fillStyle = theme.highContrast ? theme.text : fillOf(share, theme);
    context.fillRect(x + (cell - size) / 2, y + (cell - size) / 2, size, size);
  }
}

customElements.define('ug-attention-wall', AttentionWall);
