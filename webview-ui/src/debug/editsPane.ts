import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Continuation } from '../../../src/protocol/debugContract.ts';
import { editCompletions, editNamesOf } from '../../../src/core/prompt/editHelp.ts';
import type { TextToken } from '../../../src/core/tokens/token.ts';
import type { ModelInfo } from '../../../src/protocol/engineContract.ts';
import type { EditComplaint } from '../../../src/protocol/debugViewContract.ts';
import { toInterpError } from '../../../src/core/errors.ts';
import { button } from '../controls/button.ts';
import { partsDiffer, remember } from '../controls/changed.ts';
import { iconButton } from '../controls/icon.ts';
import '../controls/suggestField.ts';
import { formatNumber } from '../draw/format.ts';
import { sideTitles } from './filterBar.ts';
import { bareEdit, isOff, moved, removed, toggled } from './editList.ts';
import type { DebugStore, ShownDebug } from './store.ts';

export interface EditsModel {
  readonly store: DebugStore;
  readonly shown: ShownDebug;
  /** Differs whenever the list does. */
  readonly edits: readonly string[];
  readonly undoable: boolean;
}

/** Tokens of a continuation. */
const CONTINUATION = 24;

/** The edits of the run: switched, moved, removed, typed; before and after; and how the text goes on. */
export class EditsPane extends LitElement {
  static override properties = {
    model: { attribute: false, hasChanged: partsDiffer },
    typed: { state: true },
    complaint: { state: true },
    continued: { state: true },
    continuing: { state: true },
    problem: { state: true },
  };
  declare model: EditsModel | null;
  declare typed: string;
  declare complaint: EditComplaint | null;
  declare continued: { readonly debugId: string; readonly texts: Continuation } | null;
  declare continuing: boolean;
  declare problem: string | null;
  #generation = 0;
  // The same functions as long as what they are of is the same, so that the field is not drawn again.
  readonly #suggest = remember(
    (model: ModelInfo, tokens: readonly TextToken[]) => (before: string) =>
      editCompletions(before, editNamesOf(model, tokens)),
  );
  readonly #typing = remember((store: DebugStore) => ({
    onInput: (text: string): void => void this.#check(text, store),
    onEnter: (): void => void this.#add(store),
  }));

  constructor() {
    super();
    this.model = null;
    this.typed = '';
    this.complaint = null;
    this.continued = null;
    this.continuing = false;
    this.problem = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (model === null) return nothing;
    const { store, shown, edits } = model;
    return html`<section class="edits" aria-label="Edits">
      <h3>
        Edits <span class="dim">in ${shown.view.fileName}</span><span class="space"></span>
        ${model.undoable ? iconButton({ icon: 'discard', label: 'Undo the last change of the edits', onClick: () => store.undoEdits() }) : nothing}
      </h3>
      ${
        edits.length === 0
          ? html`<p class="dim">
              No edits. Ablate a row, or type one such as <span class="mono">L3H1@last zero</span>.
            </p>`
          : html`<ul class="edit-list">
              ${edits.map((edit, i) => this.#line(model, edit, i))}
            </ul>`
      }
      ${this.#entry(model)} ${this.#actions(model)} ${this.#continuation(model)}
    </section>`;
  }

  #line({ store, shown, edits }: EditsModel, edit: string, at: number): TemplateResult {
    const off = isOff(edit);
    const bare = bareEdit(edit);
    const outcome = shown.view.summary.edits.find(({ text }) => bareEdit(text) === bare);
    const note = off ? 'off' : outcome?.alreadySo === true ? 'already so' : '';
    const change = (next: readonly string[]): void => store.changeEdits(next);
    return html`<li class=${off ? 'off' : ''}>
      <input
        type="checkbox"
        .checked=${!off}
        aria-label="${bare}, on"
        @change=${() => change(toggled(edits, at))}
      />
      <span class="mono edit-text">${bare}</span>
      <span class="dim note">${note}</span>
      <span class="edit-tools">
        ${at === 0 ? nothing : iconButton({ id: `edit-up-${at}`, icon: 'arrow-up', label: `Move ${bare} up`, onClick: () => change(moved(edits, at, -1)) })}
        ${at === edits.length - 1 ? nothing : iconButton({ id: `edit-down-${at}`, icon: 'arrow-down', label: `Move ${bare} down`, onClick: () => change(moved(edits, at, 1)) })}
        ${iconButton({ id: `edit-remove-${at}`, icon: 'close', label: `Remove ${bare}`, onClick: () => change(removed(edits, at)) })}
      </span>
    </li>`;
  }

  #entry({ store, shown }: EditsModel): TemplateResult {
    const { complaint, typed } = this;
    const { model, summary } = shown.view;
    return html`<div class="edit-entry">
        <ug-suggest-field
          .model=${{
            id: 'edit-field',
            label: 'New edit',
            placeholder: 'UNIT@POSITIONS KIND',
            describedBy: 'edit-problem',
            value: typed,
            invalid: complaint !== null,
            suggest: this.#suggest(model, summary.left.tokens),
            follow: followEdit,
            ...this.#typing(store),
          }}
        ></ug-suggest-field>
        ${button({ id: 'edit-add', label: 'Add', secondary: true, onClick: () => void this.#add(store) })}
      </div>
      <p id="edit-problem" class="note problem" role="status">
        ${complaint === null ? nothing : html`${complaint.message} ${this.#where(complaint)} ${this.#fix(complaint, store)}`}
      </p>`;
  }

  #fix({ fix }: EditComplaint, store: DebugStore): TemplateResult | typeof nothing {
    switch (fix?.kind) {
      case 'replace':
        return html`<button
          type="button"
          class="link"
          id="edit-fix"
          @click=${() => void this.#check(fix.text, store)}
        >
          Write <span class="mono">${fix.text}</span>
        </button>`;
      case 'corrupted':
        return html`<button type="button" class="link" id="edit-fix" @click=${() => store.typeCorrupted()}>
          Type a corrupted prompt
        </button>`;
      default:
        return nothing;
    }
  }

  #where({ start, end }: EditComplaint): TemplateResult {
    const { typed } = this;
    return html`<span class="mono"
      >${typed.slice(0, start)}<u>${typed.slice(start, end) || ' '}</u>${typed.slice(end)}</span
    >`;
  }

  #actions({ store, shown }: EditsModel): TemplateResult {
    const { left, right } = shown.view.summary;
    const signed = (value: number): string => formatNumber(value, { signed: true });
    const isEdited = right !== null && shown.view.experiment.compare === 'edits';
    const isCurrent = store.debug.state === 'ready' || store.debug.state === 'loading';
    return html`<div class="actions edit-actions">
      ${button({ id: 'run', label: 'Run', secondary: isCurrent, onClick: () => store.run('run') })}
      ${button({ id: 'save-edits', label: 'Save to prompt file', secondary: true, onClick: () => store.save() })}
      <span class="space"></span>
      ${
        isEdited
          ? html`<span class="num before-after" title="Without edits → with edits"
              >${signed(right.value)} → <b>${signed(left.value)}</b></span
            >`
          : nothing
      }
    </div>`;
  }

  #continuation({ shown, store }: EditsModel): TemplateResult {
    const { debugId, right } = shown.view.summary;
    const titles = sideTitles(shown);
    const texts = this.continued?.debugId === debugId ? this.continued.texts : null;
    const seed = shown.view.experiment.seed;
    return html`<div class="continue" aria-busy=${String(this.continuing)}>
      <div class="actions">
        <span class="dim">Continue the text</span>
        ${button({ id: 'continue-greedy', label: 'Greedy', secondary: true, onClick: () => void this.#continue(store, { temperature: 0, seed }) })}
        ${button({ id: 'continue-sampled', label: `Sampled, seed ${seed}`, secondary: true, onClick: () => void this.#continue(store, { temperature: 1, seed }) })}
      </div>
      ${this.problem === null ? nothing : html`<p class="problem" role="alert">${this.problem}</p>`}
      ${
        texts === null
          ? nothing
          : html`<dl class="continuations ${this.continuing ? 'dimmed' : ''}">
              <dt class="dim">${right === null ? 'Goes on' : titles.left}</dt>
              <dd class="mono" id="continued-left">${texts.left}</dd>
              ${
                texts.right === null
                  ? nothing
                  : html`<dt class="dim">${titles.right}</dt>
                      <dd class="mono" id="continued-right">${texts.right}</dd>`
              }
            </dl>`
      }
    </div>`;
  }

  /** The last text that was typed counts; an older answer says nothing of it. */
  async #check(text: string, store: DebugStore): Promise<EditComplaint | null> {
    this.typed = text;
    const generation = ++this.#generation;
    if (text.trim() === '') return (this.complaint = null);
    try {
      const complaint = await store.page.client.request('edit/check', { text: text.trim() });
      if (generation === this.#generation) this.complaint = complaint;
      return complaint;
    } catch (error) {
      store.fail(error);
      return { message: toInterpError(error).message, start: 0, end: 0, fix: null };
    }
  }

  async #add(store: DebugStore): Promise<void> {
    const { typed } = this;
    const text = typed.trim();
    if (text === '' || (await this.#check(typed, store)) !== null) return;
    // What was typed while it was checked stays.
    if (this.typed === typed) this.typed = '';
    store.addEdit(text);
  }

  async #continue(
    store: DebugStore,
    how: { readonly temperature: number; readonly seed: number },
  ): Promise<void> {
    const debugId = store.asked?.debugId;
    if (debugId === undefined || this.continuing) return;
    this.continuing = true;
    this.problem = null;
    try {
      const asked = { debugId, max: CONTINUATION, ...how };
      this.continued = { debugId, texts: await store.page.client.request('debug/continue', asked) };
    } catch (error) {
      this.problem = toInterpError(error).message;
    } finally {
      this.continuing = false;
    }
  }
}

/** A unit is followed by its positions, they by what is done there. */
function followEdit(text: string): string {
  if (!text.includes('@')) return '@';
  return /@(?:"(?:[^"\\]|\\.)*"|[^\s"])*$/u.test(text) ? ' ' : '';
}

customElements.define('ug-edits', EditsPane);
