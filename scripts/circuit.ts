/**
 * `npm run circuit`: which heads of the embedded model find the indirect object, measured on held-out prompts by the
 * debugger's own functions. Prints a table; writes media/circuit-{light,dark}.svg and circuit.json beside the model.
 * `npm run circuit -- FOLDER` prints the table of another model trained on the same text, and writes nothing.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { openModel } from '../src/engine/openModel.ts';
import { ortSessions } from '../src/runtime/ort/ortSessions.ts';
import { circuitFigure } from './circuit/figure.ts';
import { findCircuit } from './circuit/findCircuit.ts';
import { circuitFigures, circuitTable } from './circuit/print.ts';
import { ROOT } from './test/files.ts';

const OPTIONS = { prompts: 400, triples: 20, sequences: 20, seed: 'circuit' };
const THREADS = 2;
const EMBEDDED = path.join(ROOT, 'models', 'underglass-tiny');

const folder = path.resolve(process.argv[2] ?? EMBEDDED);
const model = await openModel(folder, { model: folder, saes: [] }, ortSessions({ threads: THREADS }));
const circuit = await findCircuit(model, OPTIONS);
await model.release();

console.log(circuitTable(circuit));
if (folder === EMBEDDED) {
  writeFileSync(path.join(EMBEDDED, 'circuit.json'), circuitFigures(circuit));
  for (const theme of ['light', 'dark'] as const)
    writeFileSync(path.join(ROOT, 'media', `circuit-${theme}.svg`), circuitFigure(circuit, theme));
}
