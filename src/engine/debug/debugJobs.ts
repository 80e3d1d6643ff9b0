import type { EngineDebug } from '../../protocol/debugContract.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import { bufferBytes, collectGarbage } from '../../runtime/processMemory.ts';
import type { Models } from '../models.ts';
import type { UnitWords } from '../records/unitWords.ts';
import { continueText } from './continuation.ts';
import { createDebugSessions } from './debugSessions.ts';
import { measure, patchPart, sweep, sweepPlan } from './measured.ts';
import { openDebug } from './openDebug.ts';
import { readAttention, readCandidates, readDetail, readLayers } from './reads.ts';
import { readTable } from './table.ts';

/** Buffers past this size are worth a collection after a run. */
const COLLECT_ABOVE_BYTES = 256 * 2 ** 20;

/** What the engine serves to debug views, and the sessions behind it. */
export function debugJobs(
  models: Pick<Models, 'get'>,
  words: UnitWords,
): {
  readonly handlers: Handlers<EngineDebug>;
  clear(): void;
} {
  const sessions = createDebugSessions();
  const handlers: Handlers<EngineDebug> = {
    'debug/open': async ({ experiment }, job) => {
      const session = await openDebug(models.get(experiment.modelId), experiment, job);
      sessions.add(session);
      if (bufferBytes() > COLLECT_ABOVE_BYTES) collectGarbage();
      return session.summary;
    },
    'debug/close': ({ debugId }) => {
      sessions.close(debugId);
      return null;
    },
    'debug/candidates': ({ debugId, k, filter }) => readCandidates(sessions.get(debugId), { k, filter }),
    'debug/table': (view, { signal }) => readTable(sessions.get(view.debugId), view, { words, signal }),
    'debug/measure': (asked, job) => measure(sessions.get(asked.debugId), asked, job),
    'debug/detail': (asked, { signal }) => readDetail(sessions.get(asked.debugId), asked, { words, signal }),
    'debug/attention': ({ debugId, ...at }) => readAttention(sessions.get(debugId), at),
    'debug/layers': ({ debugId, options }, { signal }) => readLayers(sessions.get(debugId), options, signal),
    'debug/sweepPlan': (asked) => sweepPlan(sessions.get(asked.debugId), asked),
    'debug/sweepPart': (asked, job) => sweep(sessions.get(asked.debugId), asked, job),
    'debug/patchPart': ({ debugId, part }, job) => patchPart(sessions.get(debugId), part, job),
    'debug/continue': (asked, job) => continueText(sessions.get(asked.debugId), asked, job),
  };
  return { handlers, clear: () => sessions.clear() };
}
