import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { partsDiffer } from './changed.ts';

export interface Suggestion {
  readonly text: string;
  readonly documentation: string;
}

export interface SuggestModel {
  readonly id: string;
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly invalid: boolean;
  /** Id of the element that says what is wrong. */
  readonly describedBy: string;
  /** What may stand next after a text, and the offset in it from which that replaces what is written. */
  readonly suggest: (before: string) => { readonly start: number; readonly items: readonly Suggestion[] };
  /** What a chosen suggestion is followed by. */
  readonly follow: (text: string) => string;
  readonly onInput: (text: string) => void;
  /** Enter with no suggestion chosen. */
  readonly onEnter: () => void;
}

/** More are no help: typing narrows them. */
const MOST = 60;

/**
 * A field that offers what can be written next, as a list below it: arrows choose, Enter and Tab take, Escape closes.
 * Source: WAI-ARIA practices, editable combobox with list autocomplete.
 */
export class SuggestField extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    open: { state: true },
    active: { state: true },
    caret: { state: true },
  };
  declare model: SuggestModel | null;
  declare open: boolean;
  /** Suggestion that Enter takes; null = Enter is the field's own. */
  declare active: number | null;
  declare caret: number;

  constructor() {
    super();
    this.model = null;
    this.open = false;
    this.active = null;
    this.caret = 0;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override focus(): void {
    this.#input()?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model, active } = this;
    if (model === null) return nothing;
    const { items } = this.#suggested(model);
    const shown = this.open && items.length > 0;
    const list = `${model.id}-list`;
    return html`<input
        type="text"
        id=${model.id}
        class="mono"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        placeholder=${model.placeholder}
        aria-label=${model.label}
        aria-autocomplete="list"
        aria-expanded=${String(shown)}
        aria-controls=${list}
        aria-activedescendant=${shown && active !== null ? `${list}-${active}` : ''}
        aria-invalid=${String(model.invalid)}
        aria-describedby=${model.describedBy}
        .value=${model.value}
        @input=${() => this.#onInput(model)}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event, model)}
        @focus=${() => this.#show()}
        @click=${() => this.#show()}
        @blur=${() => void (this.open = false)}
      />
      <ul class="suggestions" id=${list} role="listbox" aria-label="Suggestions" ?hidden=${!shown}>
        ${shown ? items.map((item, i) => this.#option(model, item, i)) : nothing}
      </ul>`;
  }

  protected override updated(): void {
    this.querySelector('[role=option][aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }

  #option(model: SuggestModel, { text, documentation }: Suggestion, at: number): TemplateResult {
    const take = (event: Event): void => {
      // The field keeps the focus.
      event.preventDefault();
      this.#take(model, text);
    };
    return html`<li
      role="option"
      id="${model.id}-list-${at}"
      aria-selected=${String(at === this.active)}
      @mousedown=${take}
    >
      <span class="mono">${text}</span> <span class="dim">${documentation.replaceAll('`', '')}</span>
    </li>`;
  }

  #input(): HTMLInputElement | null {
    return this.querySelector('input');
  }

  /** What fits what is written before the caret: first what begins with it, then what holds it. */
  #suggested({ suggest, value }: SuggestModel): { start: number; items: readonly Suggestion[] } {
    const before = value.slice(0, this.caret);
    const { start, items } = suggest(before);
    const typed = before.slice(start).toLowerCase();
    const rank = (text: string): number => text.toLowerCase().indexOf(typed);
    const fits = items.filter(({ text }) => rank(text) >= 0 && text !== before.slice(start));
    const first = fits.filter(({ text }) => rank(text) === 0);
    return { start, items: [...first, ...fits.filter(({ text }) => rank(text) > 0)].slice(0, MOST) };
  }

  #show(): void {
    this.caret = this.#input()?.selectionStart ?? 0;
    this.open = true;
    this.active = null;
  }

  #onInput(model: SuggestModel): void {
    const input = this.#input();
    if (input === null) return;
    this.#show();
    model.onInput(input.value);
  }

  #onKey(event: KeyboardEvent, model: SuggestModel): void {
    const { items } = this.#suggested(model);
    const shown = this.open && items.length > 0;
    const { active } = this;
    const chosen = shown && active !== null ? items[active] : undefined;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        event.preventDefault();
        if (!this.open) return this.#show();
        return void (this.active = after(active, items.length, event.key === 'ArrowDown' ? 1 : -1));
      case 'Escape':
        if (!shown) return;
        event.preventDefault();
        event.stopPropagation();
        return void (this.open = false);
      case 'Tab':
      case 'Enter':
        if (chosen !== undefined) {
          event.preventDefault();
          return this.#take(model, chosen.text);
        }
        if (event.key === 'Enter') model.onEnter();
        this.open = false;
        return;
      case 'ArrowLeft':
      case 'ArrowRight':
      case 'Home':
      case 'End':
        // The caret has moved only after the key.
        setTimeout(() => void (this.caret = this.#input()?.selectionStart ?? 0));
    }
  }

  #take(model: SuggestModel, text: string): void {
    const { start } = this.#suggested(model);
    const before = `${model.value.slice(0, start)}${text}`;
    const followed = `${before}${model.follow(before)}`;
    const value = `${followed}${model.value.slice(this.caret)}`;
    const input = this.#input();
    if (input !== null) {
      input.value = value;
      input.setSelectionRange(followed.length, followed.length);
    }
    this.caret = followed.length;
    this.active = null;
    this.open = true;
    model.onInput(value);
  }
}

/** The next of a list of suggestions, over its ends into the field itself. */
function after(active: number | null, count: number, way: 1 | -1): number | null {
  const next = (active ?? (way === 1 ? -1 : count)) + way;
  return next < 0 || next >= count ? null : next;
}

customElements.define('ug-suggest-field', SuggestField);
