import type { DebugCase } from './debugFixtures.ts';
import type { FakeDebugHost } from './fakeDebugHost.page.ts';
import { PageBrowser, type OpenedPage } from './openPage.ts';

/** One debug page in a browser. */
export type DebugPage = OpenedPage<FakeDebugHost>;
export type DebugBrowser = PageBrowser<FakeDebugHost, DebugCase>;

/** A browser with the debug page. */
export function startDebugBrowser(): Promise<DebugBrowser> {
  return PageBrowser.launch<FakeDebugHost, DebugCase>('debug', 'ioi');
}
