import type { ManyViewContract } from '../../../src/protocol/manyViewContract.ts';
import { startPage } from '../boot/startPage.ts';
import { ManyApp } from './app.ts';
import { ManyStore } from './store.ts';
import './many.css';

/** Entry of the page of many prompts. */
startPage<ManyViewContract, ManyStore>({
  store: (page) => new ManyStore(page),
  app: (store) => new ManyApp(store),
});
