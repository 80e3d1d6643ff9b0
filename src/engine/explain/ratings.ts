import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { Rating, RatingReport } from '../../core/explain/report.ts';
import { isJsonObject } from '../../core/json.ts';
import { formatUnit } from '../../core/model/units.ts';
import { familyId, familySize, findUnit, parseFamily, placeOf, unitAt } from '../../core/records/family.ts';
import type { ExampleGroup, UnitLogits } from '../../core/records/readings.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import { Rng } from '../../core/world/rng.ts';
import type { RatingCard } from '../../protocol/explainContract.ts';
import { replaceFile } from '../../runtime/explanations/store.ts';
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

const POINTS = { confidence: 3, strong: 5, weak: 3, logits: 3 } as const;
const MOST_POINTS = 14;
/** Draws for one card before a family counts as dead. */
const TRIES = 200;

export function createRatings(folder: () => string, source: CardSource): Ratings {
  const dealt = new Map<string, string>();
  const fileOf = (model: OpenModel): string =>
    join(folder(), 'ratings', `${model.info.name.replace(/[^\w.-]+/gu, '_')}.jsonl`);

  return {
    deal: async (model, { families, count, seed }) => {
      const space = unitSpace(model);
      const rng = new Rng(seed);
      const seen = new Set<string>();
      const cards: RatingCard[] = [];
      for (let turn = 0; cards.length < count && turn < count * 2; turn++) {
        const family = parseFamily(families[turn % Math.max(1, families.length)] ?? '', space);
        const size = familySize(family, space);
        for (let attempt = 0; attempt < TRIES; attempt++) {
          const index = rng.below(size);
          const unit = formatUnit(unitAt(family, index));
          if (seen.has(unit) || !(await source.isAlive(model, familyId(family), index))) continue;
          seen.add(unit);
          const cardId = randomUUID();
          dealt.set(cardId, unit);
          const examples = (await source.examples(model, unit)).map((group) => ({
            ...group,
            title: titleOf(group),
          }));
          cards.push({ cardId, examples, logits: await source.logits(model, unit) });
          break;
        }
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
      const file = fileOf(model);
      const before = (await isFile(file)) ? await readTextFile(file) : '';
      const line = JSON.stringify({ version: 1, unit, ...checked(rating) } satisfies Rating);
      await replaceFile(file, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`);
      return { unit };
    },
    report: async (model) => {
      const file = fileOf(model);
      const ratings = (await isFile(file)) ? readRatings(await readTextFile(file)) : [];
      return reportOf(ratings, model);
    },
  };
}

/** Titles of groups say nothing that differs between neurons and latents. */
function titleOf({ set, title }: ExampleGroup): string {
  return set === 'quantile' ? title : set === 'top' ? 'Strongest' : 'By chance';
}

/** @throws request/invalid */
function checked(rating: Omit<Rating, 'version' | 'unit'>): Omit<Rating, 'version' | 'unit'> {
  for (const [key, most] of Object.entries(POINTS)) {
    const value = rating[key as keyof typeof POINTS];
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
      const sorted = points.toSorted((a, b) => a - b);
      const middle = (sorted.length - 1) / 2;
      const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
      return { family, kind, ratings: points.length, counts, median };
    }),
  };
}
