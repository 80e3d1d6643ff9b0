import * as vscode from 'vscode';
import { isInterpError } from '../../core/errors.ts';
import { parseUnit } from '../../core/model/units.ts';
import { SITES, quantityKey, type Quantity } from '../../core/trace/quantity.ts';
import { shownIn } from '../../protocol/runState.ts';
import type { PromptSession } from '../session/session.ts';

interface QuantityItem extends vscode.QuickPickItem {
  readonly quantity: Quantity | null;
}

/** Chooses what colours the tokens, in the panel and in the editor. */
export async function colorBy(session: PromptSession): Promise<void> {
  const { selection } = session;
  if (!selection || !shownIn(session.state)) return;
  const items: QuantityItem[] = [
    { label: 'Surprise', description: 'nats', quantity: { kind: 'loss' } },
    { label: 'Probability', quantity: { kind: 'probability' } },
    { label: 'Entropy', description: 'nats', quantity: { kind: 'entropy' } },
    ...SITES.map((site): QuantityItem => ({
      label: `Norm of ${site}`,
      description: `layer ${selection.layer}`,
      quantity: { kind: 'norm', site, layer: selection.layer },
    })),
    { label: 'A unit…', description: 'L9H9, L5N123 or 3-res/412', quantity: null },
  ];
  const title = `Colour tokens by (now: ${quantityKey(selection.quantity)})`;
  const picked = await vscode.window.showQuickPick(items, { title });
  if (!picked) return;
  const quantity = picked.quantity ?? (await askUnit(selection.position));
  if (quantity) session.select({ ...selection, quantity });
}

async function askUnit(query: number): Promise<Quantity | null> {
  const typed = await vscode.window.showInputBox({
    title: 'Unit',
    placeHolder: 'L3H1, L2N377 or 3-res/412',
    validateInput: (value) => problemOf(value),
  });
  if (typed === undefined) return null;
  const unit = parseUnit(typed.trim());
  return unit.kind === 'head' ? { kind: 'unit', unit, query } : { kind: 'unit', unit };
}

function problemOf(value: string): string | null {
  try {
    parseUnit(value.trim());
    return null;
  } catch (error) {
    return isInterpError(error) ? error.message : String(error);
  }
}
