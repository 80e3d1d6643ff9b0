import type { Page } from 'playwright-core';
import { startDebugBrowser } from '../webview/support/openDebug.ts';
import { ms, printTable } from './measure.ts';

const SECONDS = 5;

interface Scrolled {
  readonly frames: number;
  readonly worstGap: number;
  readonly mostRows: number;
}

/**
 * The node table with 50,000 rows in headless Chromium, scrolled from end to end for five seconds while the rows that
 * come into view are measured: the longest time between two frames, and the most rows in the document.
 */
export async function benchScroll(): Promise<void> {
  const browser = await startDebugBrowser();
  try {
    const { page } = await browser.open({ scenario: 'large', width: 1100, height: 900 });
    await page.locator('#nodes tbody tr[data-key]').nth(5).waitFor();
    const rows = await page.locator('#nodes [role=grid]').getAttribute('aria-rowcount');
    const { frames, worstGap, mostRows } = await scroll(page);
    printTable(`Node table with ${Number(rows) - 1} rows, scrolled for ${SECONDS} s (${frames} frames)`, [
      ['what', 'measured', 'target'],
      ['longest gap between frames', ms(worstGap), '100 ms'],
      ['most rows in the document', String(mostRows), '200'],
    ]);
  } finally {
    await browser.stop();
  }
}

/** Down to the end and back up; counted inside the page. */
function scroll(page: Page): Promise<Scrolled> {
  return page.evaluate(async (duration) => {
    const scroller = document.querySelector('#nodes .virtual-scroll');
    if (scroller === null) throw new Error('no table');
    const room = scroller.scrollHeight - scroller.clientHeight;
    const started = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
    let last = started;
    let [frames, worstGap, mostRows] = [0, 0, 0];
    while (last - started < duration) {
      const share = (last - started) / duration;
      scroller.scrollTop = room * (share < 0.5 ? 2 * share : 2 - 2 * share);
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      worstGap = Math.max(worstGap, now - last);
      mostRows = Math.max(mostRows, document.querySelectorAll('#nodes tbody tr').length);
      last = now;
      frames++;
    }
    return { frames, worstGap, mostRows };
  }, SECONDS * 1000);
}
