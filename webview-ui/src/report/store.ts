import type { ExplainReport, RatingReport } from '../../../src/core/explain/report.ts';
import type {
  ReportTab,
  PersistedReport,
  ReportCommand,
  ReportState,
  ReportViewContract,
} from '../../../src/protocol/reportViewContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { PageStore } from '../controls/pageStore.ts';
import { Resource } from '../controls/resource.ts';
import { NOTHING_KEPT, readPersistedReport } from './persisted.ts';
import { RatingSession } from './ratingSession.ts';

/** What a store needs of its page. */
export interface ReportStorePage {
  readonly client: Client<ReportViewContract>;
  readState(): unknown;
  writeState(state: unknown): void;
}

/** A run over many units tells of each one: the figures are not read again more often than this, milliseconds. */
const REREAD_MS = 1000;

/** The page's one state: the figures of all explanations, and the rating at hand. */
export class ReportStore extends PageStore {
  report: ReportState | null = null;
  kept: PersistedReport = NOTHING_KEPT;
  readonly figures: Resource<ExplainReport>;
  readonly ratings: Resource<RatingReport>;
  readonly session: RatingSession;
  readonly #page: ReportStorePage;
  #records = 0;
  #rated = 0;
  #rereading: ReturnType<typeof setTimeout> | undefined;

  constructor(page: ReportStorePage) {
    super();
    this.#page = page;
    const onChange = (): void => this.changed();
    this.figures = new Resource(onChange);
    this.ratings = new Resource(onChange);
    this.session = new RatingSession({
      client: page.client,
      kept: () => this.kept,
      keep: (change) => this.keep(change),
      changed: onChange,
      didRate: () => void this.#rated++,
    });
  }

  /** Says hello to the host and follows it from then on. */
  async start(): Promise<void> {
    const { client } = this.#page;
    client.on('report/didChange', (payload) => this.#setReport(payload as ReportState));
    client.on('records/didChange', () => this.#rereadSoon());
    client.on('tab/didAsk', (payload) => this.chooseTab((payload as { tab: ReportTab }).tab));
    try {
      const persisted = readPersistedReport(this.#page.readState());
      const answer = await client.request('view/ready', { persisted });
      this.keep(answer.persisted);
      this.#tellTab();
      this.#setReport(answer.report);
    } catch (error) {
      this.fail(error);
    }
  }

  get tab(): ReportTab {
    return this.kept.tab;
  }

  chooseTab(tab: ReportTab): void {
    this.keep({ tab });
    this.#tellTab();
  }

  chooseExplainer(explainer: string | null): void {
    this.keep({ explainer });
  }

  open(unit: string): void {
    this.tell(this.#page.client.request('unit/open', { unit }));
  }

  run(command: ReportCommand, family: string | null = null): void {
    this.tell(this.#page.client.request('command/run', { command, family }));
  }

  copy(text: string): void {
    this.tell(this.#page.client.request('clipboard/write', { text }));
  }

  exportFile(name: string, text: string): void {
    this.tell(this.#page.client.request('file/export', { name, text }));
  }

  keep(change: Partial<PersistedReport>): void {
    this.kept = { ...this.kept, ...change };
    this.#page.writeState(this.kept);
    this.changed();
  }

  override changed(): void {
    this.#read();
    super.changed();
  }

  #tellTab(): void {
    this.tell(this.#page.client.request('tab/show', { tab: this.tab }));
  }

  #setReport(report: ReportState): void {
    const before = this.report;
    this.report = report;
    // What was done while a run was under way is in the figures at its end.
    if (runningOf(before) !== null && runningOf(report) === null) this.#records++;
    this.changed();
  }

  #rereadSoon(): void {
    if (this.#rereading !== undefined) return;
    this.#rereading = setTimeout(() => {
      this.#rereading = undefined;
      this.#records++;
      this.changed();
    }, REREAD_MS);
  }

  /** Asks for what is shown and not there. While an answer is under way the next waits, so that figures come at all. */
  #read(): void {
    const { report, tab, kept } = this;
    if (report?.state !== 'ready') return;
    const { client } = this.#page;
    const { modelId } = report.model;
    const { explainer } = kept;
    if (
      tab === 'report' &&
      (isFree(this.figures) || this.figures.reading.key?.startsWith(`${explainer ?? ''}\n`) !== true)
    ) {
      const key = `${explainer ?? ''}\n${modelId} ${this.#records}`;
      this.figures.load(key, (signal) => client.request('explain/report', { explainer }, { signal }));
    }
    if (tab === 'rate') {
      this.ratings.load(`${modelId} ${this.#rated}`, (signal) =>
        client.request('rating/report', {}, { signal }),
      );
      this.session.resume(modelId);
    }
  }
}

function isFree({ reading }: Resource<unknown>): boolean {
  return reading.status !== 'loading';
}

function runningOf(report: ReportState | null): unknown {
  return report?.state === 'ready' ? report.running : null;
}
