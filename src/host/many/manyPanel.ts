import * as vscode from 'vscode';
import type { ManyViewContract, ManyViewEvents, PersistedMany } from '../../protocol/manyViewContract.ts';
import { serve, type Handlers, type Server } from '../../protocol/rpc.ts';
import { options } from '../debug/validateDebug.ts';
import { openPort, pageManners, readPage, type PageContext } from '../panels/panel.ts';
import { fieldsOf, text } from '../panels/validate.ts';
import type { ManySession } from './manySession.ts';
import * as read from './validateMany.ts';

export interface ManyPanelContext extends PageContext {
  /** Shows the debug view of one prompt. */
  openPrompt(uri: vscode.Uri, column: vscode.ViewColumn | undefined): Promise<void>;
}

/** Several prompts in a webview. The session outlives the page: a hidden page is rebuilt from it. */
export class ManyPanel implements vscode.Disposable {
  readonly panel: vscode.WebviewPanel;
  readonly session: ManySession;
  private readonly context: ManyPanelContext;
  private readonly server: Server<ManyViewEvents>;
  private readonly subscription: vscode.Disposable;
  private tab: string | null;
  /** Pages that asked for their state so far: 0 = still loading. */
  readiness = 0;

  constructor(
    panel: vscode.WebviewPanel,
    session: ManySession,
    context: ManyPanelContext,
    tab: string | null,
  ) {
    this.panel = panel;
    this.session = session;
    this.context = context;
    this.tab = tab;
    const port = openPort(panel, `Debug ${session.prompts.title}`, context);
    this.server = serve<ManyViewContract, ManyViewEvents>(port, this.handlers());
    this.subscription = session.onDidChange((state) => this.server.emit('many/didChange', state));
    panel.webview.html = readPage(context.extensionUri, 'many');
  }

  dispose(): void {
    this.subscription.dispose();
    this.server.close();
    this.session.dispose();
  }

  private handlers(): Handlers<ManyViewContract> {
    const { session, context } = this;
    return {
      ...pageManners(session.prompts.uris[0] ?? vscode.Uri.file('/'), context),
      'view/ready': (params) => {
        this.tab = read.persistedMany(fieldsOf(params)['persisted'])?.tab ?? this.tab;
        this.readiness++;
        return { persisted: this.persisted(), many: session.state };
      },
      'many/nodes': () => session.nodes(),
      'many/sweepRows': () => session.sweepRows(),
      'many/each': (params) => {
        const fields = fieldsOf(params);
        return session.each(text(fields, 'key'), read.column(fields['column']));
      },
      'many/setOptions': (params) => {
        session.setOptions(options(fieldsOf(params)['options']));
        return null;
      },
      'many/sweep': (params) => {
        session.sweep(read.sweepAsked(params));
        return null;
      },
      'prompt/open': async (params) => {
        const asked = text(fieldsOf(params), 'uri');
        // A page opens what it shows, and nothing else.
        const uri = session.prompts.uris.find((known) => known.toString() === asked);
        if (uri) await context.openPrompt(uri, this.panel.viewColumn);
        return null;
      },
      'command/run': (params) => {
        const table = {
          run: () => session.run(),
          cancel: () => session.cancel(),
          openLog: () => context.log.show(),
        };
        table[read.command(fieldsOf(params)['command'])]();
        return null;
      },
    };
  }

  private persisted(): PersistedMany {
    const { prompts, state } = this.session;
    const uris = prompts.uris.map((uri) => uri.toString());
    return { version: 1, title: prompts.title, uris, tab: this.tab, options: state.options };
  }
}
