import type { BrowserCase } from './browserFixtures.ts';
import type { FakeBrowserHost } from './fakeBrowserHost.page.ts';
import { PageBrowser, type OpenedPage } from './openPage.ts';

/** One feature browser. */
export type BrowserPage = OpenedPage<FakeBrowserHost>;
export type FeatureBrowser = PageBrowser<FakeBrowserHost, BrowserCase>;

/** A browser with the feature browser. */
export function startFeatureBrowser(): Promise<FeatureBrowser> {
  return PageBrowser.launch<FakeBrowserHost, BrowserCase>('browser', 'ready');
}
