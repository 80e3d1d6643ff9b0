import { InterpError } from '../../core/errors.ts';
import { formatUnit } from '../../core/model/units.ts';
import {
  allFamilies,
  familyId,
  familySize,
  findUnit,
  placeOf,
  unitAt,
  type Family,
  type UnitSpace,
} from '../../core/records/family.ts';

const PATTERN = /[*?]/u;

/**
 * Units that ids and patterns name, each once, in the order of the patterns: ids in every form, a family's id,
 * and patterns with `*` over whole ids: `L3N*`, `L*N*`, `L2N1*`, `3-res/*`, `*` = all.
 * @throws unit/unknown when one names nothing
 */
export function expandUnits(patterns: readonly string[], space: UnitSpace): string[] {
  const all = new Set<string>();
  for (const pattern of patterns) {
    const found = expand(pattern.trim(), space);
    if (found.length === 0) {
      const known = allFamilies(space).map(familyId).join(', ');
      throw new InterpError(
        'unit/unknown',
        `"${pattern}" names no unit of this model. Its families are ${known}.`,
        {
          data: { unit: pattern },
        },
      );
    }
    for (const unit of found) all.add(unit);
  }
  return [...all];
}

/**
 * Whether a unit is one that ids, families' ids and patterns name, where it is not known which units there are.
 * No patterns = every unit.
 */
export function unitMatcher(patterns: readonly string[]): (unit: string, place: string) => boolean {
  if (patterns.length === 0) return () => true;
  const names = new Set(patterns.map((pattern) => pattern.trim()));
  const expressions = [...names].filter((name) => PATTERN.test(name)).map(expressionOf);
  return (unit, place) =>
    names.has(unit) ||
    names.has(place) ||
    names.has(place.slice(0, place.lastIndexOf('/'))) ||
    expressions.some((each) => each.test(unit) || each.test(place));
}

/** Units by family, for stores and indexes that are read family by family. */
export function byFamily(units: readonly string[], space: UnitSpace): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const unit of units) {
    const id = familyId(placeOf(findUnit(unit, space)).family);
    const group = groups.get(id);
    if (group) group.push(unit);
    else groups.set(id, [unit]);
  }
  return groups;
}

function expand(pattern: string, space: UnitSpace): string[] {
  const families = allFamilies(space);
  const named = families.find((family) => familyId(family) === pattern);
  if (named) return unitsOf(named, space);
  if (!PATTERN.test(pattern)) return [formatUnit(findUnit(pattern, space))];
  const expression = expressionOf(pattern);
  return families.flatMap((family) =>
    unitsOf(family, space).filter(
      (unit, index) => expression.test(unit) || expression.test(`${familyId(family)}/${index}`),
    ),
  );
}

function expressionOf(pattern: string): RegExp {
  return new RegExp(`^${[...pattern].map(piece).join('')}$`, 'u');
}

function piece(character: string): string {
  if (character === '*') return '.*';
  return character === '?' ? '.' : character.replaceAll(/[\\^$.|+()[\]{}]/gu, String.raw`\$&`);
}

function unitsOf(family: Family, space: UnitSpace): string[] {
  return Array.from({ length: familySize(family, space) }, (_, index) => formatUnit(unitAt(family, index)));
}
