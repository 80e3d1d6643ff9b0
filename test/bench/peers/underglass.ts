/** Underglass' side of `npm run bench:peers`, in a process of its own; the protocol is that of peer.py. */
import { createInterface } from 'node:readline';
import { planSweep, sweepPart } from '../../../src/core/analysis/measure/sweeps.ts';
import { createGraphs } from '../../../src/core/graph/graphs.ts';
import { allHooks } from '../../../src/core/model/hooks.ts';
import { tensor } from '../../../src/core/tensor/tensor.ts';
import { gradients } from '../../../src/core/trace/gradients/gradients.ts';
import type { LogitScalar } from '../../../src/core/trace/gradients/scalar.ts';
import { Runner } from '../../../src/core/trace/runner.ts';
import { SaeRunner } from '../../../src/core/trace/saeRunner.ts';
import { Trace } from '../../../src/core/trace/trace.ts';
import { VariantModel } from '../../../src/core/trace/variants/variantModel.ts';
import { planWeights } from '../../../src/engine/memory.ts';
import { openCheckpoint } from '../../../src/runtime/files/openCheckpoint.ts';
import { openSaes } from '../../../src/runtime/files/openSaes.ts';
import { ortSessions, type OrtSessions } from '../../../src/runtime/ort/ortSessions.ts';
import { openSafetensors } from '../../support/safetensorsFile.ts';
import type { Opened, Question } from './protocol.ts';

/** Gives an effect per head for sweeps, so that both sides are seen to have done the same. */
type Task = (ids: readonly number[]) => Promise<readonly number[] | void>;

async function modelTasks(
  { model: directory, target, distractor }: Extract<Opened, { readonly model: string }>,
  sessions: OrtSessions,
): Promise<Record<string, Task>> {
  const { checkpoint } = await openCheckpoint(directory, { scan: 'never' });
  const { policy } = planWeights(checkpoint);
  const runner = new Runner(checkpoint.config, createGraphs(checkpoint, sessions, policy));
  const model = new VariantModel({ checkpoint, sessions, policy, runner, saes: new Map() });
  const hooks = allHooks(checkpoint.config).map(({ name }) => name);
  const scalar = (ids: readonly number[]): LogitScalar => ({
    kind: 'logits',
    reading: 'logit_diff',
    targets: [target],
    distractors: [distractor],
    position: ids.length - 1,
  });
  const sweep =
    (positionsOf: (ids: readonly number[]) => number[]): Task =>
    async (ids) => {
      const trace = await Trace.run(runner, ids);
      const request = { kind: 'heads', layer: null, positions: positionsOf(ids) } as const;
      const effects: number[] = [];
      for (const { id } of await planSweep(model, trace, request)) {
        const swept = await sweepPart(model, trace, { ...request, part: id }, scalar(ids));
        effects.push(...swept.map(({ effect }) => effect));
      }
      return effects;
    };
  return {
    forward: async (ids) => {
      const { resid } = await runner.forward(ids, { want: ['resid_post'] });
      const final = resid.at(-1);
      if (final) await runner.logits(final);
    },
    trace: async (ids) => {
      const trace = await Trace.run(runner, ids, { keep: 'all' });
      const all = [];
      for (const name of hooks) all.push(await trace.hook(name));
      await trace.logits([...ids.keys()]);
    },
    gradients: async (ids) => {
      const trace = await Trace.run(runner, ids);
      const source = { runner, trace, sae: (id: string) => model.sae(id) };
      await gradients(source, scalar(ids), { frozenScale: false });
    },
    sweepLast: sweep((ids) => [ids.length - 1]),
    sweepAll: sweep((ids) => [...ids.keys()]),
  };
}

async function saeTasks(
  { sae, inputs }: Extract<Opened, { readonly sae: string }>,
  sessions: OrtSessions,
): Promise<Record<string, Task>> {
  const [folder] = await openSaes([sae]);
  if (!folder) throw new Error(`no SAE at ${sae}`);
  const rows = await (await openSafetensors(inputs)).read('rows');
  const runner = new SaeRunner(folder, sessions, 'mapped');
  const { d_in } = folder.config;
  return {
    encode: async (ids) => {
      await runner.encode(tensor([ids.length, d_in], rows.data.subarray(0, ids.length * d_in)));
    },
  };
}

async function answer(tasks: Record<string, Task>, { run, ids }: Extract<Question, { run: string }>) {
  const task = tasks[run];
  if (!task) throw new Error(`no task ${run}`);
  const started = performance.now();
  const values = await task(ids);
  return { ms: performance.now() - started, ...(values ? { values } : {}) };
}

let tasks: Record<string, Task> = {};
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line) as Question;
  let reply: unknown;
  if ('open' in question) {
    const sessions = ortSessions({ threads: question.open.threads });
    tasks = await ('sae' in question.open
      ? saeTasks(question.open, sessions)
      : modelTasks(question.open, sessions));
    reply = { version: await sessions.version() };
  } else if ('run' in question) reply = await answer(tasks, question);
  // Node counts in kilobytes on every system.
  else reply = { peak: 1024 * process.resourceUsage().maxRSS };
  console.log(JSON.stringify(reply));
}
