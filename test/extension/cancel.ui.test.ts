import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { eventuallyEqual } from '../support/eventually.ts';
import { pressNotification } from '../support/host/quickPick.ts';
import { openWorkbench, type Workbench } from '../support/host/workbench.ts';
import { contextMenu, explorerRow, webviewFrame } from '../support/host/workbenchUi.ts';

const TRACE = 'Underglass: Trace Activations';

/** A run is made endless by stopping the engine's process: the person has all the time to cancel it. */
describe('a trace that is cancelled in VS Code', () => {
  let workbench: Workbench;
  let panel: Frame;
  let engine: number;

  before(async () => {
    workbench = await openWorkbench({ workspace: 'examples', size: { width: 1360, height: 860 } });
    const { page } = workbench;
    await contextMenu(page, explorerRow(page, 'ioi.prompt'), [TRACE]);
    panel = await webviewFrame(page, 'ug-trace .tok');
    engine = engineOf(workbench);
  });
  afterEach(() => {
    if (engine) process.kill(engine, 'SIGCONT');
  });
  after(() => workbench?.close());

  it('by the button in the panel, with the keyboard: the last trace stays, and runs again', async () => {
    const tokens = await panel.locator('.tok').count();
    await startEndlessTrace();
    await panel.locator('#cancel').press('Enter');
    await panel.locator('.notice.stale', { hasText: 'cancelled' }).waitFor();
    await eventuallyEqual(() => panel.locator('main.dimmed .tok').count(), tokens);
    process.kill(engine, 'SIGCONT');
    await panel.locator('#run').click();
    await panel.locator('main:not(.dimmed)').waitFor();
    await eventuallyEqual(() => panel.locator('.tok').count(), tokens);
  });

  it('by Cancel of the notification that appears when it takes long', async () => {
    await startEndlessTrace();
    await pressNotification(workbench.page, 'Tracing ioi.prompt', 'Cancel');
    await panel.locator('.notice.stale', { hasText: 'cancelled' }).waitFor();
    process.kill(engine, 'SIGCONT');
    await panel.locator('#run').click();
    await panel.locator('main:not(.dimmed)').waitFor();
  });

  async function startEndlessTrace(): Promise<void> {
    process.kill(engine, 'SIGSTOP');
    await panel.locator('#button-refresh').click();
    await panel.locator('.notice.loading').waitFor();
  }
});

/** Process id of the engine that belongs to a workbench: both have the same network log. */
function engineOf({ folder }: Workbench): number {
  const isEngine = (id: string): boolean => {
    const read = (name: string): string => readFileSync(path.join('/proc', id, name), 'utf8');
    try {
      return read('cmdline').includes('engine.cjs') && read('environ').includes(folder);
    } catch {
      // It has ended meanwhile, or belongs to somebody else.
      return false;
    }
  };
  const found = readdirSync('/proc').find((id) => /^\d+$/u.test(id) && isEngine(id));
  assert.ok(found);
  return Number(found);
}
