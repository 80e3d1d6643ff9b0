import type { Revised } from '../commands/reviseRecords.ts';
import { figure } from './explainText.ts';
import { counted } from './numbers.ts';
import type { Paint } from './style.ts';
import { shorten } from './visible.ts';

const WORDS_COLUMNS = 60;

/** Which words were kept, with the scores of both on what neither has seen. */
export function revisedText(revised: readonly Revised[], paint: Paint): string {
  if (revised.length === 0) return '';
  const kept = revised.filter((each) => each.kept === 'after').length;
  const head = `Revised: new words kept for ${kept} of ${counted(revised.length, 'unit')}`;
  const lines = revised.map(({ before, after, kept: which, heldOut }) => {
    const scores = `held out ${figure(heldOut.before?.value ?? null)} -> ${figure(heldOut.after?.value ?? null)}`;
    const words = (of: Revised['before']): string => shorten(of.explanation, WORDS_COLUMNS);
    const said = before.explanation === after.explanation ? 'no other words were found' : words(after);
    const verdict = which === 'after' ? 'new' : 'old';
    return `  ${before.unit.padEnd(12)} ${scores}  kept ${verdict}  ${paint('dim', `${words(before)} -> ${said}`)}`;
  });
  return `\n${[paint('strong', head), ...lines].join('\n')}\n`;
}
