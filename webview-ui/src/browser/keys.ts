import type { KeyHelp } from '../controls/keysOverlay.ts';

/** The keys of the feature browser. */
export const BROWSER_KEYS: KeyHelp = [
  ['/', 'Search'],
  ['↑ ↓ PageUp PageDown Home End', 'Walk the units'],
  ['Enter', 'Open the unit and go there'],
  ['Space', 'Open the unit and stay here'],
  ['P', 'Pin, unpin'],
  ['C', 'Copy the id'],
  ['L', 'I’m feeling lucky'],
  ['Esc', 'Close the matches; clear the search'],
  ['?', 'These keys'],
];
