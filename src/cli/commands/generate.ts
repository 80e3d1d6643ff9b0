import type { GenerateArgs } from '../args.ts';
import { jsonNumber } from '../print/numbers.ts';
import { painter } from '../print/style.ts';
import { readPromptInput } from '../promptInput.ts';
import { openFor, type Session } from '../session.ts';

/** `underglass generate`. */
export async function generateCommand(args: GenerateArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const input = await readPromptInput(args, io);
  const model = await openFor(input, session);
  const { max, temperature } = args;
  const seed = args.seed ?? input.prompt.frontMatter.seed?.value ?? 0;
  const { text } = input.prompt.body;
  const request = { modelId: model.modelId, text, bos: input.bos, max, temperature, seed };
  const result = await jobs.handlers['generate/run'](request, job);
  if (args.json) {
    const offset = input.prompt.body.start;
    const prompt = result.prompt.map((token) => ({
      ...token,
      start: token.start + offset,
      end: token.end + offset,
    }));
    const tokens = result.tokens.map((token) => ({ ...token, probability: jsonNumber(token.probability) }));
    const { stopped } = result;
    const object = {
      version: 1,
      model: model.name,
      temperature,
      seed,
      prompt,
      tokens,
      text: result.text,
      stopped,
    };
    io.out(`${JSON.stringify(object, null, 2)}\n`);
    return;
  }
  const paint = painter(io);
  io.out(`${paint('dim', printable(text))}${paint('strong', printable(result.text))}\n`);
  const why = {
    max: `--max ${max}`,
    'end-of-text': 'the end of the text',
    context: `the context of ${model.n_ctx}`,
  };
  io.err(`${result.tokens.length} tokens, stopped by ${why[result.stopped]}\n`);
}

/** Control characters but tabs and line ends, as the codes that they are: no text may steer the terminal. */
function printable(text: string): string {
  return text.replace(
    /(?![\t\n\r])\p{Cc}/gu,
    (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}
