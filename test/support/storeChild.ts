/** A process that puts explanations one by one: `storeChild.ts FOLDER MODEL FAMILY FIRST COUNT`. */
import { openStore } from '../../src/runtime/explanations/store.ts';
import { someRecord } from './someRecord.ts';

const [folder = '', model = '', family = '', first = '', count = ''] = process.argv.slice(2);
const store = openStore(folder);
for (let index = Number(first); index < Number(first) + Number(count); index++) {
  await store.put(model, family, [someRecord({ unit: `L1N${index}` })]);
}
