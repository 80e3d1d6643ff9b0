/**
 * `npm run bench:editor`: how long a person waits in a real VS Code (code-server in headless Chromium) with the
 * embedded model. "First panel" counts from running the command to the painted headline, once the window is idle
 * and the engine has not been started; "next panel" is another file with the engine warm; a hover counts from the
 * pointer's arrival to the shown text, editor.hover.delay taken off. The debug view's table counts from a press on
 * "Run again" to its painted rows, and from the answer of that run (`debug/didChange`) to them. Then the node table
 * with 50,000 rows is scrolled, see page.ts. Unit pages: see unitPages.ts, which can be run alone; the hover with
 * explanations is one of a latent that has been explained.
 */
import type { Frame, Page } from 'playwright-core';
import { openWorkbench } from '../support/host/workbench.ts';
import { hoverText, offerCommand, openFile, runCommand, webviewFrame } from '../support/host/workbenchUi.ts';
import { median, ms, printTable } from './measure.ts';
import { benchScroll } from './page.ts';
import { timeUnitPages, unitRows, type TimedUnits } from './unitPages.ts';

const ROUNDS = 3;
const HOVERED = ['store', 'went', 'gave'];
const HOVER_DELAY = 100;
const IDLE_MS = 9000;
const TABLES = 5;
const REST_MS = 1500;

interface Measured extends TimedUnits {
  readonly activation: number;
  readonly first: number;
  readonly next: number;
  readonly hovers: readonly number[];
  readonly tables: readonly PaintedTable[];
  readonly explainedHovers: readonly number[];
}

/** Waits for the node table of one run, ms. */
interface PaintedTable {
  readonly fromRun: number;
  readonly fromAnswer: number;
}

const runs: Measured[] = [];
for (let round = 0; round < ROUNDS; round++) runs.push(await measure());
const of = (read: (run: Measured) => number): string => ms(median(runs.map(read)));
const ofTables = (read: (table: PaintedTable) => number): string =>
  ms(median(runs.flatMap((run) => run.tables.map(read))));
printTable(`A person's waits, medians of ${ROUNDS} windows`, [
  ['what', 'measured', 'target'],
  ['activation of the extension', of((run) => run.activation), '150 ms'],
  ['first panel after the command', of((run) => run.first), '2000 ms'],
  ['next panel after the command', of((run) => run.next), '-'],
  ['hover over a traced token', ms(median(runs.flatMap((run) => run.hovers))), '100 ms'],
  ['node table after a run begins', ofTables(({ fromRun }) => fromRun), '300 ms'],
  ...unitRows(runs),
  ['hover with explanations', ms(median(runs.flatMap((run) => run.explainedHovers))), '100 ms'],
  ['node table after its run is known', ofTables(({ fromAnswer }) => fromAnswer), '-'],
]);
await benchScroll();

async function measure(): Promise<Measured> {
  const workbench = await openWorkbench({
    workspace: 'examples',
    // Tall, so that the list of running extensions shows all of them: now sorted by time, Underglass is last.
    size: { width: 1360, height: 1300 },
    settings: { 'editor.hover.delay': HOVER_DELAY, 'editor.codeLens': false },
  });
  try {
    const { page } = workbench;
    await openFile(page, 'capitals.prompt');
    await openFile(page, 'ioi.prompt');
    await page.waitForTimeout(IDLE_MS);
    const first = await timePanel(page, 'Trace ioi.prompt');
    const hovers: number[] = [];
    for (const word of HOVERED) hovers.push(await timeHover(page, word));
    await openFile(page, 'capitals.prompt');
    await page.waitForTimeout(IDLE_MS);
    const next = await timePanel(page, 'Trace capitals.prompt');
    const tables = await timeTables(page);
    // The rows before stand whatever becomes of these: what could not be measured is said, and prints as NaN.
    const units = await timeUnits(page).catch((error: unknown) => {
      console.error(`unit pages were not measured: ${String(error)}`);
      return { pages: [], steps: [], explainedHovers: [] };
    });
    return { activation: await activation(page), first, next, hovers, tables, ...units };
  } finally {
    await workbench.close();
  }
}

/** From the chosen palette entry to the headline's paint. */
async function timePanel(page: Page, title: string): Promise<number> {
  const command = 'Underglass: Trace Activations';
  await offerCommand(page, command);
  const started = performance.now();
  await page.keyboard.press('Enter');
  await painted(page, title);
  return performance.now() - started;
}

async function painted(page: Page, title: string): Promise<Frame> {
  const file = title.replace('Trace ', '');
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const frame = await webviewFrame(page, 'ug-trace');
    const text = await frame
      .locator('body')
      .innerText()
      .catch(() => '');
    if (text.includes('Next:') && text.includes(file)) return frame;
  }
  throw new Error(`${title} was not painted`);
}

/** Runs the debug view of the active file again and again. */
async function timeTables(page: Page): Promise<PaintedTable[]> {
  await runCommand(page, 'Underglass: Debug Target vs Distractor');
  const frame = await webviewFrame(page, 'ug-debug');
  await frame.locator('#nodes tbody tr[data-key]').nth(5).waitFor();
  const tables: PaintedTable[] = [];
  for (let run = 0; run < TABLES; run++) {
    // What is measured in the background is no part of a run.
    await page.waitForTimeout(REST_MS);
    tables.push(await timeTable(frame));
  }
  return tables;
}

/** Counted inside the page: "Run again" -> the table of the new run, drawn and painted. */
function timeTable(frame: Frame): Promise<PaintedTable> {
  return frame.evaluate(
    () =>
      new Promise<PaintedTable>((resolve) => {
        const started = performance.now();
        let answered = Number.NaN;
        window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          if (JSON.stringify(data).includes('"state":"ready"')) answered = performance.now();
        });
        const observer = new MutationObserver(() => {
          const isNew = !Number.isNaN(answered) && document.querySelector('main.dimmed') === null;
          const isRead = document.querySelector('#panel .reading[data-status="ready"]') !== null;
          if (!isNew || !isRead || document.querySelector('#nodes tr[data-key]') === null) return;
          observer.disconnect();
          // The first message after a frame comes when that frame is painted.
          requestAnimationFrame(() =>
            setTimeout(() => {
              const now = performance.now();
              resolve({ fromRun: now - started, fromAnswer: now - answered });
            }),
          );
        });
        observer.observe(document.body, { attributes: true, childList: true, subtree: true });
        document.querySelector<HTMLElement>('#button-refresh')?.click();
      }),
  );
}

/** Unit pages from an index, then hovers over a token whose latents are explained. */
async function timeUnits(page: Page): Promise<Pick<Measured, 'pages' | 'steps' | 'explainedHovers'>> {
  const units = await timeUnitPages(page);
  await openFile(page, 'ioi.prompt');
  await timePanel(page, 'Trace ioi.prompt');
  await page.waitForTimeout(REST_MS);
  const explainedHovers: number[] = [];
  for (const word of HOVERED) explainedHovers.push(await timeHover(page, word));
  return { ...units, explainedHovers };
}

/** Counted inside the page, so that the remote control's own waits are not: pointer at rest -> text in the hover. */
async function timeHover(page: Page, word: string): Promise<number> {
  await page.mouse.move(5, 5);
  await page.locator('.monaco-hover:visible .hover-contents').first().waitFor({ state: 'hidden' });
  const shown = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let rested = performance.now();
        document.addEventListener('mousemove', () => (rested = performance.now()), { capture: true });
        const observer = new MutationObserver(() => {
          const hover = document.querySelector('.monaco-hover:not(.hidden)');
          if (!hover?.textContent.includes('Probability')) return;
          observer.disconnect();
          resolve(performance.now() - rested);
        });
        observer.observe(document.body, { childList: true, subtree: true, characterData: true });
      }),
  );
  await hoverText(page, word);
  return (await shown) - HOVER_DELAY;
}

/** What VS Code itself measured for activate(): the page of running extensions says it. */
async function activation(page: Page): Promise<number> {
  await runCommand(page, 'Developer: Show Running Extensions');
  const row = page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Underglass' }).first();
  await row.waitFor();
  return Number(/Activation: (\d+)ms/.exec(await row.innerText())?.[1] ?? Number.NaN);
}
