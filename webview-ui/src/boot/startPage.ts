import { openPage, type Page } from './page.ts';
import { watchViolations, type Violation } from './violations.ts';

/** What the contract of every page has. */
interface Watched {
  'view/violation': { params: Violation; result: null };
}

/** Composes a page and starts it: link to the host, state, root element. */
export function startPage<C extends Watched, Store extends { start(): Promise<void> }>(parts: {
  store(page: Page<C>): Store;
  app(store: Store): HTMLElement;
}): void {
  const page = openPage<Watched>();
  watchViolations((violation) => {
    // Nobody waits for the answer; a page that is closing cannot report any more.
    page.client.request('view/violation', violation).catch(() => undefined);
  });
  const store = parts.store(page);
  document.body.append(parts.app(store));
  void store.start();
}
