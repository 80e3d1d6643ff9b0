import { html, LitElement, noChange, nothing, type TemplateResult } from 'lit';
import { Directive, directive, type ElementPart } from 'lit/directive.js';

/** What a tooltip says: a title, then names with values. The same text labels the thing for screen readers. */
export interface TipContent {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
}

interface Tip {
  readonly anchor: DOMRect;
  readonly content: TipContent;
}

declare global {
  interface HTMLElementEventMap {
    'ug-tip': CustomEvent<Tip | null>;
  }
}

/** Shows a tooltip at a rectangle of the viewport: any element below the app may ask. */
export function showTip(from: HTMLElement, anchor: DOMRect, content: TipContent): void {
  from.dispatchEvent(new CustomEvent('ug-tip', { bubbles: true, detail: { anchor, content } }));
}

export function hideTip(from: HTMLElement): void {
  from.dispatchEvent(new CustomEvent('ug-tip', { bubbles: true, detail: null }));
}

/** Milliseconds before a row's tooltip, which lies over the rows below it. The editor's hovers wait as long. */
const HOVER_DELAY = 300;

class TipDirective extends Directive {
  #content: (() => TipContent) | null = null;
  #element: HTMLElement | null = null;

  override render(_content: () => TipContent): symbol {
    return noChange;
  }

  override update(part: ElementPart, [content]: [() => TipContent]): symbol {
    this.#content = content;
    if (this.#element === null) {
      const element = part.element as HTMLElement;
      this.#element = element;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const show = (): void => {
        if (this.#content !== null && element.isConnected)
          showTip(element, element.getBoundingClientRect(), this.#content());
      };
      const hide = (): void => {
        clearTimeout(timer);
        hideTip(element);
      };
      element.addEventListener('focus', () => element.matches(':focus-visible') && show());
      element.addEventListener('pointerenter', () => void (timer = setTimeout(show, HOVER_DELAY)));
      for (const name of ['pointerleave', 'blur', 'pointerdown']) element.addEventListener(name, hide);
    }
    return noChange;
  }
}

/** On an element of a template: hovering and focusing it show the same tooltip. */
export const tipOn = directive(TipDirective);

/** The content in one sentence, for aria-label. */
export function tipText({ title, rows }: TipContent): string {
  return [title, ...rows.map(([name, value]) => `${name} ${value}`)].join(', ');
}

const GAP = 6;

/** The page's one tooltip. */
export class Tooltip extends LitElement {
  static override properties = { tip: { attribute: false } };
  declare tip: Tip | null;

  constructor() {
    super();
    this.tip = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.tip === null) return nothing;
    const { title, rows } = this.tip.content;
    return html`<div class="tip" role="tooltip">
      <b class="mono">${title}</b>
      <dl>
        ${rows.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
    </div>`;
  }

  protected override updated(): void {
    const box = this.querySelector<HTMLElement>('.tip');
    if (box === null || this.tip === null) return;
    const { anchor } = this.tip;
    const below = anchor.bottom + GAP;
    const top = below + box.offsetHeight > window.innerHeight ? anchor.top - GAP - box.offsetHeight : below;
    const left = Math.min(anchor.left, document.documentElement.clientWidth - box.offsetWidth - GAP);
    box.style.setProperty('top', `${Math.max(0, top)}px`);
    box.style.setProperty('left', `${Math.max(GAP, left)}px`);
  }
}

customElements.define('ug-tooltip', Tooltip);
