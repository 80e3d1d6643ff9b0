import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Where Playwright keeps the browsers that it was asked to download. */
const PLAYWRIGHT_CACHES = [
  '.cache/ms-playwright',
  'Library/Caches/ms-playwright',
  'AppData/Local/ms-playwright',
];

const INSIDE_PLAYWRIGHT = [
  'chrome-linux/chrome',
  'chrome-linux64/chrome',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-win/chrome.exe',
  'chrome-win64/chrome.exe',
];

/** Path of a Chromium: the one that CHROMIUM names, else one on the PATH, an installed one, or Playwright's. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM'];
  if (named !== undefined) return isProgram(named) ? named : undefined;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...onPath, '/usr/bin/chromium', ...APPLICATIONS, ...fromPlaywright()].find(isProgram);
}

/** Why there is no browser, and what to do about it. */
export function howToGetChromium(): string {
  const named = process.env['CHROMIUM'];
  if (named !== undefined) return `CHROMIUM names ${named}, which is no program. Correct it or unset it.`;
  return 'No Chromium was found. Install Chromium or Chrome (Debian: apt-get install chromium), or set CHROMIUM to its path.';
}

function fromPlaywright(): string[] {
  const caches = [
    process.env['PLAYWRIGHT_BROWSERS_PATH'],
    ...PLAYWRIGHT_CACHES.map((name) => path.join(homedir(), name)),
  ];
  return caches.flatMap((cache) => {
    if (cache === undefined || !existsSync(cache)) return [];
    const browsers = readdirSync(cache)
      .filter((name) => name.startsWith('chromium-'))
      .sort()
      .reverse();
    return browsers.flatMap((browser) =>
      INSIDE_PLAYWRIGHT.map((inside) => path.join(cache, browser, inside)),
    );
  });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
