import * as vscode from 'vscode';
import { allFamilies, familyId } from '../../core/records/family.ts';
import { LANGUAGE_ID } from '../contributions.ts';
import { parsePrompt } from '../../core/prompt/parsePrompt.ts';
import { BROWSED, type Browsed } from './browsedModel.ts';
import type { FeatureBrowser } from './browserView.ts';
import { EMBEDDED_MODEL } from '../session/modelChoice.ts';
import type { Models } from '../session/session.ts';
import { setting } from '../settings.ts';
import { pickUnit } from './pickUnit.ts';
import type { UnitPanels } from './unitPanels.ts';
import type { UnitServices } from './unitSession.ts';

/** Units that are shown for a selection. */
const MATCHES = 100;

/**
 * `unit`: asked for already, else a person picks one, of the model that the open prompt names, or of the browsed one.
 * `model`: folder of the model that it is a unit of.
 */
export async function openUnit(
  asked: { readonly unit: unknown; readonly model: unknown },
  services: UnitServices & { readonly unitPanels: UnitPanels },
): Promise<void> {
  const { engine, models, browsed, unitPanels } = services;
  if (typeof asked.unit !== 'string') {
    const prompt = promptWithModel();
    const { model, source } = prompt ? await modelOf(prompt, models) : await browsed.open();
    const unit = await pickUnit(engine, model, 'Open which unit?');
    if (unit !== undefined) unitPanels.open({ model: source, unit, tab: null });
    return;
  }
  const model = await models.open(null);
  const other = typeof asked.model === 'string' && asked.model !== model.directory ? asked.model : null;
  unitPanels.open({ model: other, unit: asked.unit, tab: null });
}

/** The prompt file in the editor, when it names another model than prompts get by themselves. */
function promptWithModel(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== LANGUAGE_ID) return undefined;
  const model = parsePrompt(document.getText()).frontMatter.model?.value;
  return model === undefined || model === (setting('modelFolder') || EMBEDDED_MODEL) ? undefined : document;
}

async function modelOf(prompt: vscode.TextDocument, models: Models): Promise<Omit<Browsed, 'missing'>> {
  const model = await models.openFor(prompt);
  return { model, source: model.directory };
}

/** Opens a unit by chance: an explained one when there are any, never a dead one. */
export async function luckyUnit(
  family: unknown,
  services: UnitServices & { readonly unitPanels: UnitPanels },
): Promise<void> {
  const { engine, browsed, library } = services;
  const { model, source } = await browsed.open();
  const index = await library.index(model);
  const ids = allFamilies(model)
    .filter(({ kind }) => kind === 'latents' || model.saes.length === 0)
    .map(familyId)
    .filter((id) => index?.families.includes(id) ?? true);
  const asked = typeof family === 'string' ? family : ids[Math.floor(Math.random() * ids.length)];
  if (asked === undefined) return;
  const query = { text: '', sort: 'id', falling: false, family: asked, modelId: model.modelId } as const;
  for (const category of ['explained', 'sparse', 'all'] as const) {
    const { total } = await engine.request('unit/list', { ...query, category, from: 0, count: 1 });
    if (total === 0) continue;
    const from = Math.floor(Math.random() * total);
    const { rows } = await engine.request('unit/list', { ...query, category, from, count: 1 });
    const [row] = rows;
    if (row) return void services.unitPanels.open({ model: source, unit: row.id, tab: null });
  }
}

/**
 * Which latents fire on the selection, and not on the other selections (or the rest of the file). `asked`: `browsed` where
 * the feature browser asks; from the editor, a prompt that names a model makes it the browsed one.
 */
export async function matchSelection(
  asked: unknown,
  services: UnitServices & { readonly browser: FeatureBrowser },
): Promise<void> {
  const { engine, browsed, browser } = services;
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.selection.isEmpty) {
    void vscode.window.showInformationMessage(
      'Select some text first. A second selection (Alt+click) is what the units should not fire on.',
    );
    return;
  }
  const { document, selections } = editor;
  const on = document.getText(editor.selection);
  const others = selections.filter((each) => !each.isEmpty && !each.isEqual(editor.selection));
  const off =
    others.length > 0 ? others.map((each) => document.getText(each)).join('\n') : await pickOther(editor);
  if (off === undefined) return;
  if (asked !== BROWSED) await browsePromptsModel(services);
  const { model } = await browsed.open();
  const latents = allFamilies(model).filter(
    ({ kind }) => kind === (model.saes.length > 0 ? 'latents' : 'neurons'),
  );
  const query = { modelId: model.modelId, families: latents.map(familyId), on, off, k: MATCHES };
  const title = 'Finding units that fire on the selection';
  const matches = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
    engine.request('unit/match', query),
  );
  await browser.show({ on, off, matches });
}

async function browsePromptsModel({ models, browsed }: UnitServices): Promise<void> {
  const prompt = promptWithModel();
  if (!prompt) return;
  const { directory } = await models.openFor(prompt);
  if (directory !== (await browsed.open()).model.directory) await browsed.choose(directory);
}

/** Undefined: cancelled; null: against nothing. */
async function pickOther(editor: vscode.TextEditor): Promise<string | null | undefined> {
  const { document, selection } = editor;
  const body = document.languageId === LANGUAGE_ID ? parsePrompt(document.getText()).body.start : 0;
  const before = document.getText().slice(body, document.offsetAt(selection.start));
  const after = document.getText().slice(document.offsetAt(selection.end));
  const rest = `${before}${after}`.trim();
  if (rest === '') return null;
  const items = [
    { label: 'Anything', detail: 'Strongest units on the selection', text: null },
    {
      label: 'Not on the rest of this file',
      detail: 'Units that tell the selection from what is around it',
      text: rest,
    },
  ];
  return (
    await vscode.window.showQuickPick(items, {
      title: 'Units that fire on the selection',
      ignoreFocusOut: true,
    })
  )?.text;
}
