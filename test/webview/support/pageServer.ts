/**
 * Serves the trace page to a browser as VS Code does: a page of its own origin under the strict policy, with a
 * host behind acquireVsCodeApi, here played by fakeHost.page.ts.
 *   npx tsx test/webview/support/pageServer.ts     prints the address and stays
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '../../..');

const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
};

export interface PageServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** Builds the page and the fake host, and serves them on a free port of 127.0.0.1. */
export async function startPageServer(): Promise<PageServer> {
  const files = await bundle();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = pathname.slice(1);
    const file = files.get(name);
    if (name !== '' && file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const headers = { 'content-type': TYPES[path.extname(name)] ?? 'text/html; charset=utf-8' };
    response.writeHead(200, headers).end(file ?? html(originOf(server)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: originOf(server),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function bundle(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [
      { in: 'webview-ui/src/trace/main.ts', out: 'trace' },
      { in: 'test/webview/support/fakeHost.page.ts', out: 'fakeHost' },
    ],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    outdir: 'out/page',
    write: false,
    loader: { '.ttf': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return new Map(outputFiles.map((file) => [path.basename(file.path), file.contents]));
}

function originOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
}

/** The same policy and the same parts as the host's page. */
function html(origin: string): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    `default-src 'none'`,
    `img-src ${origin} data:`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${origin} 'nonce-${nonce}'`,
    `font-src ${origin}`,
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style nonce="${nonce}">body{background:var(--vscode-editor-background);color:var(--vscode-editor-foreground);font-family:var(--vscode-font-family);font-size:var(--vscode-font-size);margin:0;padding:0 20px}</style>
<link rel="stylesheet" href="${origin}/trace.css">
<title>Trace</title>
</head>
<body>
<script nonce="${nonce}" src="${origin}/fakeHost.js"></script>
<script nonce="${nonce}" src="${origin}/trace.js"></script>
</body>
</html>`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = await startPageServer();
  console.log(`${server.origin}/?case=ioi&theme=dark`);
}
