import type { UnitViewContract } from '../../../src/protocol/unitViewContract.ts';
import { openPage } from '../boot/page.ts';
import { watchViolations } from '../boot/violations.ts';
import { UnitApp } from './app.ts';
import { UnitStore } from './store.ts';
import './unit.css';

/** Entry of the unit page: composes it by hand and starts it. */
const page = openPage<UnitViewContract>();
watchViolations((violation) => {
  // Nobody waits for the answer; a page that is closing cannot report any more.
  page.client.request('view/violation', violation).catch(() => undefined);
});
const store = new UnitStore(page);
document.body.append(new UnitApp(store));
void store.start();
