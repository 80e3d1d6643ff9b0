import { EXIT, type ExitCode } from '../exitCodes.ts';
import { sendFolders } from '../folders.ts';
import { painter } from '../print/style.ts';
import { verifyText } from '../print/verifyText.ts';
import { modelRef } from '../promptInput.ts';
import { usage } from '../readFlags.ts';
import { openModel, type Session } from '../session.ts';

/** `underglass verify`. */
export interface VerifyArgs {
  readonly model: string | undefined;
  readonly storage: string | undefined;
  readonly json: boolean;
}

export const VERIFY_FLAGS = ['model', 'storage', 'json'] as const;

/** The model may be named with or without `--model`. @throws cli/usage */
export function readVerifyArgs(
  [first, extra]: readonly string[],
  values: {
    readonly model?: string | undefined;
    readonly storage?: string | undefined;
    readonly json?: boolean | undefined;
  },
): VerifyArgs {
  if (extra !== undefined) throw usage(`verify takes one model; "${extra}" is too much.`);
  if (first !== undefined && values.model !== undefined)
    throw usage(`verify was given two models: "${first}" and "${values.model}".`);
  return { model: first ?? values.model, storage: values.storage, json: values.json ?? false };
}

/** Says whether a model is what was published and computes what its weights say; 1 when it differs. */
export async function verifyCommand(args: VerifyArgs, session: Session): Promise<ExitCode> {
  const { jobs, io, job } = session;
  await sendFolders(session, args.storage);
  const model = await openModel(await modelRef({ model: args.model, saes: [] }, io.cwd), session);
  for (const warning of model.warnings) io.err(`${model.name}: warning: ${warning}\n`);
  const report = await jobs.handlers['verify/run']({ modelId: model.modelId }, job);
  io.out(
    args.json ? `${JSON.stringify({ version: 1, ...report }, null, 2)}\n` : verifyText(report, painter(io)),
  );
  return report.verdict === 'differs' ? EXIT.user : EXIT.ok;
}
