import { inSplit, pickCross } from '../split.ts';
import type { KindContext } from '../document.ts';

const DEFINED_TERMS =
  'Tenant Landlord Buyer Seller Company Employee Licensee Borrower Lender Contractor'.split(' ');
const CLAUSES: readonly string[] = [
  'The <party> shall pay the <other> within <n> days of notice.',
  'The <party> shall not assign this Agreement without the written consent of the <other>.',
  'Nothing in this Agreement shall limit the liability of the <party>.',
  'The <party> shall keep all information of the <other> confidential.',
  'This Agreement may be terminated by the <party> upon <n> days written notice to the <other>.',
  'The <party> agrees to indemnify the <other> against any claim arising from this Agreement.',
  'Any dispute between the <party> and the <other> shall be settled by the courts.',
  'The <party> shall deliver the goods to the <other> on or before the agreed date.',
  'If the <party> fails to perform, the <other> may terminate this Agreement.',
  'The <other> shall give the <party> access to the premises at all times.',
];

/** Writes numbered clauses of a contract between two defined parties. */
export function writeLegal({ writer, rng, split }: KindContext): void {
  const [party, other] = pickCross(rng, DEFINED_TERMS, DEFINED_TERMS, split);
  const section = rng.between(1, 19);
  const count = rng.between(1, 3);
  for (let i = 1; i <= count; i++) {
    writer.say(`${section}.${i}`, 'legal.number').say(' ');
    for (const part of rng.pick(inSplit(CLAUSES, split)).split(/(<\w+>|\bshall\b)/)) {
      if (part === '<party>') writer.say(party, 'legal.party');
      else if (part === '<other>') writer.say(other, 'legal.party');
      else if (part === '<n>') writer.say(String(rng.pick([10, 14, 30, 60, 90])), 'legal.period');
      else if (part === 'shall') writer.say(part, 'legal.shall');
      else writer.say(part);
    }
    if (i < count) writer.say('\n');
  }
}

const NUTRIENTS: readonly (readonly [string, string])[] = [
  ['Total Fat', 'g'],
  ['Saturated Fat', 'g'],
  ['Cholesterol', 'mg'],
  ['Sodium', 'mg'],
  ['Total Carbohydrate', 'g'],
  ['Dietary Fiber', 'g'],
  ['Sugars', 'g'],
  ['Protein', 'g'],
  ['Calcium', 'mg'],
  ['Iron', 'mg'],
  ['Potassium', 'mg'],
];

/** Writes a nutrition label: nutrient, amount with unit, share of the daily value. */
export function writeNutrition({ writer, rng }: KindContext): void {
  writer.say('Nutrition Facts', 'nutrition.title').say('\n');
  if (rng.chance(0.6))
    writer
      .say(`Serving Size ${rng.between(10, 99)}`)
      .say('g', 'nutrition.unit')
      .say('\n');
  writer.say('Calories ').say(String(rng.between(2, 80) * 10), 'nutrition.amount');
  const rows = rng.between(3, 7);
  const first = rng.between(0, NUTRIENTS.length - rows);
  for (const [name, unit] of NUTRIENTS.slice(first, first + rows)) {
    writer
      .say('\n')
      .say(name, 'nutrition.name')
      .say(' ')
      .say(String(rng.between(0, 40)), 'nutrition.amount');
    writer.say(unit, 'nutrition.unit');
    if (rng.chance(0.7)) writer.say(' ').say(`${rng.between(0, 60)}%`, 'nutrition.percent');
  }
}

const UNITS = ['cups', 'grams', 'spoons', 'slices'] as const;
const INGREDIENTS = 'flour sugar butter milk rice cheese salt honey lemon pepper onion bread'.split(' ');

/** Writes a recipe: ingredients with amounts, then numbered steps. */
export function writeRecipe({ writer, rng, split }: KindContext): void {
  const [first, second] = pickCross(rng, INGREDIENTS, INGREDIENTS, split);
  writer.say('Ingredients:\n');
  for (const ingredient of [first, second, ...rng.sample(INGREDIENTS, rng.between(0, 2))]) {
    writer
      .say('- ')
      .say(`${rng.between(1, 9)} ${rng.pick(UNITS)}`, 'recipe.amount')
      .say(' of ');
    writer.say(ingredient, 'recipe.ingredient').say('\n');
  }
  writer.say('Steps:\n');
  writer.within(['recipe.step'], () => {
    writer.say(
      `1. Mix the ${first} with the ${second}.\n2. ${rng.pick(['Heat', 'Stir', 'Cool', 'Bake'])} for `,
    );
    writer.say(`${rng.between(2, 50)} minutes.\n3. Serve with ${rng.pick(INGREDIENTS)}.`);
  });
}
