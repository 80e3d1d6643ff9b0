import * as vscode from 'vscode';
import { isInterpError } from '../../core/errors.ts';
import type { ExplainOptions, Explainer, ExchangeFormat } from '../../protocol/explainContract.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import { completeOptions, confirmCost, type AskedOptions } from './explainChoices.ts';
import type { ExplainRuns } from './explainRuns.ts';
import { pickUnit } from './pickUnit.ts';
import { pickFamilies, type AskedFamily } from './scanCommand.ts';
import type { UnitPanels } from './unitPanels.ts';
import type { UnitServices } from './unitSession.ts';
import { COMMANDS } from '../contributions.ts';
import { withPercent } from '../session/percentProgress.ts';

export interface ExplainContext extends UnitServices {
  readonly unitPanels: UnitPanels;
  readonly runs: ExplainRuns;
}

const PER_SPLIT = 5;
const SAMPLES = 3;

interface ExplainerItem extends vscode.QuickPickItem {
  readonly explainer: Explainer;
  readonly simulator: AskedOptions['simulator'];
  readonly useLanguage: boolean;
}

/** Explains one unit and shows it: `unit` = asked for already, else a person picks one. */
export async function explainUnit(unit: unknown, context: ExplainContext): Promise<void> {
  const { engine, browsed, library, language } = context;
  const shown = typeof unit === 'string' ? undefined : context.unitPanels.registry.active()?.session;
  const { model, source } = shown
    ? { model: await shown.model(), source: shown.modelName }
    : await browsed.open();
  const asked = typeof unit === 'string' ? unit : shown?.unit;
  const chosen = asked ?? (await pickUnit(engine, model, 'Explain which unit?'));
  if (chosen === undefined) return;
  const picked = await pickExplainer(model, context);
  if (!picked) return;
  await library.index(model);
  const options = await completeOptions(asOptions(picked), language);
  const estimate = await engine.request('explain/estimate', {
    modelId: model.modelId,
    units: [chosen],
    options,
  });
  if (!(await confirmCost(estimate, `Explaining ${chosen}`))) return;
  const page = context.unitPanels.open({ model: source, unit: chosen, tab: 'explain' });
  const job = new AbortController();
  const record = await withPercent(`Explaining ${chosen}`, job, (onProgress) =>
    engine.request(
      'explain/unit',
      { modelId: model.modelId, unit: chosen, options },
      { signal: job.signal, onProgress },
    ),
  );
  library.didExplain(null);
  page.showEvidence(record);
}

/** Explains and scores all units of the families that a person picks. */
export async function explainLayer(asked: AskedFamily, context: ExplainContext): Promise<void> {
  const { engine, browsed, library, language, runs } = context;
  const { family } = asked;
  const model = await browsed.openFor(asked.model);
  const families = await pickFamilies(
    model,
    typeof family === 'string' ? family : null,
    `Explain which units of ${model.name}?`,
  );
  if (!families) return;
  const picked = await pickExplainer(model, context);
  if (!picked) return;
  await library.index(model);
  const options = await completeOptions(asOptions(picked), language);
  const units = families.length > 0 ? families : ['*'];
  const estimate = await engine.request('explain/estimate', { modelId: model.modelId, units, options });
  if (!(await confirmCost(estimate, `Explaining ${estimate.units} units`))) return;
  const title = `Explaining ${estimate.units} units`;
  const request = { modelId: model.modelId, units, options, concurrency: concurrency(options), redo: false };
  const result = await runs.run(request, title).catch((error: unknown) => {
    if (!isInterpError(error, 'cancelled')) throw error;
    return null;
  });
  if (!result) {
    void vscode.window.showInformationMessage('Cancelled: what was explained is kept.');
    return;
  }
  const failed = result.failed.length > 0 ? `, ${result.failed.length} could not be explained` : '';
  const kept = result.skipped > 0 ? `, ${result.skipped} were already` : '';
  const ended = {
    budget: ' The budget is used up.',
    cancelled: ' Cancelled: what was done is kept.',
    none: '',
  };
  const show = 'Open Report';
  const text = `Explained ${result.done} of ${result.asked} units${kept}${failed}.${ended[result.stopped ?? 'none']}`;
  if ((await vscode.window.showInformationMessage(text, show)) === show) {
    await vscode.commands.executeCommand(COMMANDS.report, asked.model);
  }
}

function concurrency({ language }: ExplainOptions): number {
  return language?.kind === 'openai' ? language.concurrency : 1;
}

function asOptions({ explainer, simulator, useLanguage }: ExplainerItem): AskedOptions {
  return {
    explainer,
    simulator,
    scorers: ['simulation', 'detection', 'fuzzing'],
    calibration: 'linear',
    perSplit: PER_SPLIT,
    seed: 0,
    useLanguage,
  };
}

async function pickExplainer(
  model: ModelInfo,
  { language }: ExplainContext,
): Promise<ExplainerItem | undefined> {
  const { name } = await language.choice();
  const offline = { useLanguage: false } as const;
  const items: ExplainerItem[] = [
    {
      label: '$(comment) In plain words',
      description: 'offline',
      detail: 'Tokens and contexts that set the unit apart, scored by a simulator that reads only the words',
      explainer: { kind: 'summary' },
      simulator: 'words',
      ...offline,
    },
    {
      label: '$(list-tree) As a pattern (N2G)',
      description: 'offline',
      detail: 'A trie of token patterns found by running the model; its score is the pattern’s, not of words',
      explainer: { kind: 'n2g' },
      simulator: 'pattern',
      ...offline,
    },
    {
      label: '$(tag) By concept labels',
      description: 'offline',
      detail: 'The label of the embedded world that fits best: an oracle to compare with',
      explainer: { kind: 'concepts' },
      simulator: 'concepts',
      ...offline,
    },
  ];
  const asked: ExplainerItem = {
    label: '$(sparkle) By a language model',
    description: name ?? 'none is chosen: choose one first',
    detail: 'Sends example texts of the unit to it, and asks it to simulate the words for the score',
    explainer: { kind: 'language', samples: SAMPLES },
    simulator: 'auto',
    useLanguage: true,
  };
  const picked = await vscode.window.showQuickPick([...items, asked], {
    title: `Explain units of ${model.name}`,
    // The pick before it gives the focus back to a page, late: this one must outlast that.
    ignoreFocusOut: true,
  });
  if (picked !== asked || name !== null) return picked;
  await vscode.commands.executeCommand(COMMANDS.chooseLanguageModel);
  return (await language.choice()).name === null ? undefined : asked;
}

export async function exportExplanations(asked: unknown, services: UnitServices): Promise<void> {
  const { engine, browsed } = services;
  const model = await browsed.openFor(asked);
  const families = await pickFamilies(model, null, `Export explanations of which units of ${model.name}?`);
  if (!families) return;
  const formats: readonly (vscode.QuickPickItem & { readonly format: ExchangeFormat })[] = [
    {
      label: 'NeuronSimulationResults',
      detail: 'OpenAI: explanations with scored sequences, JSON lines',
      format: 'simulation-results',
    },
    {
      label: 'NeuronRecord',
      detail: 'OpenAI: activation records of the index, JSON lines',
      format: 'neuron-record',
    },
    {
      label: 'Neuronpedia',
      detail: 'Features with explanations and activations, JSON lines',
      format: 'neuronpedia',
    },
  ];
  const picked = await vscode.window.showQuickPick(formats, { title: 'Format', ignoreFocusOut: true });
  if (!picked) return;
  const units = families.length > 0 ? families : ['*'];
  const { text } = await engine.request('explain/export', {
    modelId: model.modelId,
    units,
    format: picked.format,
  });
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `${model.name}-${picked.format}.jsonl`;
  const target = await vscode.window.showSaveDialog(
    folder ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {},
  );
  if (target) await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
}
