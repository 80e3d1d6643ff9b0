import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { MOST_POINTS, RATING_MOST, type Rating, type RatingReport } from '../../core/explain/report.ts';
import { median } from '../../core/explain/distribution.ts';
import { largest } from '../../core/explain/normalize.ts';
import { isJsonObject } from '../../core/json.ts';
import { formatUnit } from '../../core/model/units.ts';
import {
  familyId,
  familySize,
  findUnit,
  parseFamily,
  placeOf,
  unitAt,
  type Family,
} from '../../core/records/family.ts';
import { percent } from '../../core/percent.ts';
import type { ExampleGroup, UnitLogits } from '../../core/records/readings.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import { Rng } from '../../core/world/rng.ts';
import type { RatingCard } from '../../protocol/explainContract.ts';
import { fileName } from '../../runtime/explanations/fileName.ts';
import { replaceFile } from '../../runtime/files/replaceFile.ts';
import { isFile } from '../../runtime/files/fileByteSource.ts';
import { readTextFile } from '../../runtime/files/textFile.ts';
import type { OpenModel } from '../openModel.ts';

/** What a card shows, read like a unit page's own lists. */
export interface CardSource {
  /** Whether the unit was ever active. */
  isAlive(model: OpenModel, family: string, index: number): Promise<boolean>;
  examples(model: OpenModel, unit: string): Promise<readonly ExampleGroup[]>;
  logits(model: OpenModel, unit: string): Promise<Pick<UnitLogits, 'output'>>;
}

/** Blind ratings: `{folder}/ratings/{model}.jsonl`, one line a rating, in the order in which they were given. */
export interface Ratings {
  /** Units drawn by chance, in turn from the families, without a word of what they are. */
  deal(
    model: OpenModel,
    asked: { readonly families: readonly string[]; readonly count: number; readonly seed: number },
  ): Promise<RatingCard[]>;
  /** @throws explain/unknown for a card of an earlier engine */
  save(model: OpenModel, cardId: string, rating: Omit<Rating, 'version' | 'unit'>): Promise<{ unit: string }>;
  report(model: OpenModel): Promise<RatingReport>;
}

/** Draws for one card before a family counts as dead. */
const TRIES = 200;

export function createRatings(folder: () => string, source: CardSource): Ratings {
  const dealt = new Map<string, string>();
  let writing: Promise<void> = Promise.resolve();
  const fileOf = (model: OpenModel): string =>
    join(folder(), 'ratings', `${fileName(model.info.name)}.jsonl`);

  return {
    deal: async (model, { families, count, seed }) => {
      const rng = new Rng(seed);
      const drawn = await drawUnits(model, { families, count, rng }, source);
      const cards: RatingCard[] = [];
      // Families take turns when units are drawn: in that order a card's place would tell its family.
      for (const unit of shuffled(drawn, rng)) {
        const cardId = randomUUID();
        dealt.set(cardId, unit);
        const { output } = await source.logits(model, unit);
        cards.push({
          cardId,
          examples: blindExamples(await source.examples(model, unit)),
          logits: { output },
        });
      }
      return cards;
    },
    save: async (model, cardId, rating) => {
      const unit = dealt.get(cardId);
      if (unit === undefined) {
        throw new InterpError(
          'explain/unknown',
          'This card was dealt before the engine was started again; deal anew.',
        );
      }
      const line = JSON.stringify({ version: 1, unit, ...checked(rating) } satisfies Rating);
      // Ratings follow each other: each one is added to the whole file.
      const saved = writing.then(() => addLine(fileOf(model), line));
      writing = saved.catch(() => undefined);
      await saved;
      return { unit };
    },
    report: async (model) => {
      const file = fileOf(model);
      const ratings = (await isFile(file)) ? readRatings(await readTextFile(file)) : [];
      return reportOf(ratings, model);
    },
  };
}

/** Living units, each once, as many of each family as there are of the others. @throws explain/not-possible for heads */
async function drawUnits(
  model: OpenModel,
  {
    families,
    count,
    rng,
  }: { readonly families: readonly string[]; readonly count: number; readonly rng: Rng },
  source: CardSource,
): Promise<string[]> {
  const space = unitSpace(model);
  const parsed = families.map((family) => parseFamily(family, space));
  if (parsed.some(({ kind }) => kind === 'heads')) {
    throw new InterpError(
      'explain/not-possible',
      'Pairs of tokens give a head away: only neurons and latents are rated blindly.',
    );
  }
  const drawn = new Set<string>();
  const aliveIn = async (family: Family): Promise<string | null> => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const index = rng.below(familySize(family, space));
      const unit = formatUnit(unitAt(family, index));
      if (!drawn.has(unit) && (await source.isAlive(model, familyId(family), index))) return unit;
    }
    return null;
  };
  for (let turn = 0; drawn.size < count && turn < count * 2; turn++) {
    const family = parsed[turn % Math.max(1, parsed.length)];
    const unit = family ? await aliveIn(family) : null;
    if (unit !== null) drawn.add(unit);
  }
  return [...drawn];
}

function shuffled(units: readonly string[], rng: Rng): string[] {
  return rng.sample(units, units.length);
}

/**
 * Examples without what differs between neurons and latents: values below zero, and the scale. The strongest activation
 * of a card is 1.
 */
function blindExamples(groups: readonly ExampleGroup[]): ExampleGroup[] {
  const peakOf = ({ examples }: ExampleGroup): number =>
    largest(examples.map(({ activations }) => activations));
  const max = Math.max(...groups.map(peakOf), Number.MIN_VALUE);
  const quantiles = groups.filter(({ set }) => set === 'quantile');
  return groups.map((group) => ({
    set: group.set,
    title: titleOf(group, {
      at: quantiles.indexOf(group) + 1,
      of: quantiles.length,
      peak: peakOf(group) / max,
    }),
    total: group.total,
    examples: group.examples.map((example) => ({
      ...example,
      activations: example.activations.map((value) => Math.max(0, value) / max),
      pairs: null,
      key: null,
    })),
  }));
}

function titleOf(
  { set }: ExampleGroup,
  { at, of, peak }: { readonly at: number; readonly of: number; readonly peak: number },
): string {
  if (set === 'top') return 'Strongest';
  if (set === 'random') return 'By chance';
  return `By strength, ${at} of ${of}: up to ${percent(peak, 'text')} of the strongest`;
}

/** @throws file/unwritable */
async function addLine(file: string, line: string): Promise<void> {
  const before = (await isFile(file)) ? await readTextFile(file) : '';
  await replaceFile(file, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`);
}

/** @throws request/invalid */
function checked(rating: Omit<Rating, 'version' | 'unit'>): Omit<Rating, 'version' | 'unit'> {
  for (const [key, most] of Object.entries(RATING_MOST)) {
    const value = rating[key as keyof typeof RATING_MOST];
    if (!Number.isInteger(value) || value < 0 || value > most) {
      throw new InterpError('request/invalid', `${key} is 0 to ${most} points, not ${value}.`);
    }
  }
  const { words, confidence, strong, weak, logits } = rating;
  return { words, confidence, strong, weak, logits };
}

/** Lines that are none of ours are left out; the file keeps them. */
function readRatings(text: string): Rating[] {
  return text.split('\n').flatMap((line): Rating[] => {
    try {
      const value: unknown = JSON.parse(line);
      if (!isJsonObject(value) || value['version'] !== 1 || typeof value['unit'] !== 'string') return [];
      return [{ ...checked(value as unknown as Rating), version: 1, unit: value['unit'] }];
    } catch {
      return [];
    }
  });
}

function reportOf(ratings: readonly Rating[], model: OpenModel): RatingReport {
  const space = unitSpace(model);
  const groups = new Map<string, { kind: RatingReport['families'][number]['kind']; points: number[] }>();
  for (const rating of ratings) {
    try {
      const { family } = placeOf(findUnit(rating.unit, space));
      const group = groups.get(familyId(family)) ?? { kind: family.kind, points: [] };
      group.points.push(rating.confidence + rating.strong + rating.weak + rating.logits);
      groups.set(familyId(family), group);
    } catch {
      // A unit of SAEs that are not attached now.
    }
  }
  return {
    families: [...groups].map(([family, { kind, points }]) => {
      const counts = Array.from(
        { length: MOST_POINTS + 1 },
        (_, at) => points.filter((each) => each === at).length,
      );
      return { family, kind, ratings: points.length, counts, median: median(points) ?? 0 };
    }),
  };
}
