import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import type {
  PageCommand,
  PersistedView,
  TraceViewContract,
  TraceViewEvents,
} from '../../protocol/viewContract.ts';
import { serve, type Handlers, type Server } from '../../protocol/rpc.ts';
import { lastView } from '../session/traceSession.ts';
import type { PromptSession } from '../session/session.ts';
import { PAGE_OPTIONS, readPage, webviewPort } from './panel.ts';
import { traceReads } from './traceReads.ts';
import * as read from './validate.ts';

export interface TracePanelContext {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  run(command: PageCommand, session: PromptSession): Promise<void>;
  /** Hears of breaches of the page's policy, so that tests fail on them. */
  onViolation(violation: { readonly directive: string; readonly blocked: string }): void;
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
    panel.title = `Trace ${session.uri.path.split('/').at(-1) ?? ''}`;
    panel.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'prompt.svg');
    panel.webview.options = PAGE_OPTIONS;
    this.server = serve<TraceViewContract, TraceViewEvents>(webviewPort(panel), this.handlers());
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
      'editor/reveal': async (params) => {
        await reveal(session, read.index(read.fieldsOf(params), 'position'));
        return null;
      },
      'clipboard/write': async (params) => {
        await vscode.env.clipboard.writeText(read.text(read.fieldsOf(params), 'text'));
        return null;
      },
      'command/run': async (params) => {
        await context.run(pageCommand(read.fieldsOf(params)['command']), session);
        return null;
      },
      'view/violation': (params) => {
        const fields = read.fieldsOf(params);
        const violation = {
          directive: read.text(fields, 'directive'),
          blocked: read.text(fields, 'blocked'),
        };
        context.log.error(`content security policy: ${violation.directive} blocked ${violation.blocked}`);
        context.onViolation(violation);
        return null;
      },
    };
  }

  private persisted(): PersistedView {
    const { uri, range, selection } = this.session;
    return { version: 1, uri: uri.toString(), range, selection, tab: this.tab };
  }
}

const PAGE_COMMANDS: readonly PageCommand[] = [
  'retrace',
  'cancel',
  'openLog',
  'openSettings',
  'openExample',
  'exportJson',
  'toggleDecorations',
];

function pageCommand(value: unknown): PageCommand {
  const command = PAGE_COMMANDS.find((known) => known === value);
  if (!command)
    throw new InterpError('request/invalid', `A page asked for the command ${JSON.stringify(value)}.`);
  return command;
}

/** Selects a token's text in its editor, without taking the focus from the panel. */
async function reveal(session: PromptSession, position: number): Promise<void> {
  const token = lastView(session.state)?.summary.tokens[position];
  if (!token) return;
  const document = await vscode.workspace.openTextDocument(session.uri);
  const visible = vscode.window.visibleTextEditors.find(
    (editor) => editor.document.uri.toString() === session.uri.toString(),
  );
  if (!visible) return;
  const range = new vscode.Range(
    document.positionAt(session.textStart + token.start),
    document.positionAt(session.textStart + token.end),
  );
  visible.selection = new vscode.Selection(range.start, range.end);
  visible.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
