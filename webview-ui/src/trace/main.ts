import type { TraceViewContract } from '../../../src/protocol/viewContract.ts';
import { startPage } from '../boot/startPage.ts';
import { TraceApp } from './app.ts';
import { TraceStore } from './store.ts';
import './trace.css';

/** Entry of the trace page. */
startPage<TraceViewContract, TraceStore>({
  store: (page) => new TraceStore(page),
  app: (store) => new TraceApp(store),
});
