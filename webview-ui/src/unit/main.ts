import type { UnitViewContract } from '../../../src/protocol/unitViewContract.ts';
import { startPage } from '../boot/startPage.ts';
import { UnitApp } from './app.ts';
import { UnitStore } from './store.ts';
import './unit.css';

/** Entry of the unit page. */
startPage<UnitViewContract, UnitStore>({
  store: (page) => new UnitStore(page),
  app: (store) => new UnitApp(store),
});
