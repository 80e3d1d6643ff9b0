import { InterpError } from '../core/errors.ts';
import type { SessionFactory } from '../core/graph/session.ts';
import type { ModelRef } from '../protocol/engineContract.ts';
import { openModel, type OpenModel } from './openModel.ts';

/** The models that are open. */
export interface Models {
  /** Opens a folder, or gives what is open already; two askers share one load. */
  openRef(ref: ModelRef, directory: string): Promise<OpenModel>;
  /** @throws model/not-found when it is not open (any more) */
  get(modelId: string): OpenModel;
  open(): readonly OpenModel[];
  release(): Promise<void>;
}

/** Models kept open at once; traces hold their own model, so a closed one lives as long as they do. */
const MAX_OPEN = 2;

export function createModels(sessions: SessionFactory): Models {
  const byKey = new Map<string, Promise<OpenModel>>();
  const byId = new Map<string, OpenModel>();

  const openRef = async (ref: ModelRef, directory: string): Promise<OpenModel> => {
    const key = JSON.stringify([directory, ref.saes]);
    const known = byKey.get(key);
    if (known) return known;
    const opening = openModel(directory, ref, sessions);
    byKey.set(key, opening);
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
    release: async () => {
      const models = [...byId.values()];
      byId.clear();
      byKey.clear();
      for (const model of models) await model.release();
    },
  };
}

/** Drops the model that was opened first; its sessions are freed when its last trace is gone. */
function forgetOldest(byKey: Map<string, Promise<OpenModel>>, byId: Map<string, OpenModel>): void {
  for (const [key] of byKey) {
    if (byKey.size <= MAX_OPEN) return;
    const opening = byKey.get(key);
    byKey.delete(key);
    void opening?.then((model) => byId.delete(model.info.modelId));
  }
}
