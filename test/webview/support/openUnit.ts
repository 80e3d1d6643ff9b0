import type { FakeUnitHost } from './fakeUnitHost.page.ts';
import { PageBrowser, type OpenedPage } from './openPage.ts';
import type { UnitCase } from './unitFixtures.ts';

/** One unit page in a browser. */
export type UnitPage = OpenedPage<FakeUnitHost>;
export type UnitBrowser = PageBrowser<FakeUnitHost, UnitCase>;

/** A browser with the unit page. */
export function startUnitBrowser(): Promise<UnitBrowser> {
  return PageBrowser.launch<FakeUnitHost, UnitCase>('unit', 'latent');
}
