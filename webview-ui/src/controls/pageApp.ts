import { LitElement, type PropertyDeclarations, type PropertyValues } from 'lit';
import { readTheme, watchTheme, type Theme } from '../draw/theme.ts';
import { isTyping } from './typing.ts';
import type { Tooltip } from './tip.ts';
import './tip.ts';

/** What a page listens to. */
export interface Watched {
  /** @returns a function that stops listening. */
  subscribe(listener: () => void): () => void;
}

/**
 * What the root of every page does: follows its store and the theme, shows tips, hears keys that go into no field,
 * and opens the overlay of keys. `ug-tooltip` and, while `keysOpen`, `keysOverlay` must be drawn by the page.
 */
export abstract class PageApp extends LitElement {
  static override properties: PropertyDeclarations = { theme: { state: true }, keysOpen: { state: true } };
  declare theme: Theme;
  declare keysOpen: boolean;
  readonly #watched: Watched;
  #stops: (() => void)[] = [];

  constructor(watched: Watched) {
    super();
    this.#watched = watched;
    this.theme = readTheme();
    this.keysOpen = false;
    this.addEventListener('ug-tip', ({ detail }) => {
      const tooltip = this.querySelector<Tooltip>('ug-tooltip');
      if (tooltip !== null) tooltip.tip = detail;
    });
  }

  /** A key without Ctrl, Alt or Meta that nothing on the page has taken; `?` opens the keys before it comes here. */
  protected abstract onKey(event: KeyboardEvent): void;

  override connectedCallback(): void {
    super.connectedCallback();
    this.classList.add('page');
    const onKey = (event: KeyboardEvent): void => this.#hear(event);
    document.addEventListener('keydown', onKey);
    this.#stops = [
      this.#watched.subscribe(() => this.requestUpdate()),
      watchTheme((theme) => void (this.theme = theme)),
      () => document.removeEventListener('keydown', onKey),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stops) stop();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('keysOpen') && this.keysOpen)
      this.querySelector<HTMLDialogElement>('dialog.keys')?.showModal();
  }

  #hear(event: KeyboardEvent): void {
    if (event.defaultPrevented || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '?') this.keysOpen = true;
    else this.onKey(event);
  }
}
