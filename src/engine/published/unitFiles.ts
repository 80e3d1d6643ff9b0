import { InterpError, isInterpError, throwIfCancelled, toInterpError } from '../../core/errors.ts';
import { timeText, sizeText } from '../../core/hub/amounts.ts';
import {
  exchangeReader,
  readExchange,
  type ExchangeReader,
} from '../../core/explain/formats/readExchange.ts';
import type { PublishedPart } from '../../core/hub/published/publishedSet.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { PackKind } from '../../runtime/explanations/publishedFolders.ts';
import { decodeText } from '../../runtime/files/textFile.ts';
import { rateMeter } from '../../runtime/hub/rate.ts';
import { fetchSmallFile, type SmallFilePorts } from '../../runtime/hub/smallFile.ts';
import type { PlannedUnit, UnitWork } from './importPlan.ts';
import type { Ingest } from './ingest.ts';
import { ofUnit } from './ofUnit.ts';

/** Connections at once: files are small, and most of the time is spent waiting. */
const AT_ONCE = 16;
/** Units without a file before it is believed that the host has none of them. */
const MOST_ABSENT = 512;

export const KIND_OF = { explanations: 'words.jsonl', records: 'records' } as const satisfies Readonly<
  Record<PublishedPart, PackKind>
>;

export interface UnitFilesOptions {
  readonly parts: readonly PublishedPart[];
  readonly ingest: Ingest;
  readonly ports: SmallFilePorts;
  readonly job: JobContext;
}

interface MissingParts {
  readonly unit: PlannedUnit;
  readonly parts: readonly PublishedPart[];
}

/** Units, some of whose parts are not here. */
export async function* unitsToFetch(
  work: UnitWork,
  parts: readonly PublishedPart[],
  here: Pick<Ingest, 'has' | 'keepsRecords'>,
  onHere: () => void = () => {},
): AsyncIterable<MissingParts> {
  const isHere = async (unit: string, part: PublishedPart): Promise<boolean> =>
    (await here.has(unit, KIND_OF[part])) &&
    // Words that came alone lack the windows behind their score.
    (part === 'records' || !here.keepsRecords || (await here.has(unit, 'evidence')));
  for (const unit of work.units()) {
    const missing: PublishedPart[] = [];
    for (const part of parts) if (!(await isHere(unit.unit, part))) missing.push(part);
    if (missing.length > 0) yield { unit, parts: missing };
    else onHere();
  }
}

/** Fetches what is not here, some files at once; what arrived is kept whatever happens then. */
export async function fetchUnits(work: UnitWork, options: UnitFilesOptions): Promise<void> {
  const { ingest, job, ports } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([job.signal, stop.signal]);
  const absences = createAbsences(ingest);
  const meter = progressOf(work, options);
  const queue = unitsToFetch(work, options.parts, ingest, meter.here)[Symbol.asyncIterator]();
  const worker = async (): Promise<void> => {
    for (;;) {
      throwIfCancelled(signal);
      const next = await queue.next();
      if (next.done === true) return;
      const { unit, parts } = next.value;
      for (const part of parts) await fetchPart(unit, part, { ingest, ports, signal, absences, meter });
      meter.did(unit.unit);
    }
  };
  const workers = Array.from({ length: AT_ONCE }, () =>
    worker().catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  const ends = await Promise.allSettled(workers);
  await ingest.flush();
  throwIfCancelled(job.signal);
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [toInterpError(end.reason)] : []));
  // The first to fail ends the others.
  const cause = reasons.find((reason) => !isInterpError(reason, 'cancelled')) ?? reasons[0];
  if (cause !== undefined) throw cause;
  await absences.settle();
}

interface PartContext {
  readonly ingest: Ingest;
  readonly ports: SmallFilePorts;
  readonly signal: AbortSignal;
  readonly absences: ReturnType<typeof createAbsences>;
  readonly meter: ReturnType<typeof progressOf>;
}

async function fetchPart(
  { unit, addresses }: PlannedUnit,
  part: PublishedPart,
  { ingest, ports, signal, absences, meter }: PartContext,
): Promise<void> {
  const reader = exchangeReader(unit);
  let any = false;
  for (const url of addresses(part)) {
    try {
      const bytes = await fetchSmallFile(url, ports, signal);
      // The first file of a unit is its own, a second one says more of it.
      if (bytes === null) break;
      any = true;
      meter.got(bytes.length);
      takeFile(reader, unit, { url, text: decodeText(url, bytes) });
    } catch (error) {
      // One file that is damaged or wrong is left out, and asked for again by the next import.
      if (!isInterpError(error, 'hub/checksum') && !isInterpError(error, 'explain/malformed')) throw error;
      ingest.skip(error.message);
      return;
    }
  }
  if (!any) return absences.add(unit, KIND_OF[part]);
  await absences.found();
  const { found } = reader;
  const hasOwn = part === 'explanations' ? found.explanations.length > 0 : found.records.length > 0;
  if (!hasOwn) await ingest.absent(unit, KIND_OF[part]);
  await ingest.add(onlyPart(found, part));
  const isScored = found.explanations.some(({ sequences }) => sequences.length > 0);
  if (part === 'explanations' && ingest.keepsRecords && !isScored) await ingest.mark(unit, 'evidence');
}

/** What is of the other part comes by that part's own file. Neuronpedia's hold both. */
function onlyPart(found: ExchangeReader['found'], part: PublishedPart): ExchangeReader['found'] {
  return part === 'explanations' ? { ...found, records: [] } : { ...found, explanations: [], own: [] };
}

function takeFile(
  reader: ExchangeReader,
  unit: string,
  { url, text }: { readonly url: string; readonly text: string },
): void {
  const { explanations, records } = readExchange(text, url, unit);
  reader.take({ explanations: ofUnit(explanations, unit, url), records: ofUnit(records, unit, url) });
}

/** Units without a file are believed once one with a file was seen: a wrong address has none at all. */
function createAbsences(ingest: Ingest) {
  let isFound = false;
  let waiting: { unit: string; kind: PackKind }[] = [];
  const settle = async (): Promise<void> => {
    if (waiting.length === 0) return;
    if (!isFound) throw nothingThere(waiting.map(({ unit }) => unit));
    const taken = waiting;
    waiting = [];
    for (const { unit, kind } of taken) {
      await ingest.absent(unit, kind);
      if (kind === 'words.jsonl' && ingest.keepsRecords) await ingest.mark(unit, 'evidence');
    }
  };
  return {
    add: async (unit: string, kind: PackKind): Promise<void> => {
      waiting.push({ unit, kind });
      if (isFound || waiting.length > MOST_ABSENT) await settle();
    },
    found: async (): Promise<void> => {
      isFound = true;
      await settle();
    },
    settle,
  };
}

function nothingThere(units: readonly string[]): InterpError {
  const [first = ''] = units;
  const what = units.length === 1 ? first : `${first} and ${units.length - 1} more`;
  return new InterpError('published/unknown', `Nothing is published of ${what}.`, { data: { unit: first } });
}

function progressOf(work: UnitWork, { job, ports }: UnitFilesOptions) {
  let [done, bytes, last] = [0, 0, ''];
  const tell = rateMeter(ports.policy.clock, work.count, ({ secondsLeft }) => {
    const left = secondsLeft === null ? [] : [`${timeText(secondsLeft)} left`];
    const sum = `${done.toLocaleString('en-US')} of ${work.count.toLocaleString('en-US')} units`;
    const message = [last, sum, sizeText(bytes), ...left].join(' · ');
    job.progress({ done, total: work.count, message });
  });
  return {
    here: (): void => void done++,
    got: (size: number): void => void (bytes += size),
    did: (unit: string): void => {
      last = unit;
      tell(++done);
    },
  };
}
