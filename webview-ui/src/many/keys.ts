import type { KeyHelp } from '../controls/keysOverlay.ts';

/** The keys of the view of many prompts. */
export const MANY_KEYS: KeyHelp = [
  ['↑ ↓ PageUp PageDown Home End', 'Walk rows'],
  ['Enter', 'Show the row in each prompt; on a prompt, open its debug view'],
  ['1 2', 'Nodes, sweeps'],
  ['Esc', 'Close what is open; forget the chosen row'],
  ['?', 'These keys'],
];
