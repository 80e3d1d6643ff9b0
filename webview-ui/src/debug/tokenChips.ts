import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { TokenForm } from '../../../src/protocol/debugViewContract.ts';
import { partsDiffer } from '../controls/changed.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { tokenView } from '../draw/tokenView.ts';

export interface ChipsModel {
  readonly name: 'target' | 'distractor';
  readonly texts: readonly string[];
  /** How a text reads as tokens of the model. */
  readonly form: (text: string) => Promise<TokenForm>;
  readonly onChange: (texts: readonly string[]) => void;
}

/** Texts of one token each, as chips that are removed and added. A text that is not one token says which it is. */
export class TokenChips extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    typed: { state: true },
    known: { state: true },
    problem: { state: true },
  };
  declare model: ChipsModel | null;
  /** What is in the field; null while it is closed. */
  declare typed: string | null;
  /** Forms by text, as far as they have been asked for. */
  declare known: ReadonlyMap<string, TokenForm>;
  declare problem: string | null;
  readonly #asked = new Set<string>();

  constructor() {
    super();
    this.model = null;
    this.typed = null;
    this.known = new Map();
    this.problem = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override updated(): void {
    for (const text of this.model?.texts ?? []) void this.#ask(text);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (model === null) return nothing;
    return html`<span class="chips" role="group" aria-label="${model.name}s">
      ${model.texts.map((text, i) => this.#chip(model, text, i))}
      ${this.typed === null ? this.#opener(model) : this.#field(model)}
    </span>`;
  }

  #chip(model: ChipsModel, text: string, at: number): TemplateResult {
    const form = this.known.get(text);
    const many = form !== undefined && form.tokens.length !== 1;
    const replace = (by: string): void => model.onChange(model.texts.map((one, i) => (i === at ? by : one)));
    return html`<span class="chip ${many ? 'wrong' : ''}">
      <span class="mono">${tokenView({ text })}</span>
      ${
        many
          ? html`<span class="problem" role="alert"
              >${form.tokens.length} tokens:
              <span class="mono">${form.tokens.map((token) => tokenLabel(token)).join(' | ')}</span></span
            >`
          : nothing
      }
      ${
        many && form.single !== null
          ? html`<button type="button" class="link" @click=${() => replace(form.single ?? text)}>
              use <span class="mono">${tokenLabel({ text: form.single })}</span>
            </button>`
          : nothing
      }
      <button
        type="button"
        class="chip-remove"
        aria-label="Remove ${tokenLabel({ text })}"
        @click=${() => model.onChange(model.texts.filter((_, i) => i !== at))}
      >
        ×
      </button>
    </span>`;
  }

  #opener(model: ChipsModel): TemplateResult {
    return html`<button
      type="button"
      class="chip-add"
      id="add-${model.name}"
      @click=${() => {
        this.typed = ' ';
        void this.updateComplete.then(() => this.querySelector('input')?.focus());
      }}
    >
      + ${model.name}
    </button>`;
  }

  #field(model: ChipsModel): TemplateResult {
    const typed = this.typed ?? '';
    return html`<input
        type="text"
        class="chip-field mono"
        id="type-${model.name}"
        aria-label="New ${model.name}; tokens of words start with a space"
        .value=${typed}
        spellcheck="false"
        @input=${(event: Event) => void (this.typed = (event.target as HTMLInputElement).value)}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event, model)}
        @blur=${() => this.#enter(model)}
      />
      ${typed.startsWith(' ') ? nothing : html`<span class="dim">no space in front</span>`}`;
  }

  #onKey(event: KeyboardEvent, model: ChipsModel): void {
    if (event.key === 'Enter') this.#enter(model);
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.typed = null;
  }

  #enter(model: ChipsModel): void {
    const { typed } = this;
    this.typed = null;
    if (typed === null || typed.trim() === '' || model.texts.includes(typed)) return;
    model.onChange([...model.texts, typed]);
  }

  async #ask(text: string): Promise<void> {
    if (this.#asked.has(text) || this.model === null) return;
    this.#asked.add(text);
    try {
      this.known = new Map(this.known).set(text, await this.model.form(text));
    } catch {
      // The run itself says what is wrong; the chip is asked about again when it is shown next.
      this.#asked.delete(text);
    }
  }
}

customElements.define('ug-token-chips', TokenChips);
