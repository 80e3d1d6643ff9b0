import * as vscode from 'vscode';
import { isInterpError } from '../../core/errors.ts';
import { modelNamed } from '../../core/hub/models.ts';
import type { HubFind, HubFound, HubInstalled, HubQuery } from '../../protocol/hubContract.ts';
import { COMMANDS } from '../contributions.ts';
import type { Engine, Models } from '../session/session.ts';
import { withPercent } from '../session/percentProgress.ts';
import { confirmation } from './confirmText.ts';
import type { Downloads, Wanted } from './downloads.ts';
import { pickChoices, pickModel, pickText } from './pickAdd.ts';

export interface AddContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly downloads: Downloads;
  /** Something was added: SAEs are measured once. */
  didAdd(installed: readonly HubInstalled[]): void;
}

/** A thing that was found, with the query that leads to it. */
interface Chosen {
  readonly query: HubQuery;
  readonly found: HubFound;
}

/**
 * Asks what to add, looks it up, shows what it would take, and downloads after a yes. `text`: asked for already;
 * `model`: the model of a SAE that does not say it.
 */
export async function addToShelf(
  asked: { readonly text: unknown; readonly model: unknown },
  context: AddContext,
): Promise<void> {
  const { engine, models } = context;
  const model = typeof asked.model === 'string' ? asked.model : null;
  const installed = await engine.request('hub/installed', {});
  const text =
    typeof asked.text === 'string'
      ? asked.text
      : await pickText({ model: models.current?.name ?? null, installed });
  if (text === undefined) return;
  const chosen = await choose([{ text, model }], installed, engine);
  if (chosen) await addChosen(chosen, context);
}

/**
 * Adds once more what a row says is broken: its files are read, and those that are missing or damaged fetched again
 * after a yes. The others stay.
 */
export async function addAgain(installed: HubInstalled, context: AddContext): Promise<void> {
  const { engine, models } = context;
  const job = new AbortController();
  const { problem, text, model } = await withPercent(
    `Reading the files of ${installed.id}`,
    job,
    (onProgress) => engine.request('hub/recheck', { id: installed.id }, { signal: job.signal, onProgress }),
  );
  if (problem === null) {
    void vscode.window.showInformationMessage(
      `Every file of ${installed.id} is what it was when it was added: adding it again would change nothing. Its row says what is wrong.`,
    );
    return;
  }
  // What was dropped is told by the row, whatever the answer will be.
  models.didInstall();
  const of = { text, model: installed.kind === 'sae' ? model : null };
  const chosen = await choose([of], await engine.request('hub/installed', {}), engine);
  if (chosen) await addChosen(chosen, context);
}

/** What the queries mean, after a second question where one means several; undefined: cancelled. */
async function choose(
  queries: readonly HubQuery[],
  installed: readonly HubInstalled[],
  engine: Engine,
): Promise<readonly Chosen[] | undefined> {
  const answers = await lookUp(queries, installed, engine);
  if (!answers) return undefined;
  const chosen = answers.flatMap(({ query, answer }) =>
    answer.found ? [{ query, found: answer.found }] : [],
  );
  const open = answers.find(({ answer }) => answer.found === null);
  if (!open) return chosen;
  const ids = await pickChoices(open.answer.choices, installed);
  const model = open.query.model;
  return (
    ids &&
    choose(
      ids.map((text) => ({ text, model })),
      installed,
      engine,
    )
  );
}

interface Answer {
  readonly query: HubQuery;
  readonly answer: HubFind;
}

/** Hosts are asked for lists and sizes. @throws hub/* */
async function lookUp(
  queries: readonly HubQuery[],
  installed: readonly HubInstalled[],
  engine: Engine,
): Promise<readonly Answer[] | undefined> {
  const [first] = queries;
  const title = `Looking up ${queries.length === 1 ? (first?.text ?? '') : `${queries.length} SAEs`}`;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const answers = await vscode.window.withProgress(options, async (_progress, token) => {
    const job = new AbortController();
    token.onCancellationRequested(() => job.abort());
    const found: Answer[] = [];
    for (const query of queries) {
      const answer = await engine
        .request('hub/find', query, { signal: job.signal })
        .catch((error: unknown) => error);
      if (!(answer instanceof Error)) found.push({ query, answer: answer as HubFind });
      else if (isInterpError(answer, 'hub/no-model') && query.model === null)
        return { of: query, message: answer.message };
      else throw answer;
    }
    return found;
  });
  if (!('of' in answers)) return answers;
  // A SAE that does not say its model: a person knows.
  const names = installed.filter(({ kind }) => kind === 'model').map(({ model }) => model);
  const model = await pickModel([...new Set([...names, 'gpt2-small'])], answers.message);
  if (model === undefined) return undefined;
  return lookUp(
    queries.map((query) => ({ ...query, model: query.model ?? model })),
    installed,
    engine,
  );
}

async function addChosen(chosen: readonly Chosen[], context: AddContext): Promise<void> {
  const wanted = chosen.filter(({ found }) => !found.isInstalled);
  const unit = chosen.map(({ found }) => found).find((found) => found.unit !== null);
  if (wanted.length === 0) return unit ? openUnit(unit) : tellInstalled(chosen);
  const agreed = await agree(wanted, context.engine);
  if (!agreed) return;
  const done = await context.downloads.add(agreed.map(wantedOf));
  if (done.length === 0) return;
  context.didAdd(done);
  // The latent that was asked for, as soon as there is a model to read it with.
  if (unit && done.length === agreed.length) await openUnit(unit);
  else if (done.length === agreed.length) void tellAdded(done);
}

/** Shows what it would take. A SAE whose model is not here can bring it along. Undefined: no. */
async function agree(chosen: readonly Chosen[], engine: Engine): Promise<readonly Chosen[] | undefined> {
  const model = await missingModel(chosen, engine);
  const { question, detail, button } = confirmation(chosen.map(({ found }) => found));
  if (!model) return (await ask(question, detail, [button])) === button ? chosen : undefined;
  const both = [model, ...chosen];
  const all = confirmation(both.map(({ found }) => found));
  const withModel = `With Its Model (${all.button})`;
  const answer = await ask(question, detail, [withModel, button]);
  if (answer === undefined) return undefined;
  return answer === withModel ? both : chosen;
}

async function ask(
  question: string,
  detail: string,
  buttons: readonly string[],
): Promise<string | undefined> {
  return vscode.window.showInformationMessage(question, { modal: true, detail }, ...buttons);
}

/** The model of SAEs that is not installed, when it can be had by name. */
async function missingModel(chosen: readonly Chosen[], engine: Engine): Promise<Chosen | undefined> {
  const sae = chosen.find(({ found }) => found.kind === 'sae');
  const name = sae && modelNamed(sae.found.model)?.id;
  if (name === undefined) return undefined;
  const query = { text: name, model: null };
  const { found } = await engine
    .request('hub/find', query)
    .catch((): HubFind => ({ found: null, choices: [] }));
  return found === null || found.isInstalled ? undefined : { query, found };
}

function wantedOf({ query, found }: Chosen): Wanted {
  const { kind, title, model, sae, unit } = found;
  // What was shown is what is added: the found id names its very commit; a unit's id is no id of a SAE.
  const text = unit === null ? query.text : found.id;
  const id = kind === 'model' ? model : `${model}/${sae?.id ?? ''}`;
  // A release's title is long, and the same for all of its SAEs.
  return { text, model: kind === 'sae' ? model : query.model, title: kind === 'sae' ? id : title, id };
}

async function openUnit({ unit, model }: HubFound): Promise<void> {
  await vscode.commands.executeCommand(COMMANDS.openUnit, unit, model);
}

async function tellInstalled(chosen: readonly Chosen[]): Promise<void> {
  const names = chosen.map(({ found }) => found.title).join(', ');
  const model = chosen.find(({ found }) => found.kind === 'model')?.found.model;
  await offerUse(`${names}: installed already.`, model);
}

/** Says what was added. A model can be made the default, or the prompt's, at once. */
export async function tellAdded(done: readonly HubInstalled[]): Promise<void> {
  if (done.length === 0) return;
  const names = done.map(({ id }) => id).join(', ');
  await offerUse(`Added ${names}.`, done.find(({ kind }) => kind === 'model')?.model);
}

async function offerUse(message: string, model: string | undefined): Promise<void> {
  const use = 'Use as Default';
  const here = 'Use for This Prompt File';
  const buttons = model === undefined ? [] : [use, here];
  const answer = await vscode.window.showInformationMessage(message, ...buttons);
  if (answer === use) await vscode.commands.executeCommand(COMMANDS.useModel, model);
  if (answer === here) await vscode.commands.executeCommand(COMMANDS.useModelHere, model);
}
