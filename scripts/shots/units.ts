import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import {
  answerInput,
  notification,
  pickOnly,
  pickRow,
  pressNotification,
  quickInput,
} from '../../test/support/host/quickPick.ts';
import type { Workbench } from '../../test/support/host/workbench.ts';
import { openSideBar, runCommand, webviewFrame } from '../../test/support/host/workbenchUi.ts';
import type { Shoot } from './models.ts';

/** The first index of a window is made within this time. */
const INDEX_MS = 180_000;
/** Units of a family are explained for so long: enough of them for a report. */
const EXPLAIN_MS = 15_000;
/** VS Code folds a side bar for so long. */
const FOLD_MS = 900;
/** Sentences of a text whose scan takes long enough to be seen. */
const SENTENCES = 20_000;

/** What units do: pages of a neuron, a latent and a head, the feature browser, the report and a card to rate. */
export async function shootUnits({ page }: Workbench, shoot: Shoot): Promise<void> {
  await runCommand(page, 'Underglass: Open Neuron…');
  await answerInput(page, 'Open which unit?', 'L3N18');
  const frame = await webviewFrame(page, 'ug-unit');
  await frame.locator('#pane ug-window').nth(2).waitFor({ timeout: INDEX_MS });
  await shoot('unit');
  await runCommand(page, 'Underglass: Explain Neuron');
  await pickRow(page, 'In plain words', 'Explain units of');
  // The evidence opens by itself once the words are scored.
  await frame.locator('#scored-windows ug-window').first().waitFor({ timeout: INDEX_MS });
  await shoot('unit-explained');
  await frame.locator('#close-evidence').click();
  await frame.locator('#tab-weights').click();
  await frame.locator('#pane tbody tr').nth(8).waitFor();
  await shoot('unit-weights');
  await frame.locator('#go-to input').fill('L2H2');
  await frame.locator('#go-to input').press('Enter');
  await frame.locator('#unit-id', { hasText: 'L2H2' }).waitFor();
  await frame.locator('#tab-examples').click();
  await frame.locator('#pane ug-window').first().waitFor();
  await shoot('unit-head');
  await shootOwnWords(page, shoot);
  for (const family of ['2-mlp-neurons', '2-res']) await explainFamily(page, family);
  await openSideBar(page, 'Underglass');
  await (await webviewFrame(page, 'ug-browser .unit-row')).locator('.unit-row').nth(3).waitFor();
  await shoot('features');
  await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
  await page.waitForTimeout(FOLD_MS);
  await runCommand(page, 'Underglass: Open the Report of Explanations');
  await (await webviewFrame(page, 'ug-report #panel')).locator('#panel canvas').first().waitFor();
  await shoot('report');
  await runCommand(page, 'Underglass: Rate Units Blindly');
  const rate = await webviewFrame(page, 'ug-report #setup');
  await rate.locator('#deal').click();
  await rate.locator('#card').waitFor();
  await shoot('rate');
  await runCommand(page, 'View: Close All Editors');
}

/** Offline, as a person does it: for a while, then Cancel, which keeps what was done. */
async function explainFamily(page: Page, family: string): Promise<void> {
  await runCommand(page, 'Notifications: Clear All Notifications');
  await runCommand(page, 'Underglass: Explain Layer…');
  await pickOnly(page, [family], 'Explain which units');
  await pickRow(page, 'In plain words', 'Explain units of');
  await page.waitForTimeout(EXPLAIN_MS);
  await pressNotification(page, 'Explaining', 'Cancel');
  await notification(page, /Explained|Cancelled/u).waitFor({ timeout: INDEX_MS });
  await runCommand(page, 'Notifications: Clear All Notifications');
}

/** "Explain it yourself": the model's words are hidden until one's own are scored. */
async function shootOwnWords(page: Page, shoot: Shoot): Promise<void> {
  const frame = await webviewFrame(page, 'ug-unit');
  await frame.locator('#go-to input').fill('L3N18');
  await frame.locator('#go-to input').press('Enter');
  await frame.locator('#unit-id', { hasText: 'L3N18' }).waitFor();
  await frame.locator('#game').click();
  await frame.locator('.hidden-words').waitFor();
  await shoot('unit-game');
  await frame.locator('#own-words').fill('names of people');
  await frame.locator('#own-words').press('Enter');
  await frame.locator('.game-answer').waitFor({ timeout: INDEX_MS });
  await shoot('unit-own');
}

/** A folder of the workspace: what will be done, how far it is, and that it can be gone on with. */
export async function shootScan({ page, workspace }: Workbench, shoot: Shoot): Promise<void> {
  const line = (at: number): string => `Mary and John met at ${at % 12}, and Anna gave a book to Tom.`;
  writeFileSync(
    path.join(workspace, 'long.txt'),
    Array.from({ length: SENTENCES }, (_, at) => line(at)).join('\n\n'),
  );
  await runCommand(page, 'Underglass: Scan Corpus');
  await pickRow(page, 'examples', 'Text to scan');
  await shoot('scan-units');
  await pickOnly(page, ['1-mlp-neurons'], 'Units to record');
  await quickInput(page, 'Ready to scan').locator('.monaco-list-row').first().waitFor();
  await shoot('scan-ready');
  await pickRow(page, 'Scan', 'Ready to scan');
  await notification(page, /tokens\/s/u).waitFor({ timeout: INDEX_MS });
  await shoot('scan');
  await pressNotification(page, 'Scanning with', 'Cancel');
  await notification(page, 'The scan is paused').waitFor({ timeout: INDEX_MS });
  await shoot('scan-paused');
}
