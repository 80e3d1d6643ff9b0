import type { TextToken } from '../../core/tokens/token.ts';
import type { PromptArgs } from '../args.ts';
import { counted } from '../print/numbers.ts';
import { painter } from '../print/style.ts';
import { tableLines, type Cell } from '../print/table.ts';
import { visible } from '../print/visible.ts';
import { readPromptInput } from '../promptInput.ts';
import { openFor, type Session } from '../session.ts';

const COLUMNS = [
  { title: '#', align: 'right' },
  { title: 'id', align: 'right' },
  { title: 'token', align: 'left' },
  { title: 'start', align: 'right' },
  { title: 'end', align: 'right' },
  { title: 'bytes', align: 'left' },
] as const;

/** `underglass tokens`. */
export async function tokensCommand(args: PromptArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const input = await readPromptInput(args, io);
  const model = await openFor(input, session);
  const request = { modelId: model.modelId, text: input.prompt.body.text, bos: input.bos };
  const encoded = await jobs.handlers['tokens/encode'](request, job);
  const offset = input.prompt.body.start;
  const tokens = encoded.map((token) => ({ ...token, start: token.start + offset, end: token.end + offset }));
  if (args.json) {
    io.out(`${JSON.stringify({ version: 1, model: model.name, tokens }, null, 2)}\n`);
    return;
  }
  const paint = painter(io);
  const dim = (text: string): string => paint('dim', text);
  const lines = tableLines(COLUMNS, tokens.map(row), dim);
  const count = `${model.name} · ${counted(tokens.length, 'token')} of ${model.n_ctx}`;
  io.out(`${[dim(count), '', ...lines].join('\n')}\n`);
}

function row({ id, text, start, end, bytes }: TextToken, index: number): Cell[] {
  const hex = (bytes ?? []).map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return [String(index), String(id), visible(text), String(start), String(end), hex].map((cell) => ({
    text: cell,
  }));
}
