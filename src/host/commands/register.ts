import * as vscode from 'vscode';
import { toInterpError, type InterpError } from '../../core/errors.ts';
import type { PageCommand } from '../../protocol/viewContract.ts';
import { COMMANDS } from '../contributions.ts';
import { ablate } from '../debug/ablateCommand.ts';
import type { DebugPanels } from '../debug/debugPanels.ts';
import { debugTogether, type ManyPanels } from '../many/manyPanels.ts';
import { promptFiles } from '../many/promptFiles.ts';
import { unitOf } from '../panels/validate.ts';
import type { TracePanels } from '../panels/tracePanels.ts';
import type { Engine, Models, PromptSession, Sessions } from '../session/session.ts';
import { setting, storeSetting } from '../settings.ts';
import { addAbsent } from '../hub/absent.ts';
import type { Hub } from '../hub/hub.ts';
import type { Units } from '../units/register.ts';
import { verifyModel } from '../verify/verifyCommand.ts';
import type { VerifyReports } from '../verify/verifyReports.ts';
import { colorBy } from './colorBy.ts';
import { copyTrace, exportTrace } from './copyTrace.ts';
import { openExample, type ExamplePlaces } from './openExample.ts';
import { selectModel } from './selectModel.ts';
import { documentOf, traceDocument } from './traceCommand.ts';

export interface CommandContext extends ExamplePlaces {
  readonly log: vscode.LogOutputChannel;
  readonly engine: Engine;
  readonly sessions: Sessions;
  readonly panels: TracePanels;
  readonly debugPanels: DebugPanels;
  readonly manyPanels: ManyPanels;
  readonly models: Models;
  readonly units: Units;
  readonly reports: VerifyReports;
  readonly hub: Hub;
}

/** Every command of the manifest, with its errors shown as a person can use them. */
export function registerCommands(context: CommandContext): vscode.Disposable {
  const { engine, sessions, panels, log } = context;
  const current = (): PromptSession | undefined => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    return panels.active()?.session ?? (uri && sessions.get(uri));
  };
  const table: Readonly<Record<string, (...args: readonly unknown[]) => unknown>> = {
    ...context.units.commands,
    ...context.hub.commands,
    [COMMANDS.trace]: (target) => traceDocument(target, context),
    [COMMANDS.debug]: (target, selected) => debugTargets({ target, selected }, context),
    [COMMANDS.ablate]: (uri, position, unit) => ablate({ uri, position, unit }, context),
    [COMMANDS.retrace]: (uri) => (uri instanceof vscode.Uri ? sessions.get(uri) : current())?.trace(),
    [COMMANDS.toggleColors]: () => storeSetting('tokenColours', !setting('tokenColours')),
    [COMMANDS.colorBy]: () => withTrace(current(), colorBy),
    [COMMANDS.copyTrace]: () => copyTrace(current()),
    [COMMANDS.openExample]: () => openExample(context),
    [COMMANDS.selectModel]: () => selectModel(engine, sessions),
    [COMMANDS.verifyModel]: (target) => verifyModel(target, context),
    [COMMANDS.showLog]: () => log.show(),
    [COMMANDS.restartEngine]: () => engine.restart('asked for'),
    [COMMANDS.showStatus]: () => showStatus(engine),
    [COMMANDS.showUnit]: (uri, position, unit) => showUnit({ uri, position, unit }, context),
    [COMMANDS.openRecent]: (uri) => openRecent(uri, context),
  };
  const registered = Object.entries(table).map(([id, run]) =>
    vscode.commands.registerCommand(id, async (...args: readonly unknown[]) => {
      try {
        return await run(...args);
      } catch (error) {
        await showError(toInterpError(error), log);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registered);
}

/** One prompt in its panel; a folder or several selected prompts together. */
async function debugTargets(
  asked: { readonly target: unknown; readonly selected: unknown },
  context: CommandContext,
): Promise<void> {
  const { debugPanels, manyPanels, panels } = context;
  const prompts = await promptFiles(asked.target, asked.selected);
  if (prompts) return void debugTogether(prompts, manyPanels);
  debugPanels.show(await documentOf(asked.target ?? panels.active()?.session.uri));
}

/** What the buttons of a trace page do. */
export function pageCommands(context: Pick<CommandContext, 'log'>) {
  return async (command: PageCommand, session: PromptSession): Promise<void> => {
    const table: Record<PageCommand, () => unknown> = {
      retrace: () => session.trace(),
      cancel: () => session.cancel(),
      openLog: () => context.log.show(),
      openSettings: () =>
        vscode.commands.executeCommand('workbench.action.openSettings', '@ext:underglass.underglass'),
      openExample: () => vscode.commands.executeCommand(COMMANDS.openExample),
      exportJson: () => exportTrace(session),
      debug: () => vscode.commands.executeCommand(COMMANDS.debug, session.uri),
      addAbsent: () => session.state.state === 'error' && addAbsent(session.state.error),
      toggleDecorations: () => vscode.commands.executeCommand(COMMANDS.toggleColors),
    };
    await table[command]();
  };
}

function withTrace(
  session: PromptSession | undefined,
  run: (session: PromptSession) => Promise<void>,
): unknown {
  if (session) return run(session);
  return vscode.window.showInformationMessage(
    'Trace a prompt first: right-click it and choose "Underglass: Trace Activations".',
  );
}

/** Opens a unit in the panel: the tokens are coloured by it. */
async function showUnit(
  asked: { readonly uri: unknown; readonly position: unknown; readonly unit: unknown },
  context: CommandContext,
): Promise<void> {
  const uri = typeof asked.uri === 'string' ? vscode.Uri.parse(asked.uri, true) : undefined;
  const known = uri && context.sessions.get(uri);
  const session = known ?? (await traceDocument(asked.uri, context));
  if (known) context.panels.show(known);
  const unit = unitOf(asked.unit);
  const position = typeof asked.position === 'number' ? asked.position : 0;
  const layer = unit.kind === 'latent' ? Number.parseInt(unit.sae, 10) || 0 : unit.layer;
  const quantity =
    unit.kind === 'head'
      ? ({ kind: 'unit', unit, query: position } as const)
      : ({ kind: 'unit', unit } as const);
  const head = unit.kind === 'head' ? unit.head : (session.selection?.head ?? 0);
  session.select({ position, layer, quantity, head });
}

async function openRecent(uri: unknown, context: CommandContext): Promise<void> {
  if (typeof uri !== 'string') return;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri, true));
  await vscode.window.showTextDocument(document, { preview: false });
  await traceDocument(document.uri, context);
}

async function showStatus(engine: Engine): Promise<void> {
  const items = [
    { label: '$(output) Show log', command: COMMANDS.showLog },
    { label: '$(debug-restart) Restart engine', command: COMMANDS.restartEngine },
    { label: '$(symbol-class) Select model…', command: COMMANDS.selectModel },
  ];
  const title = `Underglass engine: ${engine.state}${engine.detail === null ? '' : ` (${engine.detail})`}`;
  const picked = await vscode.window.showQuickPick(items, { title });
  if (picked) await vscode.commands.executeCommand(picked.command);
}

async function showError(error: InterpError, log: vscode.LogOutputChannel): Promise<void> {
  if (error.code === 'cancelled') return;
  log.error(`${error.code}: ${error.message}`, error.cause ?? '');
  const button = 'Show Log';
  if ((await vscode.window.showErrorMessage(`${error.message} ${error.next}`, button)) === button) log.show();
}
