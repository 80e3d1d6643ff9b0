import type { TraceViewContract } from '../../../src/protocol/viewContract.ts';
import { openPage } from '../boot/page.ts';
import { watchViolations } from '../boot/violations.ts';
import { TraceApp } from './app.ts';
import { TraceStore } from './store.ts';
import './trace.css';

/** Entry of the trace page: composes it by hand and starts it. */
const page = openPage<TraceViewContract>();
watchViolations((violation) => {
  // Nobody waits for the answer; a page that is closing cannot report any more.
  page.client.request('view/violation', violation).catch(() => undefined);
});
const store = new TraceStore(page);
document.body.append(new TraceApp(store));
void store.start();
