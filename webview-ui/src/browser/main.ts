import type { BrowserViewContract } from '../../../src/protocol/browserViewContract.ts';
import { openPage } from '../boot/page.ts';
import { watchViolations } from '../boot/violations.ts';
import { BrowserApp } from './app.ts';
import { BrowserStore } from './store.ts';
import './browser.css';

/** Entry of the feature browser in the side bar: composes it by hand and starts it. */
const page = openPage<BrowserViewContract>();
watchViolations((violation) => {
  // Nobody waits for the answer; a page that is closing cannot report any more.
  page.client.request('view/violation', violation).catch(() => undefined);
});
const store = new BrowserStore(page);
document.body.append(new BrowserApp(store));
void store.start();
