import type { HeadReport } from './findCircuit.ts';

/** What a head does, in words, as far as its figures tell. */
export const ROLES = {
  'previous token': 'looks at the token before',
  nearby: 'looks at the four tokens before',
  'duplicate token': 'looks at the same token in an earlier copy',
  induction: 'looks at the token after an earlier copy of its own',
  'name mover': 'looks at the indirect object from the last token and raises its logit above the subject’s',
  'first name': 'looks at the name that comes first and raises its logit, whoever that is',
  'second name': 'looks at the name that comes second and raises its logit, whoever that is',
  suppression: 'looks at the subject from the last token and lowers its logit',
} as const;
export type Role = keyof typeof ROLES;

/** Least mean weight on a diagonal for a role that is told by it. */
const LEAST_SCORE = 0.5;
/** Least direct effect for a role among the names, as a share of the mean logit difference. */
export const LEAST_EFFECT = 0.05;

/** Roles by the means of a head's figures; most heads have none. `logitDiff`: mean over the prompts. */
export function rolesOf(head: Omit<HeadReport, 'roles'>, logitDiff: number): Role[] {
  const { scores } = head;
  const found: Role[] = [];
  if (scores.previousToken.mean >= LEAST_SCORE) found.push('previous token');
  else if (scores.nearby.mean >= LEAST_SCORE) found.push('nearby');
  if (scores.duplicateToken.mean >= LEAST_SCORE) found.push('duplicate token');
  if (scores.induction.mean >= LEAST_SCORE) found.push('induction');
  const withNames = roleWithNames(head, LEAST_EFFECT * logitDiff);
  return withNames === null ? found : [...found, withNames];
}

function roleWithNames(
  { attention, byOrder, directEffect, onIndirectObject, onSubject }: Omit<HeadReport, 'roles'>,
  least: number,
): Role | null {
  const toIndirectObject = attention.indirectObject.mean;
  const toSubject = attention.subjectFirst.mean + attention.subjectSecond.mean;
  const raises = onIndirectObject.mean >= least;
  if (toSubject > toIndirectObject && onSubject.mean <= -least) return 'suppression';
  if (toIndirectObject > toSubject && raises && directEffect.mean >= least) return 'name mover';
  if (!raises || onSubject.mean < least) return null;
  return byOrder.first.mean > byOrder.second.mean ? 'first name' : 'second name';
}
