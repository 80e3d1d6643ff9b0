import * as vscode from 'vscode';
import { toInterpError } from '../../core/errors.ts';
import { allFamilies, familyId } from '../../core/records/family.ts';
import { RATING_MOST, type Rating } from '../../core/explain/report.ts';
import { serve, type Handlers, type Server } from '../../protocol/rpc.ts';
import {
  REPORT_COMMANDS,
  REPORT_TABS,
  type PersistedReport,
  type RatingPoints,
  type ReportCommand,
  type ReportState,
  type ReportTab,
  type ReportViewContract,
  type ReportViewEvents,
} from '../../protocol/reportViewContract.ts';
import { toWireError } from '../../protocol/wireError.ts';
import { COMMANDS } from '../contributions.ts';
import { openPort, pageManners, readPage, type PageContext } from '../panels/panel.ts';
import {
  fieldsOf,
  index,
  indexOrNull,
  invalid,
  nullable,
  oneOf,
  persisted,
  text,
  textOrNull,
  texts,
  type Fields,
} from '../panels/validate.ts';
import type { ExplainRuns } from './explainRuns.ts';
import { besideShared } from './folders.ts';
import type { UnitServices } from './unitSession.ts';
import type { UnitPanels } from './unitPanels.ts';
import { listLength } from './validateUnit.ts';

export interface ReportContext extends PageContext, UnitServices {
  readonly unitPanels: UnitPanels;
  readonly runs: ExplainRuns;
}

const TITLES: Readonly<Record<ReportTab, string>> = {
  report: 'Explanations',
  rate: 'Rate units',
};
const NO_POINTS: RatingPoints = { confidence: null, strong: null, weak: null, logits: null };
const CARDS = 10;

/** What a page opens with that has kept nothing. The first cards are other ones every time. */
export function freshReport(tab: ReportTab): PersistedReport {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const dealt = { families: [], count: CARDS, seed, card: null, words: '', points: NO_POINTS };
  return { version: 1, model: null, tab, explainer: null, ...dealt };
}

/** Scores of all explanations of one model, and blind rating. */
export class ReportPanel implements vscode.Disposable {
  readonly panel: vscode.WebviewPanel;
  private readonly context: ReportContext;
  private readonly server: Server<ReportViewEvents>;
  private readonly subscriptions: vscode.Disposable[];
  private persisted: PersistedReport;
  private state: ReportState = { state: 'loading', message: 'Opening the model' };
  /** Tab that a command asked for and the page has not shown yet. */
  private askedTab: ReportTab | null;
  readiness = 0;

  constructor(panel: vscode.WebviewPanel, persisted: PersistedReport, context: ReportContext) {
    this.panel = panel;
    this.context = context;
    this.persisted = persisted;
    this.askedTab = persisted.tab;
    this.server = serve<ReportViewContract, ReportViewEvents>(
      openPort(panel, TITLES[persisted.tab], context),
      this.handlers(),
    );
    const again = (): void => void this.load();
    this.subscriptions = [
      context.runs.onDidChange(again),
      context.library.onDidChange(again),
      context.engine.onDidRestart(again),
      context.library.onDidExplain(() => this.server.emit('records/didChange', {})),
    ];
    panel.webview.html = readPage(context.extensionUri, 'report');
    void this.load();
  }

  /** Goes to a tab of the page that is open: at once, or when the page is seen again. */
  show(tab: ReportTab): void {
    this.askedTab = tab;
    this.server.emit('tab/didAsk', { tab });
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.server.close();
  }

  private async load(): Promise<void> {
    try {
      const model = await this.context.models.open(this.persisted.model);
      await this.context.library.index(model);
      const families = allFamilies(model).map(familyId);
      this.state = { state: 'ready', model, families, running: this.context.runs.running };
    } catch (error) {
      this.state = { state: 'error', error: toWireError(toInterpError(error)) };
    }
    this.server.emit('report/didChange', this.state);
  }

  private async modelId(): Promise<string> {
    return (await this.context.models.open(this.persisted.model)).modelId;
  }

  private handlers(): Handlers<ReportViewContract> {
    const { context } = this;
    const { engine } = context;
    return {
      ...pageManners(besideShared(), context),
      'view/ready': (params) => {
        const kept = persistedReport(fieldsOf(params)['persisted']) ?? this.persisted;
        this.persisted = { ...kept, tab: this.askedTab ?? kept.tab };
        this.readiness++;
        return { persisted: this.persisted, report: this.state };
      },
      'explain/report': async (params, { signal }) => {
        const explainer = textOrNull(fieldsOf(params), 'explainer');
        return engine.request('explain/report', { modelId: await this.modelId(), explainer }, { signal });
      },
      'rating/deal': async (params, { signal }) => {
        const fields = fieldsOf(params);
        const asked = {
          modelId: await this.modelId(),
          families: texts(fields['families'], 'families'),
          count: listLength(fields, 'count'),
          seed: index(fields, 'seed'),
        };
        return engine.request('rating/deal', asked, { signal });
      },
      'rating/save': async (params) => {
        const fields = fieldsOf(params);
        const asked = { modelId: await this.modelId(), cardId: text(fields, 'cardId') };
        return engine.request('rating/save', { ...asked, rating: rating(fields['rating']) });
      },
      'rating/report': async (_params, { signal }) =>
        engine.request('rating/report', { modelId: await this.modelId() }, { signal }),
      'tab/show': (params) => {
        const tab = oneOf(REPORT_TABS, fieldsOf(params)['tab']);
        this.askedTab = null;
        this.persisted = { ...this.persisted, tab };
        this.panel.title = TITLES[tab];
        return null;
      },
      'unit/open': (params) => {
        const unit = text(fieldsOf(params), 'unit');
        context.unitPanels.open({ model: this.persisted.model, unit, tab: null });
        return null;
      },
      'command/run': async (params) => {
        const fields = fieldsOf(params);
        await this.run(oneOf(REPORT_COMMANDS, fields['command']), textOrNull(fields, 'family'));
        return null;
      },
    };
  }

  private async run(command: ReportCommand, family: string | null): Promise<void> {
    const execute = (id: string, ...args: readonly unknown[]): Thenable<unknown> =>
      vscode.commands.executeCommand(id, ...args);
    const { model } = this.persisted;
    const table: Record<ReportCommand, () => unknown> = {
      cancel: () => this.context.runs.cancel(),
      retry: () => this.load(),
      openLog: () => this.context.log.show(),
      explainFamily: () => execute(COMMANDS.explainLayer, family, model),
      scan: () => execute(COMMANDS.scan, family, model),
      import: () => this.importOwn(),
      export: () => execute(COMMANDS.exportExplanations, model),
    };
    await table[command]();
  }

  private async importOwn(): Promise<void> {
    const { name, directory } = await this.context.models.open(this.persisted.model);
    const model = { name, ref: this.persisted.model, directory };
    await vscode.commands.executeCommand(COMMANDS.importExplanations, { model });
  }
}

/** @throws request/invalid */
function rating(value: unknown): Omit<Rating, 'version' | 'unit'> {
  const fields = fieldsOf(value);
  return {
    words: text(fields, 'words'),
    confidence: pointsOf(fields, 'confidence'),
    strong: pointsOf(fields, 'strong'),
    weak: pointsOf(fields, 'weak'),
    logits: pointsOf(fields, 'logits'),
  };
}

function pointsOf(fields: Fields, key: keyof RatingPoints): number {
  const found = index(fields, key);
  if (found > RATING_MOST[key]) throw invalid(`"${key}" to be 0 to ${RATING_MOST[key]}`, found);
  return found;
}

export function persistedReport(value: unknown): PersistedReport | null {
  return persisted(value, (fields) => {
    const points = fieldsOf(fields['points']);
    const given = (key: keyof RatingPoints): number | null =>
      nullable(points[key], () => pointsOf(points, key));
    return {
      version: 1,
      model: textOrNull(fields, 'model'),
      tab: oneOf(REPORT_TABS, fields['tab']),
      explainer: textOrNull(fields, 'explainer'),
      families: texts(fields['families'], 'families'),
      count: listLength(fields, 'count'),
      seed: index(fields, 'seed'),
      card: indexOrNull(fields, 'card'),
      words: text(fields, 'words'),
      points: {
        confidence: given('confidence'),
        strong: given('strong'),
        weak: given('weak'),
        logits: given('logits'),
      },
    };
  });
}
