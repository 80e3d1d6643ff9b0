import { deflateRaw } from 'node:zlib';
import { promisify } from 'node:util';
import type { ExchangeReader } from '../../core/explain/formats/readExchange.ts';
import { importedSource } from '../../core/explain/formats/importedExamples.ts';
import type { ImportedRecords } from '../../core/explain/formats/neuronRecord.ts';
import type { ImportedExplanation } from '../../core/explain/formats/simulationResults.ts';
import { printWords, publishedWords } from '../../core/explain/formats/publishedPieces.ts';
import { formatUnit, parseUnit } from '../../core/model/units.ts';
import { familyId, placeOf } from '../../core/records/family.ts';
import { openPackWriter, type PackWriter } from '../../runtime/explanations/packWriter.ts';
import { packFile, type PackKind } from '../../runtime/explanations/publishedFolders.ts';

/** Takes what was read of a set into its packs. */
export interface Ingest {
  /** Whether a unit's part is here, or known to be published nowhere. */
  has(unit: string, kind: PackKind): Promise<boolean>;
  add(found: ExchangeReader['found']): Promise<void>;
  /** Nothing is published of the unit. */
  absent(unit: string, kind: PackKind): Promise<void>;
  /** As `absent`, not counted. */
  mark(unit: string, kind: PackKind): Promise<void>;
  readonly keepsRecords: boolean;
  skip(reason: string): void;
  flush(): Promise<void>;
  close(): Promise<void>;
  readonly counts: IngestCounts;
}

export interface IngestCounts {
  explanations: number;
  records: number;
  absent: number;
  skippedCount: number;
  readonly skipped: string[];
}

export interface IngestOptions {
  readonly folder: string;
  /** Keep activation records, and the windows behind scores. */
  readonly records: boolean;
  readonly isWanted: (unit: string, place: string) => boolean;
}

/** Reasons that are kept; the others are counted. */
const MOST_SKIPPED = 20;
/** What a process that is ended may lose. */
const FLUSH_ABOVE_BYTES = 2 ** 16;
const deflate = promisify<Buffer, Buffer>(deflateRaw);

export function createIngest({ folder, records: keepsRecords, isWanted }: IngestOptions): Ingest {
  const writers = new Map<string, Promise<PackWriter>>();
  const counts: IngestCounts = { explanations: 0, records: 0, absent: 0, skippedCount: 0, skipped: [] };
  const writerOf = (family: string, kind: PackKind): Promise<PackWriter> => {
    const file = packFile(folder, family, kind);
    const known = writers.get(file) ?? openPackWriter(file);
    writers.set(file, known);
    return known;
  };
  const write = async (unit: string, kind: PackKind, piece: Buffer | null): Promise<void> => {
    const { family, index } = placeOfUnit(unit);
    const writer = await writerOf(family, kind);
    writer.append(index, piece);
    if (writer.waiting > FLUSH_ABOVE_BYTES) await writer.flush();
  };
  const skip = (reason: string): void => {
    counts.skippedCount++;
    if (counts.skipped.length < MOST_SKIPPED) counts.skipped.push(reason);
  };
  const flush = async (): Promise<void> => {
    for (const writer of writers.values()) await (await writer).flush();
  };
  return {
    counts,
    keepsRecords,
    skip,
    has: async (unit, kind) => {
      const { family, index } = placeOfUnit(unit);
      return (await writerOf(family, kind)).has(index);
    },
    add: async ({ explanations, records, own }) => {
      for (const [unit, all] of wanted([...explanations, ...own.map(asImported)], isWanted, skip)) {
        const line = printWords(unit, all.map(publishedWords));
        await write(unit, 'words.jsonl', Buffer.from(line));
        counts.explanations += all.length;
        if (keepsRecords) await writeEvidence(unit, all, write);
      }
      for (const [unit, all] of keepsRecords ? wanted(records, isWanted, skip) : []) {
        await write(unit, 'records', await recordsPiece(all));
        counts.records++;
      }
    },
    absent: async (unit, kind) => {
      counts.absent++;
      await write(unit, kind, null);
    },
    mark: (unit, kind) => write(unit, kind, null),
    flush,
    close: async () => {
      for (const writer of writers.values()) await (await writer).close();
    },
  };
}

/** By unit, what is asked for. */
function wanted<T extends { readonly unit: string }>(
  all: readonly T[],
  isWanted: IngestOptions['isWanted'],
  skip: (reason: string) => void,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const unit = known(each.unit, skip);
    if (unit === null || !isWanted(unit.id, unit.place)) continue;
    const group = groups.get(unit.id);
    if (group) group.push(each);
    else groups.set(unit.id, [each]);
  }
  return groups;
}

async function writeEvidence(
  unit: string,
  all: readonly ImportedExplanation[],
  write: (unit: string, kind: PackKind, piece: Buffer) => Promise<void>,
): Promise<void> {
  const scored = all.filter(({ sequences }) => sequences.length > 0);
  if (scored.length === 0) return;
  const evidence = scored.map(({ words, sequences }) => ({ words, sequences }));
  await write(unit, 'evidence', await deflate(Buffer.from(JSON.stringify(evidence))));
}

async function recordsPiece(all: readonly ImportedRecords[]): Promise<Buffer> {
  return deflate(Buffer.from(JSON.stringify({ version: 1, sources: [importedSource('', all)] })));
}

function asImported(record: ExchangeReader['found']['own'][number]): ImportedExplanation {
  const { unit, explanation: words, score, explainer, scores } = record;
  const { rSquared = null, absoluteDeviation = null } = scores?.topAndRandom ?? {};
  return {
    ...{ unit, words, score, by: explainer, sequences: [] },
    rSquared: rSquared?.value ?? null,
    absoluteDeviation: absoluteDeviation?.value ?? null,
  };
}

/** Null: no unit id. */
function known(
  text: string,
  skip: (reason: string) => void,
): { readonly id: string; readonly place: string } | null {
  try {
    const unit = parseUnit(text);
    const { family, index } = placeOf(unit);
    return { id: formatUnit(unit), place: `${familyId(family)}/${index}` };
  } catch (error) {
    skip(error instanceof Error ? error.message : String(error));
    return null;
  }
}

export function placeOfUnit(unit: string): { readonly family: string; readonly index: number } {
  const { family, index } = placeOf(parseUnit(unit));
  return { family: familyId(family), index };
}
