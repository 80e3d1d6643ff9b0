import type { KeyHelp } from '../controls/keysOverlay.ts';

/** The keys of the report page. */
export const REPORT_KEYS: KeyHelp = [
  ['1 2', 'Report, rate (while no card is dealt)'],
  ['T', 'Tables in place of pictures'],
  ['↑ ↓ Home End', 'Walk the rows of a list'],
  ['Enter', 'Open the unit of the row'],
  ['W', 'Rate: to the words'],
  ['0 to 5', 'Rate: points of the next scale'],
  ['S', 'Rate: skip the card'],
  ['Ctrl Enter', 'Rate: save and next'],
  ['?', 'These keys'],
];
