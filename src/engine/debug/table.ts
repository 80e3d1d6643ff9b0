import { nodeTable } from '../../core/analysis/nodes/nodeTable.ts';
import { tokenEffects } from '../../core/analysis/tokenEffects.ts';
import { scalarTitle, scalarUnit } from '../../core/trace/gradients/scalarTitle.ts';
import type { DebugTable, DebugView } from '../../protocol/debugContract.ts';
import { formatUnit } from '../../core/model/units.ts';
import type { UnitWords } from '../records/unitWords.ts';
import type { DebugSession } from './debugSession.ts';
import { nodeSides } from './nodeSides.ts';

/** The node table of a view, with what it is about. */
export async function readTable(
  session: DebugSession,
  view: DebugView,
  { words, signal }: { readonly words: UnitWords; readonly signal: AbortSignal },
): Promise<DebugTable> {
  const { model, summary } = session;
  const { left, right } = await nodeSides(session, view, signal);
  const table = await nodeTable({
    left,
    right,
    alignment: summary.alignment,
    options: view.options,
    words: (unit) => words.words(model, formatUnit(unit)),
    signal,
  });
  return {
    ...table,
    title: scalarTitle(left.scalar, (id) => model.tokenizer.text(id)),
    unit: scalarUnit(left.scalar),
    held: left.gradients.readout.held,
    effects: await tokenEffects(left, signal),
  };
}
