import type { KeyHelp } from '../controls/keysOverlay.ts';

/** The keys of the trace view. */
export const TRACE_KEYS: KeyHelp = [
  ['← → ↑ ↓', 'Walk tokens, cells and rows'],
  ['Home End', 'First and last of the line or list'],
  ['Enter', 'Select; on a unit, colour by it'],
  ['O', 'Open the page of the unit'],
  ['[ ]', 'A layer down, a layer up'],
  ['1 to 5', 'Next token, logit lens, latents, neurons, heads'],
  ['T', 'Tables instead of pictures'],
  ['R', 'Show the selected token in the editor'],
  ['Esc', 'Close what is open; back to the tokens'],
  ['?', 'These keys'],
];
