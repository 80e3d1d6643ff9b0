import type { Handlers } from '../../protocol/rpc.ts';
import type { UnitViewContract } from '../../protocol/unitViewContract.ts';
import { fieldsOf, index, indexOrNull, text, textOrNull } from '../panels/validate.ts';
import type { UnitSession } from './unitSession.ts';
import * as read from './validateUnit.ts';

type Reads = Pick<
  UnitViewContract,
  'unit/examples' | 'unit/logits' | 'unit/related' | 'unit/head' | 'unit/effects' | 'unit/test'
>;

/** Reads of a unit page, checked and passed on to the engine with the unit that is shown. */
export function unitReads(session: UnitSession): Handlers<Reads> {
  const shown = async (): Promise<{ modelId: string; unit: string }> => {
    const model = session.view?.model ?? (await session.model());
    return { modelId: model.modelId, unit: session.unit };
  };
  return {
    'unit/examples': async (params, { signal }) => {
      const fields = fieldsOf(params);
      const part = { from: index(fields, 'from'), count: read.listLength(fields, 'count') };
      const asked = { ...(await shown()), set: read.recordSet(fields['set']), ...part };
      return session.request('unit/examples', asked, { signal });
    },
    'unit/logits': async (params, { signal }) => {
      const asked = { ...(await shown()), k: read.listLength(fieldsOf(params), 'k') };
      return session.request('unit/logits', asked, { signal });
    },
    'unit/related': async (params, { signal }) => {
      const asked = { ...(await shown()), k: read.listLength(fieldsOf(params), 'k') };
      return session.request('unit/related', asked, { signal });
    },
    'unit/head': async (params, { signal }) => {
      const asked = { ...(await shown()), k: read.listLength(fieldsOf(params), 'k') };
      return session.request('unit/head', asked, { signal });
    },
    'unit/effects': async (params, { signal }) => {
      const fields = fieldsOf(params);
      const of = { sequence: indexOrNull(fields, 'sequence'), text: textOrNull(fields, 'text') };
      return session.request(
        'unit/effects',
        { ...(await shown()), ...of, k: read.listLength(fields, 'k') },
        { signal },
      );
    },
    'unit/test': async (params, { signal }) => {
      const asked = { ...(await shown()), text: text(fieldsOf(params), 'text') };
      return session.request('unit/test', asked, { signal });
    },
  };
}
