import path from 'node:path';
import { InterpError } from '../core/errors.ts';
import { isFile } from '../runtime/files/fileByteSource.ts';
import { decodeText, readTextFile } from '../runtime/files/textFile.ts';
import type { CliIo } from './io.ts';

const FILE = /\.(?:txt|csv|jsonl?|md|list)$/i;

/** Ids and patterns; what names a file (`-` = stdin) stands for its lines. `#` begins a comment. */
export async function readUnits(asked: readonly string[], io: CliIo): Promise<string[]> {
  const units: string[] = [];
  for (const each of asked) {
    if (each === '-') units.push(...linesOf(decodeText('<stdin>', await io.readStdin())));
    else if (await isFile(path.resolve(io.cwd, each))) {
      units.push(...linesOf(await readTextFile(path.resolve(io.cwd, each))));
    } else if (FILE.test(each)) {
      throw new InterpError('file/not-found', `${each} is no unit id, and there is no file of that name.`, {
        data: { file: each },
      });
    } else units.push(...each.split(',').map((unit) => unit.trim()));
  }
  if (units.length > 0) return units;
  throw new InterpError('unit/unknown', `${asked.join(', ')} holds no unit id.`, {
    data: { units: asked.join(',') },
  });
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*$/u, '').trim())
    .filter((line) => line !== '');
}
