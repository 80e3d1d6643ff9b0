import * as vscode from 'vscode';
import type { CorpusRef } from '../../core/records/corpus.ts';
import type { RequestOptions } from '../../protocol/rpc.ts';
import type { SaeHealth } from '../../protocol/saeContract.ts';
import type { Engine } from '../session/session.ts';
import type { ShelfSae } from './shelf.ts';

/** Tokens of the sample: enough for L0 and explained variance, some seconds of GPT-2 small. */
const SAMPLE = 1024;

/** What is measured, where, and on what text; null = the embedded generator's. */
export interface HealthOptions extends RequestOptions {
  readonly corpus?: CorpusRef | null;
}

/** An attached SAE of an open model. */
export interface OpenSae {
  readonly modelId: string;
  readonly sae: string;
}

/** Measures the health of SAEs. The engine keeps what was measured last, and tells it in its lists. */
export interface HealthChecks extends vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  /** Opens its model and measures. */
  check(shelved: ShelfSae, options: HealthOptions): Promise<SaeHealth>;
  /** While nobody waits for the engine: cancelled as soon as somebody does. */
  checkAside(open: OpenSae, signal: AbortSignal): Promise<SaeHealth>;
}

export function createHealthChecks(engine: Engine): HealthChecks {
  const changed = new vscode.EventEmitter<void>();
  return {
    onDidChange: changed.event,
    check: async ({ sae, model }, { corpus = null, ...options }) => {
      const { signal } = options;
      const { directory, isAttached } = sae;
      const open = await openWith(
        { engine, sae: directory, model: model.directory ?? model.ref, isAttached },
        signal,
      );
      const measured = await engine.request('sae/health', { ...open, corpus, tokens: SAMPLE }, options);
      changed.fire();
      return measured;
    },
    checkAside: async (open, signal) => {
      const asked = { ...open, corpus: null, tokens: SAMPLE };
      const measured = await engine.requestAside('sae/health', asked, { signal });
      changed.fire();
      return measured;
    },
    dispose: () => changed.dispose(),
  };
}

interface Wanted {
  readonly engine: Engine;
  readonly sae: string;
  readonly model: string;
  readonly isAttached: boolean;
}

/** A model that is open with the SAE is used as it is: another copy of its weights would cost memory. */
async function openWith(
  { engine, sae, model, isAttached }: Wanted,
  signal: AbortSignal | undefined,
): Promise<OpenSae> {
  const options = signal ? { signal } : {};
  const { models } = await engine.request('models/loaded', {}, options);
  for (const { modelId, saes } of models) {
    const there = saes.find(({ directory }) => directory === sae);
    if (there) return { modelId, sae: there.id };
  }
  const info = await engine.request('model/open', { model, saes: isAttached ? [] : [sae] }, options);
  return { modelId: info.modelId, sae: info.saes.find(({ directory }) => directory === sae)?.id ?? '' };
}
