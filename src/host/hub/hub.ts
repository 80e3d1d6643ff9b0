import * as vscode from 'vscode';
import { COMMANDS } from '../contributions.ts';
import { documentOf } from '../commands/traceCommand.ts';
import type { Engine, Models, Sessions } from '../session/session.ts';
import { addAgain, addToShelf, tellAdded } from './addCommand.ts';
import { createDownloads, type Downloads } from './downloads.ts';
import { checkHealthAtLoad } from './healthAtLoad.ts';
import { createHealthChecks, type HealthChecks } from './healthChecks.ts';
import {
  attachSae,
  brokenOf,
  checkAdded,
  checkSae,
  checkSaeOn,
  copyId,
  pauseDownload,
  removeInstalled,
  resumeDownload,
  revealFolder,
  useModel,
  useModelHere,
  useSaeHere,
  type ItemContext,
} from './itemCommands.ts';
import { registerModelsView, type ModelsView } from './modelsView.ts';

export interface HubContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly sessions: Sessions;
  /** Of the person, not of a workspace. */
  readonly log: vscode.LogOutputChannel;
  /** Document of the panel that is in front, if any. */
  shown(): vscode.Uri | undefined;
}

/** Models and SAEs of this machine: adding, choosing, checking, removing. */
export interface Hub extends vscode.Disposable {
  readonly view: ModelsView;
  readonly downloads: Downloads;
  readonly health: HealthChecks;
  /** By id. */
  readonly commands: Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
}

export function createHub(context: HubContext): Hub {
  const { engine, models, sessions, log } = context;
  const downloads = createDownloads(engine, models, log);
  const health = createHealthChecks(engine);
  const atLoad = checkHealthAtLoad({ engine, models, sessions, health, log });
  const view = registerModelsView({ engine, models, sessions, downloads, health });
  const item: ItemContext = { engine, models, downloads, health, document: () => promptInFront(context) };
  const didAdd: Parameters<typeof addToShelf>[1]['didAdd'] = (added) => void checkAdded(added, item, log);
  const adding = { engine, models, downloads, didAdd };
  return {
    view,
    downloads,
    health,
    commands: {
      [COMMANDS.add]: (text, model) => addToShelf({ text, model }, adding),
      [COMMANDS.addAgain]: (target) => addAgain(brokenOf(target), adding),
      [COMMANDS.resumeDownload]: async (target) => {
        const done = await resumeDownload(target, item);
        didAdd(done);
        void tellAdded(done);
      },
      [COMMANDS.pauseDownload]: (target) => pauseDownload(target, item),
      [COMMANDS.removeInstalled]: (target) => removeInstalled(target, item),
      [COMMANDS.useModel]: (target) => useModel(target, item),
      [COMMANDS.useModelHere]: (target) => useModelHere(target, item),
      [COMMANDS.useSaeHere]: (target) => useSaeHere(target, item),
      [COMMANDS.attachSae]: (target) => attachSae(target, { isAttached: true }, item),
      [COMMANDS.detachSae]: (target) => attachSae(target, { isAttached: false }, item),
      [COMMANDS.checkSae]: (target) => checkSae(target, item),
      // VS Code gives a row's command the row and the selected rows.
      [COMMANDS.checkSaeOn]: (target, paths) => checkSaeOn(target, paths, item),
      [COMMANDS.revealInstalled]: (target) => revealFolder(target),
      [COMMANDS.copyInstalledId]: (target) => copyId(target),
      [COMMANDS.refreshModels]: () => view.refresh(),
    },
    dispose: () => vscode.Disposable.from(atLoad, view, downloads, health).dispose(),
  };
}

/** The prompt that a person looks at: in the editor, else in the panel in front. */
async function promptInFront({ shown }: HubContext): Promise<vscode.TextDocument | undefined> {
  const editing = vscode.window.activeTextEditor?.document;
  if (editing) return editing;
  const uri = shown();
  return uri && documentOf(uri);
}
