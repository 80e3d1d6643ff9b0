import { chromium } from 'playwright-core';
import { findChromium, howToGetChromium } from '../../../scripts/host/chromium.ts';
import type { Browser, Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Whatever a page asks for, nothing leaves this machine.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** Headless unless HEADED=1. @throws Error that says how to get a browser. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(howToGetChromium());
  return chromium.launch({ executablePath, headless: process.env['HEADED'] !== '1', args: FLAGS });
}

/**
 * Collects the addresses that a page asks for and that lie outside of this machine. The list grows as the page works.
 * Webviews name their resources `*.vscode-resource.vscode-cdn.net`; their service worker answers those.
 */
export function watchRequests(page: Page): readonly string[] {
  const outside: string[] = [];
  page.context().on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isLocal = hostname === '127.0.0.1' || hostname === 'localhost';
    const isInline = protocol === 'data:' || protocol === 'blob:';
    if (isLocal || isInline || hostname.endsWith('.vscode-resource.vscode-cdn.net')) return;
    outside.push(request.url());
  });
  return outside;
}
