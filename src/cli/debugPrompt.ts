import { InterpError } from '../core/errors.ts';
import type { DebugArgs } from './debugArgs.ts';
import { reportDebug, type DebugReport } from './debugReport.ts';
import { readExperiment } from './experiment.ts';
import { readPromptInput } from './promptInput.ts';
import { openFor, type Session } from './session.ts';

/** One prompt file from its text to its report. */
export async function debugPrompt(args: DebugArgs, session: Session): Promise<DebugReport> {
  const input = await readPromptInput(args, session.io);
  const model = await openFor(input, session, 'experiment');
  const read = await readExperiment(args, { input, model, io: session.io });
  const edited = read.edits.some((edit) => !edit.startsWith('off '));
  const experiment = { ...read, compare: args.patch && !edited ? 'corrupted' : 'edits' } as const;
  if (args.patch && experiment.corrupted === null)
    throw new InterpError(
      'edit/incomplete',
      '--patch wants the corrupted prompt, or `corrupted:` in the file.',
    );
  return reportDebug(session, { name: input.name, model, experiment, args });
}
