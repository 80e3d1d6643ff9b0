import * as vscode from 'vscode';
import type { RequestOptions } from '../../protocol/rpc.ts';
import type { SaeHealth } from '../../protocol/saeContract.ts';
import type { Engine } from '../session/session.ts';
import type { ShelfSae } from './shelf.ts';

const KEY = 'underglass.saeHealth';
/** Tokens of the sample: enough for L0 and explained variance, some seconds of GPT-2 small. */
const SAMPLE = 1024;

/** Last measured health of each SAE, by its folder. It can be measured again at any time. */
export interface HealthStore extends vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  get(directory: string): SaeHealth | null;
  /** Opens its model, measures, and remembers. */
  check(shelved: ShelfSae, options: RequestOptions): Promise<SaeHealth>;
  forget(directory: string): void;
}

export function createHealthStore(memento: vscode.Memento, engine: Engine): HealthStore {
  const changed = new vscode.EventEmitter<void>();
  const read = (): Readonly<Record<string, SaeHealth>> => memento.get<Record<string, SaeHealth>>(KEY, {});
  const write = async (all: Readonly<Record<string, SaeHealth>>): Promise<void> => {
    await memento.update(KEY, all);
    changed.fire();
  };
  return {
    onDidChange: changed.event,
    get: (directory) => read()[directory] ?? null,
    check: async ({ sae, model }, options) => {
      const { signal } = options;
      const { directory, isAttached } = sae;
      const open = await openWith(
        { engine, sae: directory, model: model.directory ?? model.ref, isAttached },
        signal,
      );
      const measured = await engine.request('sae/health', { ...open, corpus: null, tokens: SAMPLE }, options);
      await write({ ...read(), [directory]: measured });
      return measured;
    },
    forget: (directory) => {
      const { [directory]: gone, ...rest } = read();
      if (gone) void write(rest);
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
): Promise<{ readonly modelId: string; readonly sae: string }> {
  const options = signal ? { signal } : {};
  const { models } = await engine.request('models/loaded', {}, options);
  for (const { modelId, saes } of models) {
    const there = saes.find(({ directory }) => directory === sae);
    if (there) return { modelId, sae: there.id };
  }
  const info = await engine.request('model/open', { model, saes: isAttached ? [] : [sae] }, options);
  return { modelId: info.modelId, sae: info.saes.find(({ directory }) => directory === sae)?.id ?? '' };
}
