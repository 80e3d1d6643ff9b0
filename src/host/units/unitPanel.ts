import * as vscode from 'vscode';
import type { ExplanationRecord } from '../../core/explain/explanation.ts';
import { InterpError } from '../../core/errors.ts';
import type { EngineExplain } from '../../protocol/explainContract.ts';
import { serve, type Handlers, type JobContext, type Server } from '../../protocol/rpc.ts';
import {
  UNIT_TABS,
  type PersistedUnit,
  type UnitCommand,
  type UnitOpening,
  type UnitState,
  type UnitViewContract,
  type UnitViewEvents,
  type UnitTab,
} from '../../protocol/unitViewContract.ts';
import { COMMANDS } from '../contributions.ts';
import { inTime } from '../panels/inTime.ts';
import { openPort, pageManners, readPage, type PageContext } from '../panels/panel.ts';
import { fieldsOf, flag, oneOf, text } from '../panels/validate.ts';
import { completeOptions, confirmCost } from './explainChoices.ts';
import { besideShared } from './folders.ts';
import { externalLink } from './openLink.ts';
import { unitReads } from './unitReads.ts';
import { UnitSession, type UnitServices } from './unitSession.ts';
import * as read from './validateUnit.ts';

/** VS Code takes longer to make the frame of a page. */
const OPENING_MS = 120;

export interface UnitPanelContext extends PageContext, UnitServices {}

/** The page of one unit in a webview. */
export class UnitPanel implements vscode.Disposable {
  readonly panel: vscode.WebviewPanel;
  readonly session: UnitSession;
  private readonly context: UnitPanelContext;
  private readonly server: Server<UnitViewEvents>;
  private readonly subscriptions: vscode.Disposable[];
  private persisted: PersistedUnit;
  /** The explanation that is under way. */
  private running: AbortController | null = null;
  private isWritten = false;
  private isDisposed = false;
  /** Pages that asked for their state so far: 0 = still loading. */
  readiness = 0;

  constructor(panel: vscode.WebviewPanel, persisted: PersistedUnit, context: UnitPanelContext) {
    this.panel = panel;
    this.context = context;
    this.persisted = persisted;
    this.session = new UnitSession(persisted.unit, persisted.model, context);
    const { session } = this;
    this.server = serve<UnitViewContract, UnitViewEvents>(
      openPort(panel, session.unit, context),
      this.handlers(),
    );
    this.subscriptions = [
      session,
      session.onDidChange((state) => {
        panel.title = session.unit;
        // A page that is not written yet is told its state when it is.
        if (this.isWritten) this.server.emit('unit/didChange', state);
      }),
      context.library.onDidExplain((record) => {
        if (record === null || record.unit === session.unit) this.server.emit('explain/didChange', {});
      }),
    ];
    void this.write();
  }

  /** Shows what the words of a record were scored on: at once, or when the page is there. */
  showEvidence({ unit, id }: Pick<ExplanationRecord, 'unit' | 'id'>): void {
    if (unit !== this.session.unit) return;
    this.persisted = { ...this.persisted, unit, tab: 'explain', explanation: id };
    this.server.emit('explain/didMake', { unit, id });
  }

  /** What a link asks for: at once, or when the page is there. */
  showTab(tab: UnitTab): void {
    this.persisted = { ...this.persisted, tab };
    this.server.emit('view/didLink', { tab });
  }

  /** Writes the page with what it shows first: that is read while VS Code makes the frame. */
  private async write(): Promise<void> {
    const unit = await inTime(this.session.opening, OPENING_MS);
    if (this.isDisposed) return;
    this.isWritten = true;
    const opening = unit === null ? undefined : this.openingOf(unit);
    this.panel.webview.html = readPage(this.context.extensionUri, 'unit', opening);
  }

  private openingOf(unit: UnitState): UnitOpening {
    const { persisted, session } = this;
    // Words typed for one unit, and evidence of its words, are none of another's.
    const own = persisted.unit === session.unit ? {} : { words: '', explanation: null };
    const shown = { ...persisted, ...own, unit: session.unit, model: session.modelName };
    return { persisted: shown, unit };
  }

  dispose(): void {
    this.isDisposed = true;
    this.running?.abort();
    for (const subscription of this.subscriptions) subscription.dispose();
    this.server.close();
  }

  private handlers(): Handlers<UnitViewContract> {
    const { session, context } = this;
    return {
      ...unitReads(session),
      ...this.explanations(),
      ...pageManners(besideShared(), context),
      'view/ready': (params) => {
        const persisted = read.persistedUnit(fieldsOf(params)['persisted']);
        if (persisted?.unit === session.unit) this.persisted = persisted;
        this.readiness++;
        return this.openingOf(session.state);
      },
      'unit/open': async (params) => {
        await session.open(text(fieldsOf(params), 'unit'));
        return null;
      },
      'unit/pin': async (params) => {
        const model = await session.model();
        await context.pins.set(model.name, session.unit, flag(fieldsOf(params), 'pinned'));
        return null;
      },
      'link/copy': async (params) => {
        const { name } = session.view?.model ?? (await session.model());
        const tab = oneOf(UNIT_TABS, fieldsOf(params)['tab']);
        await vscode.env.clipboard.writeText(await externalLink({ unit: session.unit, model: name, tab }));
        vscode.window.setStatusBarMessage(`Link to ${session.unit} copied`, 3000);
        return null;
      },
      'prompt/open': async (params) => {
        const content = text(fieldsOf(params), 'text');
        const document = await vscode.workspace.openTextDocument({ language: 'underglass-prompt', content });
        await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preview: false });
        return null;
      },
      'command/run': async (params) => {
        await this.run(read.unitCommand(fieldsOf(params)['command']));
        return null;
      },
    };
  }

  private explanations(): Pick<
    Handlers<UnitViewContract>,
    | 'explain/list'
    | 'explain/detail'
    | 'explain/remove'
    | 'explain/estimate'
    | 'explain/unit'
    | 'explain/revise'
  > {
    const { session, context } = this;
    const ref = async (): Promise<{ modelId: string; unit: string }> => ({
      modelId: (session.view?.model ?? (await session.model())).modelId,
      unit: session.unit,
    });
    return {
      'explain/list': async (_params, { signal }) => session.request('explain/list', await ref(), { signal }),
      'explain/detail': async (params, { signal }) =>
        session.request('explain/detail', { ...(await ref()), id: text(fieldsOf(params), 'id') }, { signal }),
      'explain/remove': async (params) => {
        await session.request('explain/remove', { ...(await ref()), id: text(fieldsOf(params), 'id') });
        context.library.didExplain(null);
        return null;
      },
      'explain/estimate': async (params, { signal }) => {
        const { modelId, unit } = await ref();
        const options = await completeOptions(
          read.askedOptions(fieldsOf(params)['options']),
          context.language,
        );
        return session.request('explain/estimate', { modelId, units: [unit], options }, { signal });
      },
      'explain/unit': (params, job) =>
        this.explain('explain/unit', params, job, {}) as Promise<EngineExplain['explain/unit']['result']>,
      'explain/revise': (params, job) =>
        this.explain('explain/revise', params, job, { id: text(fieldsOf(params), 'id') }) as Promise<
          EngineExplain['explain/revise']['result']
        >,
    };
  }

  /** Asks first when much would be sent; one run at a time. */
  private async explain(
    method: 'explain/unit' | 'explain/revise',
    params: unknown,
    job: JobContext,
    more: { readonly id?: string },
  ): Promise<unknown> {
    const { session, context, server } = this;
    if (this.running)
      throw new InterpError('request/invalid', 'An explanation is under way in this page already.');
    const options = await completeOptions(read.askedOptions(fieldsOf(params)['options']), context.language);
    const model = session.view?.model ?? (await session.model());
    const { unit } = session;
    const asked = { modelId: model.modelId, unit, options };
    const estimate = await session.request('explain/estimate', {
      modelId: model.modelId,
      units: [unit],
      options,
    });
    if (!(await confirmCost(estimate, `Explaining ${unit}`)))
      throw new InterpError('cancelled', 'Nothing was sent.');
    const running = new AbortController();
    this.running = running;
    const stop = (): void => running.abort();
    job.signal.addEventListener('abort', stop);
    try {
      const request = {
        signal: running.signal,
        onProgress: (progress: { done: number; total: number; message: string }) => {
          job.progress(progress);
          server.emit('explain/didProgress', progress);
        },
      };
      const result =
        method === 'explain/unit'
          ? await session.request('explain/unit', asked, request)
          : await session.request('explain/revise', { ...asked, id: more.id ?? '' }, request);
      context.library.didExplain(null);
      return result;
    } finally {
      this.running = null;
      job.signal.removeEventListener('abort', stop);
      server.emit('explain/didProgress', null);
    }
  }

  private async run(command: UnitCommand): Promise<void> {
    const { log } = this.context;
    const execute = (id: string, ...args: readonly unknown[]): Thenable<unknown> =>
      vscode.commands.executeCommand(id, ...args);
    const table: Record<UnitCommand, () => unknown> = {
      scan: () => execute(COMMANDS.scan, this.session.view?.summary.family, this.session.modelName),
      cancel: () => (this.running ? this.running.abort() : this.context.library.pause()),
      openLog: () => log.show(),
      openSettings: () => execute('workbench.action.openSettings', '@ext:underglass.underglass language'),
      chooseLanguageModel: () => execute(COMMANDS.chooseLanguageModel),
      setKey: () => execute(COMMANDS.setKey),
      openReport: () => execute(COMMANDS.report, this.session.modelName),
    };
    await table[command]();
  }
}
