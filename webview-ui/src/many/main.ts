import type { ManyViewContract } from '../../../src/protocol/manyViewContract.ts';
import { openPage } from '../boot/page.ts';
import { watchViolations } from '../boot/violations.ts';
import { ManyApp } from './app.ts';
import { ManyStore } from './store.ts';
import './many.css';

/** Entry of the page of many prompts: composes it by hand and starts it. */
const page = openPage<ManyViewContract>();
watchViolations((violation) => {
  // Nobody waits for the answer; a page that is closing cannot report any more.
  page.client.request('view/violation', violation).catch(() => undefined);
});
const store = new ManyStore(page);
document.body.append(new ManyApp(store));
void store.start();
