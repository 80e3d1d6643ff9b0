import type * as vscode from 'vscode';
import type { DebugViewContract, DebugViewEvents, PersistedDebug } from '../../protocol/debugViewContract.ts';
import { serve, type Handlers, type Server } from '../../protocol/rpc.ts';
import { shownIn } from '../../protocol/runState.ts';
import { openPort, pageManners, readPage, type PageContext } from '../panels/panel.ts';
import { revealToken } from '../panels/reveal.ts';
import { fieldsOf, index, text } from '../panels/validate.ts';
import type { Sessions } from '../session/session.ts';
import { debugReads } from './debugReads.ts';
import type { DebugSession } from './debugSession.ts';
import { openUnit, runDebugCommand } from './pageCommands.ts';
import { checkEdit, suggestTargets, tokenForm } from './typing.ts';
import * as read from './validateDebug.ts';

export interface DebugPanelContext extends PageContext {
  /** The traces of this window: they share the position that is looked at. */
  readonly sessions: () => Sessions;
}

/** The debug view of one document in a webview. */
export class DebugPanel implements vscode.Disposable {
  readonly panel: vscode.WebviewPanel;
  readonly session: DebugSession;
  private readonly context: DebugPanelContext;
  private readonly server: Server<DebugViewEvents>;
  private readonly subscriptions: vscode.Disposable[];
  private persisted: PersistedDebug;
  private position: number | null = null;
  /** Pages that asked for their state so far: 0 = still loading. */
  readiness = 0;

  constructor(
    panel: vscode.WebviewPanel,
    session: DebugSession,
    context: DebugPanelContext,
    persisted: PersistedDebug | null,
  ) {
    this.panel = panel;
    this.session = session;
    this.context = context;
    this.persisted = persisted ?? emptyView(session);
    const port = openPort(panel, `Debug ${session.uri.path.split('/').at(-1) ?? ''}`, context);
    this.server = serve<DebugViewContract, DebugViewEvents>(port, this.handlers());
    this.subscriptions = [
      session.onDidChangeState((state) => this.server.emit('debug/didChange', state)),
      session.onDidChangeExperiment((view) => this.server.emit('experiment/didChange', view)),
      context.sessions().onDidChange(({ uri, selection }) => {
        if (uri.toString() === session.uri.toString() && selection) this.didSelect(selection.position);
      }),
    ];
    panel.webview.html = readPage(context.extensionUri, 'debug');
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.server.close();
    this.session.dispose();
  }

  private handlers(): Handlers<DebugViewContract> {
    const { session, context } = this;
    return {
      ...debugReads(session),
      ...this.typing(),
      ...pageManners(session.uri, context),
      'view/ready': (params) => {
        const persisted = read.persistedDebug(fieldsOf(params)['persisted']);
        if (persisted?.uri === session.uri.toString()) this.persisted = persisted;
        this.readiness++;
        const shown = { ...this.persisted, draft: session.draft };
        return { persisted: shown, experiment: session.experiment, debug: session.state };
      },
      'unit/open': (params) => openUnit(session, text(fieldsOf(params), 'unit')),
      'selection/set': (params) => {
        this.select(index(fieldsOf(params), 'position'));
        return null;
      },
      'editor/reveal': (params) => {
        const token = shownIn(session.state)?.summary.left.tokens[index(fieldsOf(params), 'position')];
        return revealToken(session.uri, token, session.textStart);
      },
      'command/run': (params) =>
        runDebugCommand(read.debugCommand(fieldsOf(params)['command']), session, context),
    };
  }

  /** What the page asks while a person types. */
  private typing(): Pick<
    Handlers<DebugViewContract>,
    'draft/set' | 'prompt/save' | 'tokens/form' | 'targets/suggest' | 'edit/check'
  > {
    const { session } = this;
    return {
      'draft/set': (params) => {
        session.setDraft(read.draft(fieldsOf(params)['draft']));
        return null;
      },
      'prompt/save': async () => {
        await session.save();
        return null;
      },
      'tokens/form': (params, { signal }) => tokenForm(session, text(fieldsOf(params), 'text'), signal),
      'targets/suggest': (_params, { signal }) => suggestTargets(session, signal),
      'edit/check': (params) => checkEdit(session, text(fieldsOf(params), 'text')),
    };
  }

  private select(position: number): void {
    this.position = position;
    const traced = this.context.sessions().get(this.session.uri);
    if (traced?.selection) traced.select({ ...traced.selection, position });
  }

  private didSelect(position: number): void {
    if (position === this.position) return;
    this.position = position;
    this.server.emit('selection/didChange', { position });
  }
}

function emptyView({ uri, draft }: DebugSession): PersistedDebug {
  return {
    version: 1,
    uri: uri.toString(),
    draft,
    tab: null,
    steps: [],
    depth: 0,
    options: null,
    pins: [],
    node: null,
    sweep: null,
    patch: null,
  };
}
