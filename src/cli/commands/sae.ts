import path from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { CorpusRef } from '../../core/records/corpus.ts';
import type { SaeInfo } from '../../protocol/engineContract.ts';
import type { SaeHealth } from '../../protocol/saeContract.ts';
import { painter } from '../print/style.ts';
import { splitQualified } from '../qualifiedId.ts';
import { attachSae, listSaes } from './saeShelf.ts';
import { openSubject, warnOf, type Session } from '../session.ts';

/** `underglass sae [ID]`. */
export interface SaeArgs {
  /** Undefined = every attached one. */
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly saes: readonly string[];
  /** File or folder of text; undefined = the embedded generator's. */
  readonly corpus: string | undefined;
  /** Tokens of the sample. */
  readonly tokens: number;
  readonly json: boolean;
  readonly does: 'measure' | 'list' | 'attach' | 'detach';
}

/** How its SAEs prepare what they read, how well they describe it, and what that means. */
export async function saeCommand(args: SaeArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const named = splitId(args);
  const subject = { ...named, json: args.json };
  if (args.does === 'list') return listSaes(subject, session);
  if (args.does !== 'measure') return attachSae(subject, { isAttached: args.does === 'attach' }, session);
  const model = await openSubject({ ...args, model: named.model }, session);
  warnOf(model, io);
  const asked = model.saes.filter(({ id }) => named.id === undefined || id === named.id);
  if (asked.length === 0) {
    const known = model.saes.map(({ id }) => id).join(', ');
    const what =
      named.id === undefined || known === ''
        ? `${model.name} has no SAE attached.`
        : `${model.name} has no SAE "${named.id}"; attached: ${known}.`;
    throw new InterpError('sae/not-found', what, { data: { sae: args.id ?? null } });
  }
  const measured: { sae: SaeInfo; health: SaeHealth }[] = [];
  const paint = painter(io);
  for (const sae of asked) {
    const request = {
      modelId: model.modelId,
      sae: sae.id,
      corpus: corpusOf(args, io.cwd),
      tokens: args.tokens,
    };
    const health = await jobs.handlers['sae/health'](request, job);
    measured.push({ sae, health });
    if (!args.json) io.out(`${healthLines(sae, health, (text) => paint('strong', text)).join('\n')}\n`);
  }
  if (args.json) io.out(`${JSON.stringify({ version: 1, model: model.name, saes: measured }, null, 2)}\n`);
}

/** The id may name the model too; of a latent the SAE is meant. */
function splitId({ id, model }: SaeArgs): Pick<SaeArgs, 'id' | 'model'> {
  if (id === undefined) return { id, model };
  const named = splitQualified(id);
  return { id: named.id.replace(/^(\d+-[^/]+)\/\d+$/, '$1'), model: model ?? named.model };
}

function corpusOf({ corpus }: SaeArgs, cwd: string): CorpusRef | null {
  return corpus === undefined ? null : { kind: 'files', paths: [path.resolve(cwd, corpus)], field: 'text' };
}

function healthLines(sae: SaeInfo, health: SaeHealth, strong: (text: string) => string): string[] {
  const { fit, loss, stated, recovered, verdict } = health;
  const share = (value: number | null): string => (value === null ? 'not defined' : value.toFixed(3));
  const published = (value: number | null): string => (value === null ? '' : `, published ${value}`);
  return [
    `${strong(sae.id)} · ${sae.architecture} SAE of ${sae.hook_name} (${sae.format}), ${sae.d_sae} latents: ${verdict.grade}`,
    ...verdict.words.map((line) => `  ${line}`),
    ...sae.preparation.map((line) => `  Input: ${line}`),
    `  L0 ${fit.l0.toFixed(2)}${published(stated.l0)} · explained variance ${share(fit.explained_variance)}${published(stated.explained_variance)}`,
    `  loss ${loss.clean.toFixed(4)}, with the SAE ${loss.reconstruction.toFixed(4)}, at zero ${loss.zero.toFixed(4)}, at the mean ${loss.mean.toFixed(4)} nats`,
    `  recovered ${share(recovered.zero)} against zero, ${share(recovered.mean)} against the mean`,
    `  ${fit.tokens} tokens of ${health.sample}, windows of ${health.context}${health.bos ? ' with BOS' : ' without BOS'}`,
  ];
}
