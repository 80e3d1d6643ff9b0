import type { KeyHelp } from '../controls/keysOverlay.ts';

/** The keys of the unit page. */
export const UNIT_KEYS: KeyHelp = [
  ['[ ]', 'The unit before, the unit after'],
  ['G', 'Go to a unit by its id'],
  ['P', 'Pin the unit, or unpin it'],
  ['E', 'Explain'],
  ['1 to 5', 'The tabs'],
  ['← →', 'Walk the tokens of a window'],
  ['↑ ↓', 'The window above, the window below'],
  ['Home End', 'First and last token of the window'],
  ['Ctrl+Enter', 'Test the text, score the words'],
  ['Esc', 'Close what is open; back to the first window'],
  ['?', 'These keys'],
];
