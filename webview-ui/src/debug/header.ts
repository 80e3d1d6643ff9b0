import { html, nothing, type TemplateResult } from 'lit';
import { SCALAR_CHOICES } from '../../../src/core/prompt/keys.ts';
import { formatPosition, positionOf } from '../../../src/core/prompt/position.ts';
import type { ShownExperiment, TokenForm } from '../../../src/protocol/debugViewContract.ts';
import { button } from '../controls/button.ts';
import { chooser, type Choice } from '../controls/chooser.ts';
import { iconButton } from '../controls/icon.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import type { DebugStore } from './store.ts';
import './tokenChips.ts';

const SCALAR_LABELS: Readonly<Record<(typeof SCALAR_CHOICES)[number], string>> = {
  logit_diff: 'Logit difference',
  logit: 'Logit of the target',
  log_prob: 'Log-probability',
};

export interface HeaderModel {
  readonly store: DebugStore;
  /** The same functions on every render. */
  readonly form: (text: string) => Promise<TokenForm>;
  readonly onTargets: (texts: readonly string[]) => void;
  readonly onDistractors: (texts: readonly string[]) => void;
  readonly onKeys: () => void;
  /** What colours the tokens below; nothing before the first run. */
  readonly colors: TemplateResult | typeof nothing;
}

/** The question: why these tokens and not those, of which number, at which token. Changes are drafts until saved. */
export function header(model: HeaderModel): TemplateResult {
  const { store } = model;
  const { experiment } = store;
  return html`<header class="toolbar question">
      <h1>${experiment === null ? 'Underglass' : question(experiment.experiment)}</h1>
      ${experiment === null ? nothing : html`<span class="dim file-name" title=${experiment.fileName}>${experiment.fileName}</span>`}
      <span class="space"></span>
      <div class="tools" role="toolbar" aria-label="Debugger">
        ${iconButton({ icon: 'refresh', label: 'Run again', onClick: () => store.run('run') })}
        ${iconButton({ icon: 'output', label: 'Open the log', onClick: () => store.run('openLog') })}
        ${iconButton({ icon: 'keyboard', label: 'Keys (?)', onClick: model.onKeys })}
      </div>
    </header>
    ${experiment === null ? nothing : fields(model, experiment.experiment, { isDraft: experiment.isDraft })}`;
}

function question({ targets, distractors }: ShownExperiment): TemplateResult {
  if (targets.length === 0) return html`Why this token and not that one?`;
  const list = (texts: readonly string[]): TemplateResult =>
    html`<span class="mono">${texts.map((text) => tokenLabel({ text })).join(', ')}</span>`;
  return html`Why ${list(targets)}${distractors.length === 0 ? nothing : html` and not ${list(distractors)}`}?`;
}

function fields(
  { store, form, onTargets, onDistractors, colors }: HeaderModel,
  experiment: ShownExperiment,
  { isDraft }: { readonly isDraft: boolean },
): TemplateResult {
  return html`<div class="experiment" role="group" aria-label="Experiment">
    <span class="dim">Target</span>
    <ug-token-chips
      id="targets"
      .model=${{ name: 'target', texts: experiment.targets, form, onChange: onTargets }}
    ></ug-token-chips>
    <span class="dim">Distractor</span>
    <ug-token-chips
      id="distractors"
      .model=${{ name: 'distractor', texts: experiment.distractors, form, onChange: onDistractors }}
    ></ug-token-chips>
    ${chooser({
      id: 'scalar',
      label: 'What is explained',
      value: experiment.scalar,
      choices: SCALAR_CHOICES.map((value) => ({ value, label: SCALAR_LABELS[value] })),
      onChoose: (value) => store.draft({ scalar: SCALAR_CHOICES.find((name) => name === value) }),
    })}
    ${chooser({
      id: 'position',
      label: 'At token',
      value: experiment.position,
      choices: positions(store, experiment.position),
      onChoose: (position) => store.draft({ position }),
    })}
    ${
      isDraft
        ? html`<span class="dim draft" title="Changed here, not in the prompt file">draft</span>
            ${button({ id: 'save', label: 'Save to prompt file', secondary: true, onClick: () => store.save() })}
            ${button({ id: 'discard', label: 'Discard', secondary: true, onClick: () => store.discard() })}`
        : nothing
    }
    <span class="space"></span>
    ${colors}
  </div>`;
}

/** Every token in the written form that outlives an edit of the text; what is written now, as it is. */
function positions(store: DebugStore, written: string): readonly Choice[] {
  const tokens = store.shown?.view.summary.left.tokens ?? [];
  const all: Choice[] = tokens.map((token, position) => ({
    value: formatPosition(positionOf(tokens, position)),
    label: `at ${position} ${tokenLabel(token, position)}`,
  }));
  const last: Choice = { value: '@last', label: 'at the last token' };
  const known = [last, ...all.reverse()];
  return known.some(({ value }) => value === written)
    ? known
    : [{ value: written, label: `at ${written}` }, ...known];
}
