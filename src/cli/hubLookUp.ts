import { InterpError, isInterpError, toInterpError } from '../core/errors.ts';
import { modelNamed } from '../core/hub/models.ts';
import type { HubChoice, HubFound, HubQuery } from '../protocol/hubContract.ts';
import type { Session } from './session.ts';

/** A thing that was found, with the query that leads to it. */
export interface Wanted {
  readonly query: HubQuery;
  readonly found: HubFound;
}

type LookedUp =
  | { readonly kind: 'wanted'; readonly wanted: readonly Wanted[] }
  /** One of them must be named, or all of them by `NAME/*`. */
  | { readonly kind: 'choices'; readonly choices: readonly HubChoice[] };

/** `NAME/*` means all that NAME holds. */
const ALL = /^(?<name>.*[^/\\])[/\\]\*$/;

/** What a typed text means. Hosts are asked for lists and sizes. @throws hub/* */
export async function lookUp(query: HubQuery, { jobs, job }: Session): Promise<LookedUp> {
  const name = ALL.exec(query.text)?.groups?.['name'];
  const asked = name === undefined ? query : { ...query, text: name };
  const { found, choices } = await jobs.handlers['hub/find'](asked, job);
  if (name !== undefined && found?.kind === 'model')
    throw new InterpError('hub/unknown', `${name} is a model, and holds no SAEs: leave out the "/*".`);
  if (found) return { kind: 'wanted', wanted: [{ query: asked, found }] };
  if (name === undefined) return { kind: 'choices', choices };
  const wanted: Wanted[] = [];
  for (const { id } of choices) {
    const each = { ...query, text: id };
    const answer = await jobs.handlers['hub/find'](each, job);
    if (!answer.found) throw several(id, answer.choices.length);
    wanted.push({ query: each, found: answer.found });
  }
  return { kind: 'wanted', wanted };
}

/** The model that SAEs are said to be of, without the revision that it is to be had at. */
export function modelName(typed: string | undefined): string | null {
  const name = typed?.split('@')[0];
  return (name !== undefined && modelNamed(name)?.id) || (typed ?? null);
}

/** The model of SAEs that is not installed, when it can be had by name; why not is told. `typed`: `gpt2@main` says whence. */
export async function missingModel(
  wanted: readonly Wanted[],
  typed: string | undefined,
  { jobs, io, job }: Session,
): Promise<Wanted | null> {
  const sae = wanted.find(({ found }) => found.kind === 'sae');
  const name = sae && modelNamed(sae.found.model)?.id;
  if (name === undefined) return null;
  const query = { text: typed !== undefined && modelName(typed) === name ? typed : name, model: null };
  try {
    const { found } = await jobs.handlers['hub/find'](query, job);
    return found === null || found.isInstalled ? null : { query, found };
  } catch (error) {
    if (isInterpError(error, 'cancelled')) throw error;
    io.err(`${name}, its model, cannot be added along: ${toInterpError(error).message}\n`);
    return null;
  }
}

export function several(name: string, count: number): InterpError {
  return new InterpError(
    'hub/several',
    `"${name}" holds ${count} SAEs: name one of them, or all by "${name.replace(/\/$/, '')}/*" (in quotes).`,
    { data: { count } },
  );
}
