import type { ReportViewContract } from '../../../src/protocol/reportViewContract.ts';
import { startPage } from '../boot/startPage.ts';
import { ReportApp } from './app.ts';
import { ReportStore } from './store.ts';
import './report.css';

/** Entry of the report page. */
startPage<ReportViewContract, ReportStore>({
  store: (page) => new ReportStore(page),
  app: (store) => new ReportApp(store),
});
