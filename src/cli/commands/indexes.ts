import type { IndexInfo } from '../../protocol/recordsContract.ts';
import { sendFolders } from '../folders.ts';
import { bytes } from '../print/numbers.ts';
import { painter } from '../print/style.ts';
import { tableLines, type Cell } from '../print/table.ts';
import { modelRef } from '../promptInput.ts';
import type { IndexArgs } from '../scanArgs.ts';
import type { Session } from '../session.ts';

const COLUMNS = [
  { title: 'index', align: 'left' },
  { title: 'state', align: 'left' },
  { title: 'tokens', align: 'right' },
  { title: 'families', align: 'right' },
  { title: 'size', align: 'right' },
  { title: 'corpus', align: 'left' },
] as const;

/** `underglass indexes`: those of one model, newest first. */
export async function indexesCommand(args: IndexArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const storage = await sendFolders(session, args.storage);
  const { modelId, name } = await jobs.handlers['model/open'](await modelRef(args, io.cwd), job);
  const indexes = await jobs.handlers['index/list']({ modelId }, job);
  if (args.json) {
    io.out(`${JSON.stringify({ version: 1, storage, model: name, indexes }, null, 2)}\n`);
    return;
  }
  if (indexes.length === 0) {
    io.out(`No index of ${name} in ${storage}. \`underglass scan\` makes one.\n`);
    return;
  }
  const paint = painter(io);
  const lines = tableLines(COLUMNS, indexes.map(row), (text) => paint('dim', text));
  const reasons = indexes.flatMap(({ indexId, reason }) =>
    reason === null ? [] : [`${indexId}: ${reason}`],
  );
  io.out(`${[...lines, ...reasons].join('\n')}\n`);
}

function row({ indexId, state, done, tokens, families, bytes: size, corpus }: IndexInfo): Cell[] {
  const stands = state === 'partial' ? `partial, ${Math.floor(100 * done)} %` : state;
  const cells = [
    indexId,
    stands,
    tokens.toLocaleString('en-US'),
    String(families.length),
    bytes(size),
    corpus,
  ];
  return cells.map((text) => ({ text }));
}
