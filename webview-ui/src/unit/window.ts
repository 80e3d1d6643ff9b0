import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { ColorDomain } from '../../../src/core/trace/readings.ts';
import { partsDiffer } from '../controls/changed.ts';
import { hideTip, showTip, tipText, type TipContent } from '../controls/tip.ts';
import { formatExact, formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { tokenView } from '../draw/tokenView.ts';
import { heatStyle, pairHeat, pairValue } from './heat.ts';

export interface WindowModel {
  readonly label: string;
  readonly tokens: readonly string[];
  /** Shown as fill; null where there is none. Shape [tokens]. */
  readonly values: ArrayLike<number | null>;
  /** Shown as a line; null = there is no second series. */
  readonly second: ArrayLike<number | null> | null;
  /** Heads: the lower triangle; the values are then the largest of each row. */
  readonly pairs: ArrayLike<number> | null;
  readonly names: readonly [value: string, second: string];
  /** Where the window was chosen for, outlined; null = nowhere. */
  readonly mark: number | null;
  readonly domain: ColorDomain;
  readonly theme: Theme;
  readonly onChoose?: (position: number) => void;
}

/** Longest list of attended-to tokens in a tooltip. */
const MOST_PAIRS = 4;

/** One window of text as tokens that wear their activations. One tab stop; arrows walk, Up and Down change windows. */
export class TokenWindow extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    stop: { state: true },
    looked: { state: true },
  };
  declare model: WindowModel | null;
  /** Token that holds the tab stop; null = the marked one. */
  declare stop: number | null;
  /** Token under the pointer or the focus: of a head, its pairs are shown. */
  declare looked: number | null;

  constructor() {
    super();
    this.model = null;
    this.stop = null;
    this.looked = null;
    this.addEventListener('pointerover', (event) => this.#look(event.target));
    this.addEventListener('pointerleave', () => this.#leave());
    this.addEventListener('focusin', (event) => this.#look(event.target, { isFocus: true }));
    this.addEventListener('focusout', () => this.#leave());
    this.addEventListener('keydown', (event) => this.#onKey(event));
    this.addEventListener('click', (event) => {
      const position = positionOf(event.target);
      if (position !== null) this.model?.onChoose?.(position);
    });
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (model === null) return nothing;
    const { tokens, values, second, pairs } = model;
    const heat =
      pairs === null
        ? { fill: values, line: second }
        : pairHeat(
            { pairs, tokens, activations: Float32Array.from(values as ArrayLike<number>) },
            this.looked,
          );
    const stop = Math.min(tokens.length - 1, this.stop ?? model.mark ?? 0);
    return html`<div class="window" role="listbox" aria-label=${model.label} aria-orientation="horizontal">
      ${tokens.map(
        (text, position) =>
          html`<span
            role="option"
            class="tok ${position === model.mark ? 'marked' : ''} ${pairs !== null && position === this.looked ? 'asking' : ''}"
            data-position=${position}
            tabindex=${position === stop ? 0 : -1}
            aria-selected=${String(position === model.mark)}
            aria-label=${tipText(describe(model, position))}
            .style=${heatStyle(
              { fill: heat.fill[position] ?? null, line: heat.line?.[position] ?? null },
              model.domain,
              model.theme,
            )}
            >${tokenView({ text }, position)}</span
          >`,
      )}
    </div>`;
  }

  #look(target: EventTarget | null, { isFocus = false }: { readonly isFocus?: boolean } = {}): void {
    const position = positionOf(target);
    const element = (target as HTMLElement | null)?.closest?.('.tok');
    if (position === null || !element || this.model === null) return;
    if (isFocus) this.stop = position;
    if (this.model.pairs !== null) this.looked = position;
    showTip(this, element.getBoundingClientRect(), describe(this.model, position));
  }

  #leave(): void {
    this.looked = null;
    hideTip(this);
  }

  #onKey(event: KeyboardEvent): void {
    const position = positionOf(event.target);
    if (position === null || this.model === null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') return hideTip(this);
    if (event.key === 'Enter' && this.model.onChoose !== undefined) {
      event.preventDefault();
      return this.model.onChoose(position);
    }
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const other = windowBeside(this, event.key === 'ArrowUp' ? -1 : 1);
      if (other === null) return;
      event.preventDefault();
      return other.focus();
    }
    const last = this.model.tokens.length - 1;
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: Math.max(0, position - 1),
      ArrowRight: Math.min(last, position + 1),
      Home: 0,
      End: last,
    };
    const next = targets[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.querySelector<HTMLElement>(`[data-position="${next}"]`)?.focus();
  }

  /** The token that holds the tab stop. */
  override focus(): void {
    this.querySelector<HTMLElement>('.tok[tabindex="0"]')?.focus();
  }
}

function windowBeside(from: TokenWindow, step: 1 | -1): TokenWindow | null {
  const all = [...document.querySelectorAll<TokenWindow>('ug-window')];
  return all[all.indexOf(from) + step] ?? null;
}

/** What hovering and focusing a token say. */
function describe({ tokens, values, second, pairs, names }: WindowModel, position: number): TipContent {
  const at = (i: number): string => tokenLabel({ text: tokens[i] ?? '' }, i);
  const rows: [string, string][] = [
    ['position', String(position)],
    [names[0], formatExact(values[position] ?? null)],
  ];
  if (second !== null) rows.push([names[1], formatExact(second[position] ?? null)]);
  if (pairs !== null) {
    const from = Array.from({ length: position + 1 }, (_, key) => ({
      key,
      value: pairValue(pairs, position, key),
    }));
    const strongest = from.sort((a, b) => b.value - a.value).slice(0, MOST_PAIRS);
    for (const { key, value } of strongest)
      if (value > 0) rows.push([`to ${at(key)} @${key}`, formatNumber(value)]);
  }
  return { title: at(position), rows };
}

function positionOf(target: EventTarget | null): number | null {
  const text = (target as HTMLElement | null)?.closest?.('.tok')?.getAttribute('data-position');
  return text === null || text === undefined ? null : Number(text);
}

customElements.define('ug-window', TokenWindow);
