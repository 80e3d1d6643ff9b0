/**
 * `npm run bench:scan`: a scan of all neurons of all layers with records kept, against the same batches run forward
 * without unembedding; rounds alternate within one run. "tokens" = windows of ids in, records kept; "text" = documents
 * generated or made up, tokenized, cut, logged and recorded. Then memory over a long scan. Nothing is asserted:
 * machines are shared and noisy.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_WORLD, type Corpus, type CorpusRef } from '../../src/core/records/corpus.ts';
import { allFamilies, familyId, type Family } from '../../src/core/records/family.ts';
import { DEFAULT_SCAN } from '../../src/core/records/records.ts';
import { windowPriority } from '../../src/core/records/priority.ts';
import { reduceTokens } from '../../src/core/records/reduce.ts';
import { RunPlaces } from '../../src/core/records/runPlaces.ts';
import { Scan } from '../../src/core/records/scan.ts';
import { windowBatches, windowsPerBatch, type CorpusWindow } from '../../src/core/records/windows.ts';
import { worldCorpus } from '../../src/core/records/worldCorpus.ts';
import { unitSpace } from '../../src/core/records/units/unitModel.ts';
import { scanModel, tokenIds } from '../../src/engine/records/scanModel.ts';
import { WindowLog, EMPTY_LOG } from '../../src/engine/records/windowLog.ts';
import { automaticThreads } from '../../src/runtime/cores.ts';
import { openModel, type OpenModel } from '../../src/engine/openModel.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import type { Progress } from '../../src/protocol/engineContract.ts';
import { openIndexes, quietJob } from '../support/openIndexes.ts';
import { seededRandom } from '../support/random.ts';
import { randomShape } from './randomShape.ts';
import { alternate, megabytes, percent, printTable } from './measure.ts';

const TINY = join(import.meta.dirname, '..', '..', 'models', 'underglass-tiny');
/** Windows that were taken in before speed is measured; batches of them that are repeated where a scan takes minutes. */
const SETTLED = 6000;
const SETTLING = 12;
const MEMORY = '--memory';
/** Instead of a number of tokens. */
const FIRST = 'first-index';
const WORLD = { kind: 'world', seed: 5_000_000, documents: 10_000_000 } as const;

async function main(): Promise<void> {
  const sessions = ortSessions({ threads: automaticThreads() });
  console.log(
    `onnxruntime ${await sessions.version()}, ${automaticThreads()} threads, Node ${process.version}`,
  );
  const rows = [['model', 'forward tokens/s', 'scan of tokens', 'of text', 'share', 'share of text', 'kept']];
  const open = (directory: string): Promise<OpenModel> =>
    openModel(directory, { model: directory, saes: [] }, sessions);

  const tiny = await open(TINY);
  rows.push(await speedRow(tiny, { corpus: worldCorpus(WORLD), settle: 'scanned', batches: 20, rounds: 15 }));
  const small = await open(await randomShape('small'));
  rows.push(await speedRow(small, { corpus: randomCorpus(), settle: 'repeated', batches: 1, rounds: 9 }));
  await small.release();
  printTable(`All neurons of all layers, after ${SETTLED} windows (target: 70 % of the forward)`, rows);

  await tiny.release();

  const memory = [
    ['tokens', 'families', 'seconds', 'tokens/s', 'scanning', 'growth per 1M', 'with index', 'index on disk'],
    inOwnProcess([FIRST]),
  ];
  for (const tokens of sizes()) memory.push(inOwnProcess([String(tokens), ...kinds()]));
  printTable(
    'underglass-tiny, each in a process of its own: the index that comes with it, then memory by length of the corpus',
    memory,
  );
}

function inOwnProcess(args: readonly string[]): string[] {
  const argv = ['--import=tsx', import.meta.filename, MEMORY, ...args];
  return execFileSync(process.execPath, argv, { encoding: 'utf8' }).trim().split('\t');
}

/** Millions of tokens may be named, and families of one kind: `bench:scan -- 1 10 neurons`. */
function sizes(): number[] {
  const named = process.argv.slice(2).map((text) => Number(text) * 1e6);
  const numbers = named.filter((tokens) => !Number.isNaN(tokens));
  return numbers.length > 0 ? numbers : [0.25e6, 1e6];
}

function kinds(): readonly string[] {
  return process.argv.slice(2).filter((text) => Number.isNaN(Number(text)));
}

interface SpeedOptions {
  readonly corpus: Corpus;
  /** How the first windows are taken in: by a real scan, or, where that takes minutes, by what a few of them hold. */
  readonly settle: 'scanned' | 'repeated';
  readonly batches: number;
  readonly rounds: number;
}

async function speedRow(
  model: OpenModel,
  { corpus, settle, batches, rounds }: SpeedOptions,
): Promise<string[]> {
  const context = DEFAULT_SCAN.context;
  const families = allFamilies(unitSpace(model)).filter(({ kind }) => kind === 'neurons');
  const scan = new Scan(scanModel(model), families, DEFAULT_SCAN);
  const bare = new Scan(scanModel(model), families.slice(-1), DEFAULT_SCAN);
  const folder = await mkdtemp(join(tmpdir(), 'underglass-bench-'));
  const log = await WindowLog.open(folder, context, EMPTY_LOG);
  const cut = { ...tokenIds(model), context, maxTokens: null, batch: windowsPerBatch(context) };
  const stream = windowBatches(corpus, cut);
  const take = async (): Promise<readonly CorpusWindow[]> => (await stream.next()).value?.windows ?? [];
  const ready: (readonly CorpusWindow[])[] = [];
  const prepare = async (): Promise<void> => {
    ready.length = 0;
    for (let batch = 0; batch < batches; batch++) ready.push(await take());
  };
  if (settle === 'scanned')
    for (let windows = 0; windows < SETTLED; windows += cut.batch) await scan.add(await take());
  else for (let batch = 0; batch < SETTLING; batch++) await repeat(scan, await take(), batch);
  await prepare();
  const last = model.runner.config.n_layers - 1;
  // The forward pass writes where the scan does: what garbage costs is no merit of the scan.
  const places = new RunPlaces(model.runner.config);
  const size = { windows: cut.batch, tokens: context };
  const time = await alternate(
    {
      forward: async () => {
        for (const windows of ready) {
          let { x } = await bare.begin(windows);
          for (let layer = 0; layer <= last; layer++) {
            const into = { resid_post: places.of('resid_post', size, layer % 2 === 0 ? 'even' : 'odd') };
            const run = { layer, x, batch: windows.length, want: ['resid_post'] as const, into };
            x = (await model.runner.block(run)).get('resid_post') ?? x;
          }
        }
      },
      tokens: async () => {
        for (const windows of ready) await scan.add(windows);
      },
      text: async () => {
        for (let batch = 0; batch < batches; batch++) {
          const windows = await take();
          await scan.add(windows);
          for (const window of windows) log.addWindow(window);
          await log.settle();
        }
      },
      // Windows are recorded once: the next round gets new ones. Its time is not looked at.
      prepare,
    },
    { rounds, warmUps: 4 },
  );
  await log.close();
  await rm(folder, { recursive: true });
  const tokens = batches * cut.batch * context;
  const rate = (milliseconds: number): string => ((1000 * tokens) / milliseconds).toFixed(0);
  const held = [...scan.families.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    model.info.name,
    rate(time.forward),
    rate(time.tokens),
    rate(time.text),
    percent(time.forward / time.tokens),
    percent(time.forward / time.text),
    megabytes(held),
  ];
}

/**
 * The first windows of a corpus nearly all enter some record: takes in as many as come before the middle of a scan of a
 * million tokens, the activations of few batches again and again under new numbers. More of the next windows become
 * records after that than in a real scan, for it met more different ones.
 */
async function repeat(scan: Scan, windows: readonly CorpusWindow[], batch: number): Promise<void> {
  const run = await scan.begin(windows);
  const ran = new Map<string, Float32Array>();
  while (run.layer < scan.layers) {
    await scan.step(run, (id, values) => values.kind === 'tokens' && ran.set(id, values.values));
  }
  const tokens = windows[0]?.ids.length ?? 0;
  const share = SETTLED / SETTLING;
  for (let first = 0; first < share; first += windows.length) {
    const sequence = SETTLED + batch * share + first;
    const own = windows.map((window, index) => ({ ...window, sequence: sequence + index }));
    const priorities = own.map((window) => windowPriority(1, window.sequence));
    for (const [id, values] of ran) {
      const family = scan.families.get(id);
      if (family) reduceTokens(family, values, { windows: own, tokens, priorities });
    }
  }
}

/** Random words without end: weights are random too. */
function randomCorpus(): Corpus {
  const random = seededRandom(3);
  const letters = 'abcdefghijklmnopqrstuvwxyz ';
  return {
    title: 'random letters',
    bytes: null,
    fingerprint: () => Promise.resolve('random'),
    documents: async function* () {
      for (let number = 0; ; number++) {
        const text = Array.from({ length: 300 }, () => letters.charAt(random.below(letters.length))).join('');
        yield { name: `#${number}`, text, world: null };
      }
    },
  };
}

/** A whole scan through the engine, to the index on disk. */
async function memoryRow(
  model: OpenModel,
  { corpus, kind, maxTokens }: { corpus: CorpusRef; kind: Family['kind'] | null; maxTokens: number | null },
): Promise<string[]> {
  const storage = await mkdtemp(join(tmpdir(), 'underglass-bench-'));
  const families = allFamilies(unitSpace(model)).filter((family) => kind === null || family.kind === kind);
  const samples: MemorySample[] = [];
  const progress = ({ done, total }: Progress): void =>
    void samples.push({ share: done / total, resident: process.memoryUsage().rss });
  const started = performance.now();
  const what = { corpus, families: families.map(familyId), options: { ...DEFAULT_SCAN, maxTokens } };
  const info = await openIndexes(storage).scan(model, what, { ...quietJob(), progress });
  const seconds = (performance.now() - started) / 1000;
  await rm(storage, { recursive: true });
  return [
    info.tokens.toLocaleString('en-US'),
    String(info.families.length),
    seconds.toFixed(1),
    (info.tokens / seconds).toFixed(0),
    megabytes(Math.max(...samples.map(({ resident }) => resident))),
    info.tokens < SETTLES
      ? ''
      : megabytes(growth(samples) / ((info.tokens * (MEASURED[1] - MEASURED[0])) / 1e6)),
    megabytes(peakResident()),
    megabytes(info.bytes),
  ];
}

/** Of this process alone: Linux hands a parent's peak down to `resourceUsage`. */
function peakResident(): number {
  if (process.platform !== 'linux') return 1024 * process.resourceUsage().maxRSS;
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

interface MemorySample {
  /** Of the scan, 0..1. */
  readonly share: number;
  readonly resident: number;
}

/** Shorter scans only fill their tables. */
const SETTLES = 0.9e6;
/** Middles of the quarters that are compared: the first fills tables that never grow again. */
const MEASURED = [0.375, 0.875] as const;

/** Bytes by which the mean of the last quarter of a scan lies above that of the second. */
function growth(samples: readonly MemorySample[]): number {
  const [second = Number.NaN, last = Number.NaN] = MEASURED.map((middle) => {
    const own = samples.filter(({ share }) => Math.abs(share - middle) <= 0.125);
    return own.reduce((sum, { resident }) => sum + resident, 0) / own.length;
  });
  return last - second;
}

if (process.argv[2] === MEMORY) {
  const sessions = ortSessions({ threads: automaticThreads() });
  const tiny = await openModel(TINY, { model: TINY, saes: [] }, sessions);
  const [tokens, kind = null] = process.argv.slice(3) as [string, Family['kind']?];
  const corpus = tokens === FIRST ? DEFAULT_WORLD : WORLD;
  const maxTokens = tokens === FIRST ? null : Number(tokens);
  console.log((await memoryRow(tiny, { corpus, kind, maxTokens })).join('\t'));
} else {
  await main();
}
