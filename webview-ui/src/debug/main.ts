import type { DebugViewContract } from '../../../src/protocol/debugViewContract.ts';
import { startPage } from '../boot/startPage.ts';
import { DebugApp } from './app.ts';
import { DebugStore } from './store.ts';
import './debug.css';

/** Entry of the debug page. */
startPage<DebugViewContract, DebugStore>({
  store: (page) => new DebugStore(page),
  app: (store) => new DebugApp(store),
});
