import fc from 'fast-check';
import { anyUnicode } from '../../../support/anyUnicode.ts';

const LINES = [
  'model: underglass-tiny',
  'sae: [a, b] # two',
  'bos: true',
  'bos: maybe',
  'target: " Mary"',
  'target:',
  '  - " John" # him',
  '  - 42',
  'distractor: |',
  '  block',
  'position: @7',
  'position: \'@" a"#2\'',
  'seed: 1e9',
  'ablate:',
  '- off L1H2@last zero',
  '- L1H2@',
  '# a comment',
  '\ttab: x',
  '---',
  '...',
  '%YAML 1.2',
  '? complex',
  ': value',
  'a: &x [*x]',
  'b: *x',
  '<<: *x',
  'c: !!map {d: e}',
  '"quoted": \'single',
  '{',
  ']',
  '',
];

/** Files that look like prompts with front matter, mostly broken somewhere; and files of any text. */
export function anyPromptFile(): fc.Arbitrary<string> {
  const line = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...LINES) }, anyUnicode());
  const eol = fc.constantFrom('\n', '\r\n');
  const fenced = fc
    .tuple(
      fc.constantFrom('', '\uFEFF'),
      eol,
      fc.array(line, { maxLength: 12 }),
      fc.array(line, { maxLength: 4 }),
    )
    .map(([mark, end, yaml, body]) => mark + ['---', ...yaml, '---', ...body].join(end));
  return fc.oneof({ weight: 6, arbitrary: fenced }, anyUnicode());
}
