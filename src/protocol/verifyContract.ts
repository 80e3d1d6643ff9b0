import type { VerifyReport } from '../core/verify/report.ts';

/** What the engine tells of how far a model is what it should be. */
export interface EngineVerify {
  /**
   * Facts that were published of the model, where its contents are known, and a float64 reference hook by hook.
   * Progress is in percent. @throws model/not-found, file/*, cancelled
   */
  'verify/run': { params: { modelId: string }; result: VerifyReport };
}
