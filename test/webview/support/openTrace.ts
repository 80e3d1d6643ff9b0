import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium, howToGetChromium } from '../../../scripts/host/chromium.ts';
import type { FakeHost } from './fakeHost.page.ts';
import { startPageServer, type PageServer } from './pageServer.ts';
import type { ScenarioName } from './scenarios.ts';
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

export interface OpenOptions {
  readonly scenario?: ScenarioName;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
}

/** One trace page in a browser, and what a test may ask of it. */
export interface TracePage {
  readonly page: Page;
  /** Addresses that the page asked for, of any kind. */
  readonly requested: readonly string[];
  /** Errors that nobody caught, and messages of the console. */
  readonly complaints: readonly string[];
  /** Runs in the page with the fake host. */
  host<T, A>(act: (host: FakeHost, argument: A) => T | Promise<T>, argument: A): Promise<T>;
  /** Parameters of every call of a method so far. */
  calls(method: string): Promise<readonly unknown[]>;
}

/** Browser, server and the one page of a test file. Everything that was opened is closed by `stop`. */
export class TraceBrowser {
  readonly #server: PageServer;
  readonly #browser: Browser;
  readonly #page: Page;
  #visits = 0;

  private constructor(server: PageServer, browser: Browser, page: Page) {
    this.#server = server;
    this.#browser = browser;
    this.#page = page;
  }

  static async start(): Promise<TraceBrowser> {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error(howToGetChromium());
    const server = await startPageServer();
    const browser = await chromium.launch({ executablePath, args: BROWSER_ARGS });
    return new TraceBrowser(server, browser, await browser.newPage());
  }

  get origin(): string {
    return this.#server.origin;
  }

  /** Opens the trace page afresh: what an earlier test kept, moved or listened to is gone. */
  async open(options: OpenOptions = {}): Promise<TracePage> {
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
      case: options.scenario ?? 'ioi',
      theme: options.theme ?? 'dark',
      visit: String(++this.#visits),
    });
    await page.goto(`${this.#server.origin}/?${query}`);
    return tracePage(page, requested, complaints);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
  }
}

function tracePage(page: Page, requested: readonly string[], complaints: readonly string[]): TracePage {
  const host: TracePage['host'] = async (act, argument) => {
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
