import { toInterpError } from '../core/errors.ts';
import type { Jobs } from '../engine/jobs.ts';
import type { ProviderChoice, SpeedChoice } from '../core/speed.ts';
import { parseCommandLine, parseSpeedChoice, type CommandLine } from './args.ts';
import { addCommand } from './commands/add.ts';
import { debugCommand } from './commands/debug.ts';
import { exportCommand, importCommand } from './commands/exchange.ts';
import { explainCommand } from './commands/explain.ts';
import { generateCommand } from './commands/generate.ts';
import { indexesCommand } from './commands/indexes.ts';
import { modelsCommand } from './commands/models.ts';
import { removeCommand } from './commands/remove.ts';
import { runCommand } from './commands/run.ts';
import { saeCommand } from './commands/sae.ts';
import { scanCommand } from './commands/scan.ts';
import { tokensCommand } from './commands/tokens.ts';
import { traceCommand } from './commands/trace.ts';
import { unitCommand } from './commands/unit.ts';
import { verifyCommand } from './commands/verify.ts';
import { errorText, EXIT, exitCodeOf, type ExitCode } from './exitCodes.ts';
import { HELP } from './help.ts';
import type { CliIo } from './io.ts';
import { cliJob } from './jobRunner.ts';
import type { Session } from './session.ts';

export interface CliOptions {
  readonly io: CliIo;
  readonly version: string;
  /** Made only for commands that need it. */
  readonly createJobs: (speed: SpeedChoice) => Jobs;
  readonly signal: AbortSignal;
}

/** The same with the engine's speed chosen. */
type RunOptions = Omit<CliOptions, 'createJobs'> & {
  readonly createJobs: () => Jobs;
  readonly provider: ProviderChoice;
};

/** Runs one command line. Never throws: errors go to stderr, and the exit code says which kind. */
export async function runCli(argv: readonly string[], options: CliOptions): Promise<ExitCode> {
  const { io } = options;
  try {
    const line = parseCommandLine(argv);
    const speed = parseSpeedChoice(argv);
    const createJobs = (): Jobs => options.createJobs(speed);
    return (await runLine(line, { ...options, createJobs, provider: speed.provider })) ?? EXIT.ok;
  } catch (error) {
    io.err(errorText(toInterpError(error)));
    return exitCodeOf(error);
  }
}

/** Undefined = done. */
async function runLine(line: CommandLine, options: RunOptions): Promise<ExitCode | undefined | void> {
  switch (line.command) {
    case 'help':
      return options.io.out(HELP);
    case 'version':
      return options.io.out(`${options.version}\n`);
    case 'trace':
      return withEngine(options, (session) => traceCommand(line.args, session));
    case 'tokens':
      return withEngine(options, (session) => tokensCommand(line.args, session));
    case 'generate':
      return withEngine(options, (session) => generateCommand(line.args, session));
    case 'debug':
      return withEngine(options, (session) => debugCommand(line.args, session));
    case 'run':
      return withEngine(options, (session) => runCommand(line.args, session));
    case 'unit':
      return withEngine(options, (session) => unitCommand(line.args, session));
    case 'sae':
      return withEngine(options, (session) => saeCommand(line.args, session));
    case 'explain':
      return withEngine(options, (session) => explainCommand(line.args, session));
    case 'import':
      return withEngine(options, (session) => importCommand(line.args, session));
    case 'export':
      return withEngine(options, (session) => exportCommand(line.args, session));
    case 'scan':
      return withEngine(options, (session) => scanCommand(line.args, session));
    case 'indexes':
      return withEngine(options, (session) => indexesCommand(line.args, session));
    case 'add':
      return withEngine(options, (session) => addCommand(line.args, session));
    case 'remove':
      return withEngine(options, (session) => removeCommand(line.args, session));
    case 'verify':
      return withEngine(options, (session) => verifyCommand(line.args, session));
    case 'models':
      return withEngine(options, (session) => modelsCommand(line, session));
  }
}

async function withEngine<T>(
  { io, createJobs, signal, provider }: RunOptions,
  run: (session: Session) => Promise<T>,
): Promise<T> {
  const jobs = createJobs();
  const job = cliJob(signal, io);
  try {
    const session = { jobs, io: clearing(io, job), job };
    return await run({ ...session, tellProvider: providerTeller(provider, session) });
  } finally {
    job.clear();
    await jobs.release();
  }
}

/** Asks only where there may be something to tell: the answer loads ONNX Runtime. */
function providerTeller(
  asked: ProviderChoice,
  { jobs, io, job }: Omit<Session, 'tellProvider'>,
): Session['tellProvider'] {
  let isTold = asked === 'auto' || asked === 'cpu';
  return async () => {
    if (isTold) return;
    isTold = true;
    const { speed } = await jobs.handlers['engine/status']({}, job);
    for (const note of speed.notes) io.err(`warning: ${note}\n`);
  };
}

/** Output removes the progress line first. */
function clearing(io: CliIo, job: { clear(): void }): CliIo {
  const after = (write: (text: string) => void) => (text: string) => {
    job.clear();
    write(text);
  };
  return { ...io, out: after((text) => io.out(text)), err: after((text) => io.err(text)) };
}
