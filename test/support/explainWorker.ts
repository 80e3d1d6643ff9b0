/**
 * A process that explains many units, to be killed in the middle: `explainWorker.ts FOLDER UNIT...`. Prints a line when
 * units are written.
 */
import { OFFLINE, openExplainBench } from './explainBench.ts';

const [, , folder = '', ...units] = process.argv;
const { call, modelId } = await openExplainBench(folder, []);
const onProgress = ({ done }: { readonly done: number }): void => void process.stdout.write(`${done}\n`);
const asked = { modelId, units, options: OFFLINE, concurrency: 1, redo: false };
await call('explain/many', asked, { onProgress });
