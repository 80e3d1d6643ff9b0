import path from 'node:path';
import { InterpError, throwIfCancelled } from '../../core/errors.ts';
import type { TraceSummary } from '../../core/trace/readings.ts';
import { writeSafetensors, type OutgoingTensor } from '../../core/weights/writeSafetensors.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import { writeWholeFile } from '../../runtime/files/textFile.ts';
import type { TraceArgs } from '../args.ts';
import { bytes } from '../print/numbers.ts';
import { painter } from '../print/style.ts';
import { traceJson } from '../print/traceJson.ts';
import { traceText } from '../print/traceText.ts';
import { readPromptInput } from '../promptInput.ts';
import { reportTrace } from '../report.ts';
import { openFor, type Session } from '../session.ts';
import { allTensors, findTensor, loadTensor } from '../tensors.ts';

/** The export is built in memory; a larger one asks for single hooks. */
const MAX_EXPORT_BYTES = 2 ** 31 - 1;
const FLOAT_BYTES = 4;

/** `underglass trace`. */
export async function traceCommand(args: TraceArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const input = await readPromptInput(args, io);
  const model = await openFor(input, session);
  // Names are checked before the run: a typing slip should not cost one.
  for (const name of args.hooks) findTensor(model, name);
  const isWhole = args.safetensors !== undefined && args.hooks.length === 0;
  const request = {
    modelId: model.modelId,
    text: input.prompt.body.text,
    bos: input.bos,
    ...(isWhole ? { willRead: 'all' as const } : {}),
  };
  const summary = await jobs.handlers['trace/run'](request, job);
  throwIfCancelled(job.signal);
  if (args.safetensors !== undefined) {
    await exportTensors(args.safetensors, { args, model, summary, session });
    return;
  }
  const report = await reportTrace(session, { model, summary, input, args });
  io.out(args.json ? `${JSON.stringify(traceJson(report), null, 2)}\n` : traceText(report, painter(io)));
}

interface Export {
  readonly args: TraceArgs;
  readonly model: ModelInfo;
  readonly summary: TraceSummary;
  readonly session: Session;
}

async function exportTensors(out: string, { args, model, summary, session }: Export): Promise<void> {
  const { jobs, io, job } = session;
  const refs = args.hooks.length > 0 ? args.hooks.map((name) => findTensor(model, name)) : allTensors(model);
  const tensors = new Map<string, OutgoingTensor>();
  let size = 0;
  for (const ref of refs) {
    throwIfCancelled(job.signal);
    const { dims, data } = await loadTensor(jobs, summary.traceId, ref);
    size += tensors.has(ref.name) ? 0 : data.length * FLOAT_BYTES;
    if (size > MAX_EXPORT_BYTES) {
      throw new InterpError(
        'trace/too-large',
        `The export would exceed ${bytes(MAX_EXPORT_BYTES)} at ${ref.name}; name fewer hooks by --hook.`,
      );
    }
    tensors.set(ref.name, { name: ref.name, dtype: 'F32', dims, data });
  }
  const metadata = {
    format: 'pt',
    model: model.name,
    token_ids: JSON.stringify(summary.tokens.map(({ id }) => id)),
  };
  const content = writeSafetensors([...tensors.values()], metadata);
  const file = path.resolve(io.cwd, out);
  await writeWholeFile(file, content);
  io.out(`Wrote ${tensors.size} tensors (${bytes(content.length)}) to ${out}\n`);
}
