import type { ColorDomain } from '../../../src/core/trace/readings.ts';
import type { TextToken } from '../../../src/core/tokens/token.ts';
import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { paintOf, type Paint } from '../draw/color.ts';
import type { Theme } from '../draw/theme.ts';
import { endsLine } from '../draw/tokenText.ts';
import { partsDiffer } from './changed.ts';
import { hideTip, showTip, tipText, type TipContent } from './tip.ts';
import { tokenView } from '../draw/tokenView.ts';

export interface StripModel {
  readonly tokens: readonly TextToken[];
  readonly selected: number;
  /** Null while nothing has been read: tokens stay uncoloured. */
  readonly heat: { readonly values: readonly (number | null)[]; readonly domain: ColorDomain } | null;
  /** All that is known of a token. The same function as long as the answers are the same. */
  readonly describe: (position: number) => TipContent;
  readonly theme: Theme;
  readonly onChoose: (position: number) => void;
  readonly onReveal: (position: number) => void;
}

/** High contrast: thickness of the underline of the strongest value, CSS pixels. */
const MAX_UNDERLINE = 5;

/** The prompt as tokens that wrap like text. One tab stop; arrows walk, Enter chooses. */
export class TokenStrip extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    focused: { state: true },
  };
  declare model: StripModel | null;
  /** Token that holds the tab stop once the keyboard has been here. */
  declare focused: number | null;

  constructor() {
    super();
    this.model = null;
    this.focused = null;
    this.addEventListener('keydown', (event) => this.#onKey(event));
    this.addEventListener('pointerover', (event) => this.#tipFor(event.target));
    this.addEventListener('focusin', (event) => {
      const position = positionOf(event.target);
      if (position !== null) this.focused = position;
      this.#tipFor(event.target);
    });
    this.addEventListener('pointerleave', () => hideTip(this));
    this.addEventListener('focusout', () => hideTip(this));
    this.addEventListener('click', (event) => this.#choose(positionOf(event.target)));
    this.addEventListener('dblclick', (event) => {
      const position = positionOf(event.target);
      if (position !== null) this.model?.onReveal(position);
    });
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('model');
    if (changed.has('model') && before?.selected !== this.model?.selected) this.focused = null;
  }

  protected override render(): TemplateResult {
    const { model } = this;
    const stop = this.#stop();
    return html`<div
      class="strip"
      role="listbox"
      aria-label="Tokens of the prompt"
      aria-orientation="horizontal"
    >
      ${model?.tokens.map((token, position) => this.#token(model, token, position, position === stop))}
    </div>`;
  }

  #token(model: StripModel, token: TextToken, position: number, stop: boolean): TemplateResult {
    const selected = position === model.selected;
    const paint = paintAt(model, position);
    const box = html`<span
      role="option"
      class="tok ${selected ? 'selected' : ''}"
      data-position=${position}
      data-share=${paint?.share ?? ''}
      tabindex=${stop ? 0 : -1}
      aria-selected=${String(selected)}
      aria-label=${tipText(model.describe(position))}
      .style=${tokenStyle(paint, model.theme)}
      >${tokenView(token, position)}</span
    >`;
    return endsLine(token) ? html`${box}<br />` : box;
  }

  #stop(): number {
    const { model, focused } = this;
    const last = (model?.tokens.length ?? 1) - 1;
    return Math.min(last, focused ?? model?.selected ?? 0);
  }

  #tipFor(target: EventTarget | null): void {
    const position = positionOf(target);
    const element = (target as HTMLElement | null)?.closest?.('.tok');
    if (position === null || !element || this.model === null) return;
    showTip(this, element.getBoundingClientRect(), this.model.describe(position));
  }

  #choose(position: number | null): void {
    if (position !== null) this.model?.onChoose(position);
  }

  #onKey(event: KeyboardEvent): void {
    const position = positionOf(event.target);
    if (position === null) return;
    if (event.key === 'Escape') return hideTip(this);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return this.#choose(position);
    }
    const next = this.#after(event.key, position);
    if (next === null) return;
    event.preventDefault();
    this.focused = next;
    this.querySelector<HTMLElement>(`[data-position="${next}"]`)?.focus();
  }

  #after(key: string, position: number): number | null {
    const last = (this.model?.tokens.length ?? 1) - 1;
    if (key === 'ArrowLeft') return Math.max(0, position - 1);
    if (key === 'ArrowRight') return Math.min(last, position + 1);
    if (key === 'Home') return 0;
    if (key === 'End') return last;
    if (key === 'ArrowUp' || key === 'ArrowDown')
      return this.#lineBeside(position, key === 'ArrowUp' ? -1 : 1);
    return null;
  }

  /** The token of the next line up or down whose middle is nearest. */
  #lineBeside(position: number, direction: -1 | 1): number {
    const boxes = [...this.querySelectorAll<HTMLElement>('.tok')].map((box) => box.getBoundingClientRect());
    const here = boxes[position];
    if (here === undefined) return position;
    const middle = (here.left + here.right) / 2;
    const beyond = boxes.filter((box) => direction * (box.top - here.top) > here.height / 2);
    const line = beyond.reduce((best, box) => Math.min(best, direction * box.top), Infinity);
    const distance = (box: DOMRect): number => Math.abs((box.left + box.right) / 2 - middle);
    const nearest = beyond
      .filter((box) => Math.abs(direction * box.top - line) < here.height / 2)
      .sort((a, b) => distance(a) - distance(b))[0];
    return nearest === undefined ? position : boxes.indexOf(nearest);
  }
}

function paintAt({ heat, theme }: StripModel, position: number): Paint | null {
  return heat === null ? null : paintOf(heat.values[position] ?? null, heat.domain, theme);
}

function tokenStyle(paint: Paint | null, theme: Theme): string {
  if (paint === null) return '';
  const { share, fill, ink } = paint;
  if (!theme.highContrast) return share === 0 ? '' : `background-color:${fill};color:${ink}`;
  const width = Math.round(Math.abs(share) * MAX_UNDERLINE);
  return width === 0 ? '' : `border-bottom:${width}px ${share < 0 ? 'dashed' : 'solid'} currentcolor`;
}

function positionOf(target: EventTarget | null): number | null {
  const text = (target as HTMLElement | null)?.closest?.('.tok')?.getAttribute('data-position');
  return text === null || text === undefined ? null : Number(text);
}

customElements.define('ug-strip', TokenStrip);
