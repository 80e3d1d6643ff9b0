/** `npm run errors` writes ERRORS.md from the table in src/core/errors.ts. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ERRORS } from '../src/core/errors.ts';
import type { ErrorKind } from '../src/core/errors.ts';
import { ROOT } from './test/files.ts';

const SHOWN_AS: Readonly<Record<ErrorKind, string>> = {
  user: 'Something to correct: shown as a notification.',
  environment: 'This machine or its state: shown in the status bar, work goes on where it can.',
  bug: 'A fault of Underglass: shown with the way to report it.',
};

/** The text of ERRORS.md: every code with its meaning and what to do next, grouped by area. */
export function errorsPage(): string {
  const codes = Object.keys(ERRORS) as (keyof typeof ERRORS)[];
  const areas = [...new Set(codes.map(areaOf))];
  return [
    '<!-- Generated from src/core/errors.ts by `npm run errors`. Do not edit. -->',
    '',
    '# Errors',
    '',
    'Every failure of Underglass carries one of these codes. The message beside it names the file, tensor, key or value.',
    '',
    ...Object.entries(SHOWN_AS).map(([kind, meaning]) => `- **${kind}**: ${meaning}`),
    '',
    ...areas.flatMap((area) => [
      `## ${area}`,
      '',
      ...codes.filter((code) => areaOf(code) === area).flatMap(entry),
    ]),
  ].join('\n');
}

function entry(code: keyof typeof ERRORS): string[] {
  const { kind, meaning, next } = ERRORS[code];
  return [`### \`${code}\``, '', `${meaning} (${kind})`, '', `Next: ${next}`, ''];
}

/** `weights` of `weights/malformed`; codes without an area stand under their own name. */
function areaOf(code: string): string {
  return code.split('/')[0] ?? code;
}

if (existsSync(process.argv[1] ?? '') && import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(path.join(ROOT, 'ERRORS.md'), errorsPage());
}
