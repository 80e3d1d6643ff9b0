import * as vscode from 'vscode';
import { toInterpError } from '../../core/errors.ts';
import { allFamilies, familyId } from '../../core/records/family.ts';
import type { Rating } from '../../core/explain/report.ts';
import { serve, type Handlers, type Server } from '../../protocol/rpc.ts';
import type {
  PersistedReport,
  RatingPoints,
  ReportCommand,
  ReportState,
  ReportViewContract,
  ReportViewEvents,
} from '../../protocol/reportViewContract.ts';
import { toWireError } from '../../protocol/wireError.ts';
import { COMMANDS } from '../contributions.ts';
import { openPort, pageManners, readPage, type PageContext } from '../panels/panel.ts';
import { fieldsOf, index, invalid, text, type Fields } from '../panels/validate.ts';
import type { ExplainRuns } from './explainRuns.ts';
import { sharedFolder } from './folders.ts';
import type { UnitServices } from './unitSession.ts';
import type { UnitPanels } from './unitPanels.ts';
import * as read from './validateUnit.ts';

export interface ReportContext extends PageContext, UnitServices {
  readonly unitPanels: UnitPanels;
  readonly runs: ExplainRuns;
}

const REPORT_COMMANDS: readonly ReportCommand[] = [
  'cancel',
  'retry',
  'openLog',
  'explainFamily',
  'scan',
  'import',
  'export',
];

const TABS: readonly PersistedReport['tab'][] = ['report', 'rate'];
const TITLES: Readonly<Record<PersistedReport['tab'], string>> = {
  report: 'Explanations',
  rate: 'Rate units',
};
/** Most points of each scale. */
const POINTS = { confidence: 3, strong: 5, weak: 3, logits: 3 } as const;
const NO_POINTS: RatingPoints = { confidence: null, strong: null, weak: null, logits: null };
const CARDS = 10;

/** What a page opens with that has kept nothing. The first cards are other ones every time. */
export function freshReport(tab: PersistedReport['tab']): PersistedReport {
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
  private askedTab: PersistedReport['tab'] | null;
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
  show(tab: PersistedReport['tab']): void {
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
    const beside = sharedFolder() ?? vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file('/');
    return {
      ...pageManners(vscode.Uri.joinPath(beside, 'x'), context),
      'view/ready': (params) => {
        const kept = persistedReport(fieldsOf(params)['persisted']) ?? this.persisted;
        this.persisted = { ...kept, tab: this.askedTab ?? kept.tab };
        this.readiness++;
        return { persisted: this.persisted, report: this.state };
      },
      'explain/report': async (params, { signal }) => {
        const explainer = read.textOrNull(fieldsOf(params), 'explainer');
        return engine.request('explain/report', { modelId: await this.modelId(), explainer }, { signal });
      },
      'rating/deal': async (params, { signal }) => {
        const fields = fieldsOf(params);
        const asked = {
          modelId: await this.modelId(),
          families: texts(fields['families']),
          count: read.listLength(fields, 'count'),
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
        const tab = read.oneOf(TABS, fieldsOf(params)['tab']);
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
        await this.run(read.oneOf(REPORT_COMMANDS, fields['command']), read.textOrNull(fields, 'family'));
        return null;
      },
    };
  }

  private async run(command: ReportCommand, family: string | null): Promise<void> {
    const execute = (id: string, ...args: readonly unknown[]): Thenable<unknown> =>
      vscode.commands.executeCommand(id, ...args);
    const table: Record<ReportCommand, () => unknown> = {
      cancel: () => this.context.runs.cancel(),
      retry: () => this.load(),
      openLog: () => this.context.log.show(),
      explainFamily: () => execute(COMMANDS.explainLayer, family),
      scan: () => execute(COMMANDS.scan, family),
      import: () => execute(COMMANDS.importExplanations),
      export: () => execute(COMMANDS.exportExplanations),
    };
    await table[command]();
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
  if (found > POINTS[key]) throw invalid(`"${key}" to be 0 to ${POINTS[key]}`, found);
  return found;
}

function texts(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw invalid('a list of texts', value);
}

/** What a page persisted; null when it is of another version or damaged. */
export function persistedReport(value: unknown): PersistedReport | null {
  try {
    const fields = fieldsOf(value);
    if (fields['version'] !== 1) return null;
    const points = fieldsOf(fields['points']);
    const given = (key: keyof RatingPoints): number | null =>
      points[key] === null ? null : pointsOf(points, key);
    return {
      version: 1,
      model: read.textOrNull(fields, 'model'),
      tab: read.oneOf(TABS, fields['tab']),
      explainer: read.textOrNull(fields, 'explainer'),
      families: texts(fields['families']),
      count: read.listLength(fields, 'count'),
      seed: index(fields, 'seed'),
      card: read.indexOrNull(fields, 'card'),
      words: text(fields, 'words'),
      points: {
        confidence: given('confidence'),
        strong: given('strong'),
        weak: given('weak'),
        logits: given('logits'),
      },
    };
  } catch {
    return null;
  }
}
