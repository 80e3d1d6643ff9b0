import type { FakeHost } from './fakeHost.page.ts';
import { PageBrowser, type OpenedPage } from './openPage.ts';
import type { ScenarioName } from './scenarios.ts';

/** One trace page in a browser. */
export type TracePage = OpenedPage<FakeHost>;
export type TraceBrowser = PageBrowser<FakeHost, ScenarioName>;

/** A browser with the trace page. */
export function startTraceBrowser(): Promise<TraceBrowser> {
  return PageBrowser.launch<FakeHost, ScenarioName>('trace', 'ioi');
}
