import type { FakeReportHost } from './fakeReportHost.page.ts';
import { PageBrowser, type OpenedPage } from './openPage.ts';
import type { ReportCase } from './reportFixtures.ts';

/** One report page in a browser. */
export type ReportPage = OpenedPage<FakeReportHost>;
export type ReportBrowser = PageBrowser<FakeReportHost, ReportCase>;

/** A browser with the report page. */
export function startReportBrowser(): Promise<ReportBrowser> {
  return PageBrowser.launch<FakeReportHost, ReportCase>('report', 'ready');
}
