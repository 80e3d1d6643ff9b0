import { InterpError } from '../../core/errors.ts';
import { unitNumbers } from '../../core/explain/formats/fields.ts';
import { parseUnit } from '../../core/model/units.ts';

/**
 * Gives what a file of one unit says that unit's id: records of heads and latents call theirs a neuron, and the file's
 * address says what it is. @throws explain/malformed when the numbers are of another unit
 */
export function ofUnit<T extends { readonly unit: string }>(
  all: readonly T[],
  unit: string,
  place: string,
): T[] {
  const own = unitNumbers(parseUnit(unit));
  return all.map((each) => {
    const says = unitNumbers(parseUnit(each.unit));
    if (says.layer === own.layer && says.index === own.index) return { ...each, unit };
    throw new InterpError('explain/malformed', `${place} is of ${each.unit}, and should be of ${unit}.`, {
      data: { file: place },
    });
  });
}
