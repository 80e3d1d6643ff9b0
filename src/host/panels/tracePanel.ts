import * as vscode from 'vscode';
import {
  PAGE_COMMANDS,
  type PageCommand,
  type PersistedView,
  type TraceViewContract,
  type TraceViewEvents,
} from '../../protocol/viewContract.ts';
import { serve, type Handlers, type Server } from '../../protocol/rpc.ts';
import { shownIn } from '../../protocol/runState.ts';
import { COMMANDS } from '../contributions.ts';
import type { PromptSession } from '../session/session.ts';
import { openPort, pageManners, readPage, type PageContext } from './panel.ts';
import { revealToken } from './reveal.ts';
import { traceReads } from './traceReads.ts';
import * as read from './validate.ts';

export interface TracePanelContext extends PageContext {
  run(command: PageCommand, session: PromptSession): Promise<void>;
}

/** The trace of one document in a webview. The session outlives the page: a hidden page is rebuilt from it. */
export class TracePanel implements vscode.Disposable {
  readonly panel: vscode.WebviewPanel;
  readonly session: PromptSession;
  private readonly context: TracePanelContext;
  private readonly server: Server<TraceViewEvents>;
  private readonly subscriptions: vscode.Disposable[];
  private tab: string | null;
  /** Pages that asked for their state so far: 0 = still loading. */
  readiness = 0;

  constructor(
    panel: vscode.WebviewPanel,
    session: PromptSession,
    context: TracePanelContext,
    tab: string | null,
  ) {
    this.panel = panel;
    this.session = session;
    this.context = context;
    this.tab = tab;
    const port = openPort(panel, `Trace ${session.uri.path.split('/').at(-1) ?? ''}`, context);
    this.server = serve<TraceViewContract, TraceViewEvents>(port, this.handlers());
    this.subscriptions = [
      session.onDidChangeState((state) => this.server.emit('trace/didChange', state)),
      session.onDidChangeSelection((selection) => this.server.emit('selection/didChange', { selection })),
    ];
    panel.webview.html = readPage(context.extensionUri, 'trace');
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.server.close();
  }

  private handlers(): Handlers<TraceViewContract> {
    const { session, context } = this;
    return {
      ...traceReads(session),
      ...pageManners(session.uri, context),
      'view/ready': (params) => {
        const persisted = read.persistedView(read.fieldsOf(params)['persisted']);
        if (persisted?.uri === session.uri.toString()) this.tab = persisted.tab;
        this.readiness++;
        return { persisted: this.persisted(), trace: session.state };
      },
      'selection/set': (params) => {
        session.select(read.selection(read.fieldsOf(params)['selection']));
        return null;
      },
      'editor/reveal': (params) => {
        const position = read.index(read.fieldsOf(params), 'position');
        const token = shownIn(session.state)?.summary.tokens[position];
        return revealToken(session.uri, token, session.textStart);
      },
      'unit/open': async (params) => {
        const model = shownIn(session.state)?.model.directory ?? null;
        const unit = read.text(read.fieldsOf(params), 'unit');
        await vscode.commands.executeCommand(COMMANDS.openUnit, unit, model);
        return null;
      },
      'command/run': async (params) => {
        await context.run(read.oneOf(PAGE_COMMANDS, read.fieldsOf(params)['command']), session);
        return null;
      },
    };
  }

  private persisted(): PersistedView {
    const { uri, range, selection } = this.session;
    return { version: 1, uri: uri.toString(), range, selection, tab: this.tab };
  }
}
