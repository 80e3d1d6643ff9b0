import {
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type PropertyValues,
  type TemplateResult,
} from 'lit';
import { readTheme, watchTheme, type Theme } from '../draw/theme.ts';
import { keysOverlay, type KeyHelp } from './keysOverlay.ts';
import { failureNotice } from './notices.ts';
import type { PageStore } from './pageStore.ts';
import { isTyping } from './typing.ts';
import type { Tooltip } from './tip.ts';
import './tip.ts';

/**
 * What the root of every page does: follows its store and the theme, shows failures that have no pane, shows tips, hears
 * keys that go into no field, and opens the overlay of keys.
 */
export abstract class PageApp extends LitElement {
  static override properties: PropertyDeclarations = { theme: { state: true }, keysOpen: { state: true } };
  declare theme: Theme;
  declare keysOpen: boolean;
  readonly #watched: PageStore;
  readonly #keys: KeyHelp;
  #stops: (() => void)[] = [];

  constructor(watched: PageStore, keys: KeyHelp) {
    super();
    this.#watched = watched;
    this.#keys = keys;
    this.theme = readTheme();
    this.keysOpen = false;
    this.addEventListener('ug-tip', ({ detail }) => {
      const tooltip = this.querySelector<Tooltip>('ug-tooltip');
      if (tooltip !== null) tooltip.tip = detail;
    });
  }

  /** A key without Ctrl, Alt or Meta that nothing on the page has taken; `?` opens the keys before it comes here. */
  protected abstract onKey(event: KeyboardEvent): void;

  protected abstract header(): TemplateResult;

  /** What stands below the header and the failure. */
  protected abstract body(): TemplateResult;

  /** Hears every click that reaches the document. */
  protected closeMenus(): void {}

  protected override render(): TemplateResult {
    const { failure } = this.#watched;
    return html`${this.header()} ${failureNotice(failure, () => this.#watched.dismissFailure())}
      ${this.body()} ${this.keysOpen ? keysOverlay(this.#keys, () => void (this.keysOpen = false)) : nothing}
      <ug-tooltip></ug-tooltip>`;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.classList.add('page');
    const onKey = (event: KeyboardEvent): void => this.#hear(event);
    const onClick = (): void => this.closeMenus();
    document.addEventListener('keydown', onKey);
    document.addEventListener('click', onClick);
    this.#stops = [
      this.#watched.subscribe(() => this.requestUpdate()),
      watchTheme((theme) => void (this.theme = theme)),
      () => document.removeEventListener('keydown', onKey),
      () => document.removeEventListener('click', onClick),
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
