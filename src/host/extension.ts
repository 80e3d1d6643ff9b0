import * as vscode from 'vscode';
import { pageCommands, registerCommands } from './commands/register.ts';
import { createDebugPanels, type DebugPanels } from './debug/debugPanels.ts';
import { documentOf } from './commands/traceCommand.ts';
import { registerEditorFeatures } from './editor/register.ts';
import { createManyPanels, type ManyPanels } from './many/manyPanels.ts';
import type { PageContext } from './panels/panel.ts';
import { createTracePanels, type TracePanels } from './panels/tracePanels.ts';
import { createHub, type Hub } from './hub/hub.ts';
import { engineEnvironment } from './session/engineEnvironment.ts';
import { EngineProcess } from './session/engineProcess.ts';
import { createModels } from './session/modelChoice.ts';
import { networkSettings, onDidChangeNetwork } from './session/networkSettings.ts';
import type { Engine, Models, Sessions } from './session/session.ts';
import { createSessions } from './session/sessions.ts';
import { followSpeedSettings, speedSettings } from './session/speedSettings.ts';
import { onDidChangeSetting, setting } from './settings.ts';
import { foldersOf } from './units/folders.ts';
import { createUnits, type Units } from './units/register.ts';
import { createVerifyReports } from './verify/verifyReports.ts';
import { registerViews } from './views/register.ts';

/** What tests (and other extensions) may look at. */
export interface UnderglassApi {
  readonly engine: Engine;
  readonly models: Models;
  readonly sessions: Sessions;
  readonly panels: TracePanels;
  readonly debugPanels: DebugPanels;
  readonly manyPanels: ManyPanels;
  readonly units: Units;
  readonly hub: Hub;
  /** Breaches of the pages' content security policy so far. */
  readonly violations: readonly { readonly directive: string; readonly blocked: string }[];
  /** How long activation took, ms. */
  readonly activationMilliseconds: number;
}

/** VS Code says nothing of an extension that fails to start. */
export function activate(context: vscode.ExtensionContext): UnderglassApi {
  try {
    return compose(context);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`Underglass could not start: ${why}`);
    throw error;
  }
}

/** Composition root: makes everything once and passes it down. Nothing runs before it is asked for. */
function compose(context: vscode.ExtensionContext): UnderglassApi {
  const started = performance.now();
  const { extensionUri, globalStorageUri, workspaceState: memento } = context;
  const places = { extensionUri, globalStorageUri };
  const log = vscode.window.createOutputChannel('Underglass', { log: true });
  const engine = startEngine(extensionUri, log);
  const models = createModels(engine);
  const violations: { directive: string; blocked: string }[] = [];
  const pages: PageContext = { extensionUri, log, onViolation: (violation) => violations.push(violation) };
  const views = createPages(context, { ...pages, engine, models });
  const { sessions, panels, debugPanels } = views;
  const hub = createHub({
    ...{ engine, models, sessions, log },
    shown: () => panels.active()?.session.uri ?? debugPanels.active()?.session.uri,
  });
  const reports = createVerifyReports();
  const tellFolders = (): void => engine.tellFolders();
  context.subscriptions.push(
    vscode.workspace.onDidGrantWorkspaceTrust(tellFolders),
    vscode.workspace.onDidChangeWorkspaceFolders(tellFolders),
    onDidChangeSetting('storageFolder', () => {
      tellFolders();
      models.didInstall();
    }),
    onDidChangeNetwork(() => {
      // An environment is read at the start; what runs now is not ended for it.
      if (engine.state === 'ready') engine.restart('the settings of the network changed');
    }),
    hub,
    reports,
    ...Object.values(views),
    log,
    engine,
    followSpeedSettings(engine),
    models,
    registerCommands({ ...places, ...views, log, engine, models, hub, reports }),
    registerEditorFeatures({ engine, models, sessions, log }),
    registerViews({ engine, models, sessions, memento }),
  );
  const activationMilliseconds = performance.now() - started;
  log.info(`activated in ${activationMilliseconds.toFixed(0)} ms`);
  return { engine, models, ...views, hub, violations, activationMilliseconds };
}

function startEngine(extensionUri: vscode.Uri, log: vscode.LogOutputChannel): EngineProcess {
  const path = (...parts: readonly string[]): string => vscode.Uri.joinPath(extensionUri, ...parts).fsPath;
  return new EngineProcess({
    entry: path('dist', 'engine.cjs'),
    embeddedFolder: path('models'),
    log,
    timeout: () => 1000 * setting('engine.timeoutSeconds'),
    environment: () => engineEnvironment(process.env, networkSettings(), process.allowedNodeEnvironmentFlags),
    speed: speedSettings,
    folders: foldersOf,
  });
}

type Pages = Pick<UnderglassApi, 'sessions' | 'panels' | 'debugPanels' | 'manyPanels' | 'units'>;

/** Sessions of documents, and the pages that show them. */
function createPages(
  { workspaceState: memento, secrets }: vscode.ExtensionContext,
  pages: PageContext & { readonly engine: Engine; readonly models: Models },
): Pages & { readonly units: Units } {
  const { engine, models, log } = pages;
  const sessions = createSessions({ engine, models, log, isShown: (uri) => panels.get(uri) !== undefined });
  const panels = createTracePanels(() => sessions, { ...pages, run: pageCommands({ log }) });
  const debugPanels = createDebugPanels({ ...pages, sessions: () => sessions });
  const manyPanels = createManyPanels({
    ...pages,
    openPrompt: async (uri, column) => void debugPanels.show(await documentOf(uri), column),
  });
  const units = createUnits({ ...pages, memento, secrets });
  return { sessions, panels, debugPanels, manyPanels, units };
}
