import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium, howToGetChromium } from '../../../scripts/host/chromium.ts';
import { startPageServer, type PageName, type PageServer } from './pageServer.ts';
import type { ThemeName } from './themes.ts';

const BROWSER_ARGS = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

type FakeCalls = readonly { readonly method: string; readonly params: unknown }[];

export interface OpenOptions<S extends string> {
  readonly scenario?: S;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
}

/** One page in a browser, and what a test may ask of it. `H` is the host that is played to it. */
export interface OpenedPage<H> {
  readonly page: Page;
  /** Addresses that the page asked for, of any kind. */
  readonly requested: readonly string[];
  /** Errors that nobody caught, and messages of the console. */
  readonly complaints: readonly string[];
  /** Runs in the page with the fake host. */
  host<T, A>(act: (host: H, argument: A) => T | Promise<T>, argument: A): Promise<T>;
  /** Parameters of every call of a method so far. */
  calls(method: string): Promise<readonly unknown[]>;
}

/** Browser, server and the one page of a test file. Everything that was opened is closed by `stop`. */
export class PageBrowser<H extends { readonly calls: FakeCalls }, S extends string> {
  readonly #server: PageServer;
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #firstCase: S;
  #visits = 0;

  protected constructor(server: PageServer, browser: Browser, page: Page, firstCase: S) {
    this.#firstCase = firstCase;
    this.#server = server;
    this.#browser = browser;
    this.#page = page;
  }

  /** `firstCase`: what is opened when a test names no scenario. */
  static async launch<H extends { readonly calls: FakeCalls }, S extends string>(
    page: PageName,
    firstCase: S,
  ): Promise<PageBrowser<H, S>> {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error(howToGetChromium());
    const server = await startPageServer(page);
    const browser = await chromium.launch({ executablePath, args: BROWSER_ARGS });
    return new PageBrowser<H, S>(server, browser, await browser.newPage(), firstCase);
  }

  get origin(): string {
    return this.#server.origin;
  }

  /** Opens the page afresh: what an earlier test kept, moved or listened to is gone. */
  async open(options: OpenOptions<S> = {}): Promise<OpenedPage<H>> {
    const page = this.#page;
    page.removeAllListeners();
    await page.setViewportSize({ width: options.width ?? 900, height: options.height ?? 700 });
    await page.mouse.move(0, 0);
    const requested: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => void requested.push(request.url()));
    page.on('pageerror', (error) => void complaints.push(error.message));
    page.on('console', (message) => void complaints.push(`${message.type()}: ${message.text()}`));
    const query = new URLSearchParams({
      case: options.scenario ?? this.#firstCase,
      theme: options.theme ?? 'dark',
      visit: String(++this.#visits),
    });
    await page.goto(`${this.#server.origin}/?${query}`);
    return openedPage<H>(page, requested, complaints);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
  }
}

function openedPage<H extends { readonly calls: FakeCalls }>(
  page: Page,
  requested: readonly string[],
  complaints: readonly string[],
): OpenedPage<H> {
  const host: OpenedPage<H>['host'] = async (act, argument) => {
    const source = `(${act.toString()})(window.fakeHost, argument)`;
    return page.evaluate<never>(
      `(() => { const argument = ${JSON.stringify(argument)}; return ${source}; })()`,
    );
  };
  return {
    page,
    requested,
    complaints,
    host,
    calls: (method) =>
      host(
        (fake, name) => fake.calls.filter((call) => call.method === name).map((call) => call.params),
        method,
      ),
  };
}
