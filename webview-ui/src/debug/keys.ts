import type { KeyHelp } from '../controls/keysOverlay.ts';

/** The keys of the debug view. */
export const DEBUG_KEYS: KeyHelp = [
  ['← → ↑ ↓', 'Walk tokens, rows and cells'],
  ['PageUp PageDown Home End', 'Far up and down'],
  ['Enter', 'Show the row; on a cell, make it an edit'],
  ['A', 'Ablate the row'],
  ['T', 'Trace upstream from the row'],
  ['O', 'Open the page of its unit'],
  ['P', 'Pin the row on top'],
  ['M', 'Measure all rows'],
  ['1 to 7', 'Nodes, next tokens, attention, token effects, layers, two prompts, sweeps'],
  ['Esc', 'Close what is open; back a step upstream'],
  ['?', 'These keys'],
];
