import { formatUnit } from '../../core/model/units.ts';
import {
  allFamilies,
  familyId,
  familySize,
  parseFamily,
  placeOf,
  unitAt,
  type Family,
} from '../../core/records/family.ts';
import type { ExampleMatch } from '../../core/records/readings.ts';
import type { RecordsIndex } from '../../core/records/records.ts';
import { matchUnits, type MatchRun } from '../../core/records/units/matchUnits.ts';
import { listUnits, rowOf, type ListedFamily } from '../../core/records/units/unitList.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { EngineUnitReads, UnitList, UnitQuery } from '../../protocol/recordsContract.ts';
import type { OpenModel } from '../openModel.ts';
import { runText } from './unitRuns.ts';
import type { UnitWords } from './unitWords.ts';

interface ListSource {
  readonly model: OpenModel;
  readonly words: UnitWords;
  readonly index: RecordsIndex | null;
}

/** Rows of the feature browser. */
export async function listFamily(source: ListSource, query: UnitQuery): Promise<UnitList> {
  const family = parseFamily(query.family, unitSpace(source.model));
  return listUnits(await listed(source, family), query);
}

async function listed({ model, words, index }: ListSource, family: Family): Promise<ListedFamily> {
  const id = familyId(family);
  return {
    size: familySize(family, unitSpace(model)),
    columns: index && (await index.columns(id)),
    words: await words.search(model, id),
    id: (place) => formatUnit(unitAt(family, place)),
    tokenText: (token) => model.tokenizer.text(token),
  };
}

/** Units that fire on one text and not on another; no families asked = all of the model. */
export async function matchTexts(
  source: Omit<ListSource, 'index'> & {
    readonly indexOf: (family: string) => Promise<RecordsIndex | null>;
  },
  { families, on, off, k }: Omit<EngineUnitReads['unit/match']['params'], 'modelId'>,
  signal: AbortSignal,
): Promise<ExampleMatch[]> {
  const { model } = source;
  const space = unitSpace(model);
  const asked = families.length > 0 ? families.map((id) => parseFamily(id, space)) : allFamilies(space);
  const run = async (text: string): Promise<MatchRun & { tokens: readonly { text: string }[] }> => {
    const { tokens, trace } = await runText(model, text, signal);
    const [first] = tokens;
    // BOS that the text does not hold is no part of it; and GPT-2 is unlike itself there.
    return { tokens, trace, first: first?.start === first?.end && tokens.length > 1 ? 1 : 0 };
  };
  const here = await run(on);
  const there = off === null ? null : await run(off);
  const matched = await matchUnits(model, asked, { on: here, off: there, k });
  const lists = new Map<string, ListedFamily>();
  const rows: ExampleMatch[] = [];
  for (const { unit, position, ...values } of matched) {
    const { family, index: place } = placeOf(unit);
    const id = familyId(family);
    const list = lists.get(id) ?? (await listed({ ...source, index: await source.indexOf(id) }, family));
    lists.set(id, list);
    rows.push({ ...rowOf(list, place), ...values, token: here.tokens[position]?.text ?? '' });
  }
  return rows;
}
