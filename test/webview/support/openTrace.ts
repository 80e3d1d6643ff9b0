import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
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
  /** Methods whose answers wait from the start. */
  readonly hold?: readonly string[];
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

/** Browser, server and pages of one test file. Everything that was opened is closed by `stop`. */
export class TraceBrowser {
  readonly #server: PageServer;
  readonly #browser: Browser;
  readonly #context: BrowserContext;

  private constructor(server: PageServer, browser: Browser, context: BrowserContext) {
    this.#server = server;
    this.#browser = browser;
    this.#context = context;
  }

  static async start(): Promise<TraceBrowser> {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error(howToGetChromium());
    const server = await startPageServer();
    const browser = await chromium.launch({ executablePath, args: BROWSER_ARGS });
    return new TraceBrowser(server, browser, await browser.newContext());
  }

  get origin(): string {
    return this.#server.origin;
  }

  async open(options: OpenOptions = {}): Promise<TracePage> {
    const viewport = { width: options.width ?? 900, height: options.height ?? 700 };
    const page = await this.#context.newPage();
    await page.setViewportSize(viewport);
    const requested: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => void requested.push(request.url()));
    page.on('pageerror', (error) => void complaints.push(error.message));
    page.on('console', (message) => void complaints.push(`${message.type()}: ${message.text()}`));
    const query = new URLSearchParams({
      case: options.scenario ?? 'ioi',
      theme: options.theme ?? 'dark',
    });
    for (const method of options.hold ?? []) query.append('hold', method);
    await page.goto(`${this.#server.origin}/?${query}`);
    return tracePage(page, requested, complaints);
  }

  async closePages(): Promise<void> {
    for (const page of this.#context.pages()) await page.close();
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
