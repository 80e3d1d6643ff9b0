import type { DebugViewContract } from '../../../src/protocol/debugViewContract.ts';
import { openPage } from '../boot/page.ts';
import { watchViolations } from '../boot/violations.ts';
import { DebugApp } from './app.ts';
import { DebugStore } from './store.ts';
import './debug.css';

/** Entry of the debug page: composes it by hand and starts it. */
const page = openPage<DebugViewContract>();
watchViolations((violation) => {
  // Nobody waits for the answer; a page that is closing cannot report any more.
  page.client.request('view/violation', violation).catch(() => undefined);
});
const store = new DebugStore(page);
document.body.append(new DebugApp(store));
void store.start();
