import type { ReportViewContract } from '../../../src/protocol/reportViewContract.ts';
import { openPage } from '../boot/page.ts';
import { watchViolations } from '../boot/violations.ts';
import { ReportApp } from './app.ts';
import { ReportStore } from './store.ts';
import './report.css';

/** Entry of the report page: composes it by hand and starts it. */
const page = openPage<ReportViewContract>();
watchViolations((violation) => {
  // Nobody waits for the answer; a page that is closing cannot report any more.
  page.client.request('view/violation', violation).catch(() => undefined);
});
const store = new ReportStore(page);
document.body.append(new ReportApp(store));
void store.start();
