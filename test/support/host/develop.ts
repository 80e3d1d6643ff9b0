import path from 'node:path';
import type { Page } from 'playwright-core';
import type { Server } from '../../../scripts/host/server.ts';

export interface Development {
  /** Folder of the extension to load, as a developer's extension. */
  readonly extension: string;
  /** CommonJS file whose `run` the extension host calls, instead of waiting for a person. */
  readonly tests?: string;
}

/**
 * Loads an extension from its folder, and the network watch with it. The workbench takes this from the configuration that stands in its page, for
 * which code-server has no flag: it is put in before the workbench's first script runs.
 */
export async function developExtension(page: Page, server: Server, options: Development): Promise<void> {
  const uri = (file: string) => ({ scheme: 'vscode-remote', authority: server.authority, path: file });
  const networkWatch = path.join(import.meta.dirname, 'networkWatch');
  const developmentOptions = {
    extensions: [networkWatch, options.extension].map(uri),
    ...(options.tests === undefined ? {} : { extensionTestsPath: uri(options.tests) }),
  };
  await page.addInitScript((development) => {
    if (window !== window.top) return;
    const observer = new MutationObserver(() => {
      const meta = document.getElementById('vscode-workbench-web-configuration');
      if (meta === null) return;
      observer.disconnect();
      const settings = JSON.parse(meta.dataset['settings'] ?? '{}') as object;
      meta.dataset['settings'] = JSON.stringify({ ...settings, developmentOptions: development });
    });
    observer.observe(document, { childList: true, subtree: true });
  }, developmentOptions);
}
