import { isJsonObject, type JsonObject } from '../../json.ts';
import type { ExampleGroup, ExampleReading } from '../../records/readings.ts';
import { peakOf } from '../../records/units/examples.ts';
import { listAt, numbersAt, objectAt, textsAt } from './fields.ts';
import type { ImportedRecord, ImportedRecords } from './neuronRecord.ts';

/** Records of one unit as one file of another tool told them. */
export interface ImportedSource {
  /** Name of the file. */
  readonly source: string;
  readonly groups: readonly { readonly title: string; readonly records: readonly ImportedRecord[] }[];
}

/** Windows of an imported record are of no index: -2, -3, .. */
const FIRST_SEQUENCE = -2;

/**
 * Lists of the same kind of several records are one: some files have a line for each window. Those of token pairs stand
 * by themselves: a latent of attention has both.
 */
export function importedSource(source: string, all: readonly ImportedRecords[]): ImportedSource {
  const groups = new Map<string, ImportedRecord[]>();
  const add = (title: string, records: readonly ImportedRecord[]): void => {
    if (records.length === 0) return;
    const name = records.some(isPairs) ? `${title}, by token pair` : title;
    groups.set(name, [...(groups.get(name) ?? []), ...records]);
  };
  for (const { top, random, quantiles } of all) {
    add('top activations', top);
    for (const { boundaries, records } of quantiles) {
      add(boundaries.length === 2 ? boundaries.join(' to ') : 'by quantile', records);
    }
    add('random windows', random);
  }
  return { source, groups: [...groups].map(([title, records]) => ({ title, records })) };
}

/** @throws explain/malformed */
export function parseImported(value: unknown, place: string): ImportedSource[] {
  const list = isJsonObject(value) ? value['sources'] : undefined;
  return listAt(list, place, 'sources').map((each, index): ImportedSource => {
    const at = `sources[${index}]`;
    const object = objectAt(each, place, at);
    const groups = listAt(object['groups'], place, `${at}.groups`);
    return {
      source: String(object['source']),
      groups: groups.map((group, number) =>
        parseGroup(objectAt(group, place, at), place, `${at}.groups[${number}]`),
      ),
    };
  });
}

function parseGroup(group: JsonObject, place: string, at: string): ImportedSource['groups'][number] {
  return {
    title: String(group['title']),
    records: listAt(group['records'], place, `${at}.records`).map((record, index) => {
      const here = `${at}.records[${index}]`;
      const { tokens, activations, lossWithout } = objectAt(record, place, here);
      return {
        tokens: textsAt(tokens, place, `${here}.tokens`),
        activations: numbersAt(activations, place, `${here}.activations`),
        ...(lossWithout === undefined
          ? {}
          : { lossWithout: numbersAt(lossWithout, place, `${here}.lossWithout`) }),
      };
    }),
  };
}

/** One group for each list of a file, after those of the files before. `from` and `count` hold for each by itself. */
export function importedExamples(
  sources: readonly ImportedSource[],
  { from, count }: { readonly from: number; readonly count: number },
): ExampleGroup[] {
  let sequence = FIRST_SEQUENCE;
  return sources.flatMap(({ source, groups }) =>
    groups.map(({ title, records }): ExampleGroup => {
      const all = records.map((record) => readImported(record, source, sequence--));
      return {
        set: 'imported',
        title: `Imported from ${source}: ${title}`,
        total: all.length,
        examples: all.slice(from, from + count),
      };
    }),
  );
}

/** Token pairs come as the lower triangle; of one token they are one number, as activations are. */
function isPairs({ activations, tokens }: ImportedRecord): boolean {
  return activations.length !== tokens.length;
}

function readImported(record: ImportedRecord, source: string, sequence: number): ExampleReading {
  const { tokens, activations, lossWithout } = record;
  const pairs = isPairs(record) ? Float32Array.from(activations) : null;
  const perToken = pairs
    ? Float32Array.from(tokens, (_, query) => {
        const start = (query * (query + 1)) / 2;
        return pairs.subarray(start, start + query + 1).reduce((max, value) => Math.max(max, value), 0);
      })
    : Float32Array.from(activations);
  const read = { activations: perToken, pairs };
  const removed = lossWithout === undefined ? {} : { lossWithout };
  return { sequence, ids: [], ...read, source, tokens, ...removed, ...peakOf(read) };
}
