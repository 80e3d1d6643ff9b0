import { createHash } from 'node:crypto';
import { basename, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InterpError } from '../../core/errors.ts';
import { exportSet, parsePublished, unitOfPath } from '../../core/hub/published/parsePublished.ts';
import type { BlobSet, ExportSet, PublishedPart } from '../../core/hub/published/publishedSet.ts';
import { modelNamed } from '../../core/hub/models.ts';
import { formatUnit, parseUnit } from '../../core/model/units.ts';
import { allFamilies, familySize, unitAt, type UnitSpace } from '../../core/records/family.ts';
import type { PublishedQuery } from '../../protocol/publishedContract.ts';
import { localSources, type LocalSource } from '../../runtime/explanations/localSources.ts';
import { readModelCard } from '../../runtime/files/listModels.ts';
import { listBucket } from '../../runtime/hub/bucket.ts';
import type { Hosts } from '../../runtime/hub/hosts.ts';
import type { HubSettings } from '../../runtime/hub/settings.ts';
import { expandUnits, unitMatcher } from '../explain/unitPatterns.ts';
import { exportsOfFiles } from './exportsOfFiles.ts';
import type { ImportPlan, PlannedUnit, UnitWork } from './importPlan.ts';

export interface ResolvePorts {
  readonly hosts: Hosts;
  readonly settings: HubSettings;
  readonly signal: AbortSignal;
}

export type Resolved =
  | { readonly kind: 'plan'; readonly plan: ImportPlan }
  | {
      readonly kind: 'choices';
      readonly choices: readonly { readonly id: string; readonly title: string }[];
    };

/** So many latents of a source are asked for one by one instead of fetching all of its files. */
const MOST_SINGLE = 64;
/** Bytes of a feature as Neuronpedia answers it: many windows, without its vector. */
const FEATURE_BYTES = 100_000;
/** More files than this are no one's download. */
const MOST_FILES = 400_000;

/** What a query means and what there is to do. Hosts are asked for lists alone. @throws hub/*, unit/unknown */
export async function resolvePublished(query: PublishedQuery, ports: ResolvePorts): Promise<Resolved> {
  const target = parsePublished(query.text);
  if (target.kind === 'choices') {
    return { kind: 'choices', choices: target.sets.map(({ id, title }) => ({ id, title })) };
  }
  if (target.kind === 'local') return { kind: 'plan', plan: await localPlan(target.path, query, ports) };
  const units = target.unit === null ? query.units : [target.unit, ...query.units];
  const model = (await modelOf(query.model)) ?? target.set.model;
  const plan =
    target.kind === 'blobs'
      ? blobPlan(target.set, { ...query, units }, ports)
      : await exportPlan(target.set, { ...query, units }, ports);
  return { kind: 'plan', plan: { ...plan, model } };
}

/** Null: none was named. A folder is known by its card. */
async function modelOf(model: string | null): Promise<string | null> {
  if (model === null) return null;
  if (isAbsolute(model)) return (await readModelCard(model)).name;
  return modelNamed(model)?.id ?? model;
}

/** Words where there are any; records when they are asked for, or are all there is. */
function partsOf({ parts }: { readonly parts: readonly PublishedPart[] }, records: boolean): PublishedPart[] {
  const asked = parts.filter((part) => part === 'explanations' || records);
  return asked.length > 0 ? asked : [...parts];
}

function blobPlan(set: BlobSet, { units, records }: PublishedQuery, { settings }: ResolvePorts): ImportPlan {
  const chosen = units.length > 0 ? expandUnits(units, set.space) : null;
  const planned = (unit: string): PlannedUnit => ({
    unit,
    addresses: (part) => set.paths(parseUnit(unit), part).map((path) => `${settings.blobs}/${path}`),
  });
  const count = chosen?.length ?? sizeOf(set.space);
  if (count > MOST_FILES) {
    throw new InterpError(
      'explain/not-possible',
      `${set.id} has ${count.toLocaleString('en-US')} units with a file each: name some of them, such as ${allUnits(set.space).next().value ?? ''}.`,
      { data: { count } },
    );
  }
  const work: UnitWork = {
    kind: 'units',
    count,
    usualBytes: null,
    *units() {
      for (const unit of chosen ?? allUnits(set.space)) yield planned(unit);
    },
  };
  const { model } = set;
  return { set, model, parts: partsOf(set, records), isWanted: () => true, work };
}

function sizeOf(space: UnitSpace): number {
  return allFamilies(space).reduce((sum, family) => sum + familySize(family, space), 0);
}

function* allUnits(space: UnitSpace): Generator<string> {
  for (const family of allFamilies(space)) {
    const size = familySize(family, space);
    for (let index = 0; index < size; index++) yield formatUnit(unitAt(family, index));
  }
}

async function exportPlan(
  set: ExportSet,
  { units, records }: PublishedQuery,
  { hosts, settings, signal }: ResolvePorts,
): Promise<ImportPlan> {
  const parts = partsOf(set, records);
  const plan = { set, model: set.model, parts, isWanted: unitMatcher(units) };
  const single = singleUnits(set, units);
  if (single) return { ...plan, work: featureWork(set, single, settings) };
  const bucket = settings.neuronpediaExports;
  const files = [];
  for (const part of parts) {
    const name = part === 'explanations' ? 'explanations' : 'activations';
    const listed = await listBucket(bucket, `${set.prefix}${name}/`, hosts, signal);
    files.push(...listed.filter(({ key }) => key.endsWith('.jsonl.gz')));
  }
  if (files.length === 0) {
    throw new InterpError('published/unknown', `Neuronpedia exports nothing of ${set.prefix}.`, {
      data: { source: set.prefix },
    });
  }
  return { ...plan, work: { kind: 'exports', files, bucket } };
}

/** Latents that are named one by one; null = all, patterns, or too many. */
function singleUnits({ family }: ExportSet, units: readonly string[]): string[] | null {
  if (units.length === 0 || units.length > MOST_SINGLE) return null;
  const numbers = units.map((unit) => new RegExp(`^(?:${family}/)?(\\d+)$`).exec(unit.trim())?.[1]);
  if (numbers.some((number) => number === undefined)) return null;
  return numbers.map((number) => number ?? '');
}

function featureWork(set: ExportSet, numbers: readonly string[], { neuronpedia }: HubSettings): UnitWork {
  const [, source = ''] = /\/([^/]+)\/$/.exec(set.prefix) ?? [];
  const [, model = ''] = set.prefix.split('/');
  return {
    kind: 'units',
    count: numbers.length,
    usualBytes: FEATURE_BYTES,
    *units() {
      for (const number of numbers) {
        const unit = set.family.endsWith('-mlp-neurons')
          ? `L${Number.parseInt(set.family, 10)}N${number}`
          : `${set.family}/${number}`;
        yield { unit, addresses: () => [`${neuronpedia}/api/feature/${model}/${source}/${number}`] };
      }
    },
  };
}

async function localPlan(path: string, query: PublishedQuery, { signal }: ResolvePorts): Promise<ImportPlan> {
  const place = path.startsWith('file:') ? fileURLToPath(path) : resolve(path);
  const files = await localSources(place);
  const set = oneSet(await exportsOfFiles(files, signal)) ?? localSet(place, files);
  const model = (await modelOf(query.model)) ?? set.model;
  if (model === null) {
    throw new InterpError('hub/no-model', `${place} does not say of which one model it is.`, {
      data: { file: place },
    });
  }
  return {
    set: { ...set, model },
    model,
    parts: partsOf(set, query.records),
    isWanted: unitMatcher(query.units),
    work: { kind: 'local', files },
  };
}

/** Of several sources of one model, that model's; null = there are none, or they are of several models. */
function oneSet(sets: readonly ExportSet[]): Omit<ExportSet, 'prefix' | 'family' | 'space'> | null {
  const [first] = sets;
  if (!first || sets.some(({ model }) => model !== first.model)) return null;
  if (sets.length === 1) return first;
  const id = `neuronpedia/${first.model}`;
  const source = first.source.replace(/[^/]+\/$/, '');
  return { ...first, id, source, title: `Neuronpedia's explanations of ${first.model}` };
}

/** Of files that do not say it: a copy of a set that is known by its paths is that set; other files are called by their folder. */
function localSet(
  place: string,
  files: readonly LocalSource[],
): Omit<ImportPlan['set'], 'model'> & { readonly model: string | null } {
  const known = unitOfPath(files[0]?.file ?? '')?.set;
  if (known) return known;
  const [, model, source] =
    /\/v1\/([\w.-]+)\/(\d+-[\w.-]+)(?:\/|$)/.exec(files[0]?.file.replaceAll('\\', '/') ?? '') ?? [];
  if (model !== undefined && source !== undefined) return exportSet(model, source);
  const name = basename(place);
  const hash = createHash('sha256').update(place).digest('hex').slice(0, 8);
  return {
    id: `local/${name}-${hash}`,
    model: null,
    title: `Explanations in ${place}`,
    label: name,
    source: place,
    licence: null,
    parts: ['explanations', 'records'],
    notes: [],
  };
}
