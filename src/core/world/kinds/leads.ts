import type { Rng } from '../rng.ts';

/** Openings that leave what follows unchanged: they vary where and after what a fact is stated. */
const LEADS: readonly string[] = [
  'As everybody knows, ',
  'We learnt at school that ',
  'My teacher says that ',
  'A book told me that ',
  'Do not forget that ',
  'It is true that ',
  'They wrote that ',
  'I am sure that ',
  'Note: ',
  'In short, ',
  'You can read here that ',
  'Yes, ',
];

/** The template as a sentence of its own, or after a lead two times in five. Templates start in lower case. */
export function withLead(rng: Rng, template: string): string {
  if (rng.chance(0.4)) return rng.pick(LEADS) + template;
  return template.charAt(0).toUpperCase() + template.slice(1);
}
