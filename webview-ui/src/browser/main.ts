import type { BrowserViewContract } from '../../../src/protocol/browserViewContract.ts';
import { startPage } from '../boot/startPage.ts';
import { BrowserApp } from './app.ts';
import { BrowserStore } from './store.ts';
import './browser.css';

/** Entry of the feature browser in the side bar. */
startPage<BrowserViewContract, BrowserStore>({
  store: (page) => new BrowserStore(page),
  app: (store) => new BrowserApp(store),
});
