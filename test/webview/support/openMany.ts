import type { ManyCase } from './manyFixtures.ts';
import type { FakeManyHost } from './fakeManyHost.page.ts';
import { PageBrowser, type OpenedPage } from './openPage.ts';

/** One page of many prompts in a browser. */
export type ManyPage = OpenedPage<FakeManyHost>;
export type ManyBrowser = PageBrowser<FakeManyHost, ManyCase>;

/** A browser with the page of many prompts. */
export function startManyBrowser(): Promise<ManyBrowser> {
  return PageBrowser.launch<FakeManyHost, ManyCase>('many', 'ready');
}
