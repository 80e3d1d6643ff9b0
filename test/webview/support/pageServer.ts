/**
 * Serves a page to a browser as VS Code does: the host's own HTML with its strict policy, and behind
 * acquireVsCodeApi a host that is played by a page of this folder: see FAKE_HOSTS.
 *   npx tsx test/webview/support/pageServer.ts [debug]     prints the address and stays
 */
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { pageHtml, type PageParts } from '../../../src/host/panels/pageHtml.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** What VS Code puts before a page's own style. */
const WORKBENCH_STYLE =
  'body{background:var(--vscode-editor-background);color:var(--vscode-editor-foreground);font-family:var(--vscode-font-family);font-size:var(--vscode-font-size);margin:0;padding:0 20px}';

export interface PageServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** Pages, and who plays their host. */
const FAKE_HOSTS = {
  trace: 'fakeHost',
  debug: 'fakeDebugHost',
  many: 'fakeManyHost',
  unit: 'fakeUnitHost',
  browser: 'fakeBrowserHost',
  report: 'fakeReportHost',
} as const;
export type PageName = keyof typeof FAKE_HOSTS;

/** Builds the page and the fake host, and serves them on a free port of 127.0.0.1. */
export async function startPageServer(page: PageName): Promise<PageServer> {
  const { style, scripts } = await bundle(page);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname !== '/') {
      // The browser itself asks for an icon.
      response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end();
      return;
    }
    const html = pageHtml({ style: `${WORKBENCH_STYLE}\n${style}`, scripts });
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: originOf(server),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function bundle(page: PageName): Promise<PageParts> {
  const host = FAKE_HOSTS[page];
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [
      { in: `webview-ui/src/${page}/main.ts`, out: page },
      { in: `test/webview/support/${host}.page.ts`, out: host },
    ],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    outdir: 'out/page',
    write: false,
    loader: { '.ttf': 'dataurl' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const text = (name: string): string =>
    outputFiles.find((file) => path.basename(file.path) === name)?.text ?? '';
  return { style: text(`${page}.css`), scripts: [text(`${host}.js`), text(`${page}.js`)] };
}

function originOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const page = process.argv[2] === 'debug' ? 'debug' : 'trace';
  const server = await startPageServer(page);
  console.log(`${server.origin}/?case=ioi&theme=dark`);
}
