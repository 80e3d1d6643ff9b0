import { relative } from 'node:path';
import { InterpError } from '../core/errors.ts';
import type { SessionFactory } from '../core/graph/session.ts';
import {
  openWeights,
  openWithSaes,
  type OpenModel,
  type OpenOptions,
  type OpenRef,
  type OpenWeights,
} from './openModel.ts';

/** The models that are open. */
export interface Models {
  /** Opens a folder, or gives what is open already; two askers share one load. */
  openRef(ref: OpenRef, directory: string): Promise<OpenModel>;
  /** @throws model/not-found when it is not open (any more) */
  get(modelId: string): OpenModel;
  open(): readonly OpenModel[];
  /** Lets go of models and SAEs below a folder: their files are about to be removed. Traces keep theirs. */
  forget(folder: string): void;
  release(): Promise<void>;
}

/** Models kept open at once; traces hold their own model, so a closed one lives as long as they do. */
const MAX_OPEN = 2;

/** A model that is open, or being opened, with the folders that it is read from. */
interface Opening {
  readonly model: Promise<OpenModel>;
  readonly directory: string;
  /** Shared by all openings of the folder, whatever their SAEs. */
  readonly weights: Promise<OpenWeights>;
  readonly places: readonly string[];
}

export function createModels(sessions: SessionFactory, options: OpenOptions = {}): Models {
  const byKey = new Map<string, Opening>();
  const byId = new Map<string, OpenModel>();

  const openRef = async (ref: OpenRef, directory: string): Promise<OpenModel> => {
    const key = JSON.stringify([directory, ref.folders ?? ref.saes]);
    const known = byKey.get(key);
    if (known) return known.model;
    const other = [...byKey.values()].find((each) => each.directory === directory);
    const weights = other?.weights ?? openWeights(directory, sessions, options);
    const opening = weights.then((own) => openWithSaes(own, directory, { ref, sessions, ...options }));
    byKey.set(key, { model: opening, directory, weights, places: [directory, ...(ref.folders ?? ref.saes)] });
    try {
      const model = await opening;
      byId.set(model.info.modelId, model);
      forgetOldest(byKey, byId);
      return model;
    } catch (error) {
      byKey.delete(key);
      throw error;
    }
  };

  return {
    openRef,
    get: (modelId) => {
      const model = byId.get(modelId);
      if (!model)
        throw new InterpError('model/not-found', 'This model is not open in the engine.', {
          data: { modelId },
        });
      return model;
    },
    open: () => [...byId.values()],
    forget: (folder) => {
      const isGoing = (places: readonly string[]): boolean => places.some((place) => isIn(folder, place));
      for (const [key, { places }] of byKey) if (isGoing(places)) byKey.delete(key);
      for (const [id, { info }] of byId) {
        if (isGoing([info.directory, ...info.saes.map(({ directory }) => directory)])) byId.delete(id);
      }
    },
    release: async () => {
      const models = [...byId.values()];
      byId.clear();
      byKey.clear();
      for (const model of models) await model.release();
    },
  };
}

function isIn(folder: string, place: string): boolean {
  return !relative(folder, place).startsWith('..');
}

/** Drops the model that was opened first; its sessions are freed when its last trace is gone. */
function forgetOldest(byKey: Map<string, Opening>, byId: Map<string, OpenModel>): void {
  for (const [key] of byKey) {
    if (byKey.size <= MAX_OPEN) return;
    const opening = byKey.get(key);
    byKey.delete(key);
    void opening?.model.then((model) => byId.delete(model.info.modelId));
  }
}
