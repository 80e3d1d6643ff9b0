/** The end of `npm start` where there is no desktop VS Code: the examples in VS Code in the browser, on 127.0.0.1 only. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { HOST_FOLDER, installCodeServer, whyNoCodeServer } from '../host/codeServer.ts';
import { folderUrl, startServer } from '../host/server.ts';
import { ROOT } from '../test/files.ts';
import type { Server } from '../host/server.ts';

const whyNot = whyNoCodeServer();
if (whyNot !== undefined) {
  console.log('\nThe trace is done, but there is no "code" command on the PATH to open the examples with.');
  console.log(
    `${whyNot}\nNext: in VS Code run "Shell Command: Install 'code' command in PATH", then npm start again.`,
  );
  process.exit(1);
}
try {
  await serve();
} catch (error) {
  console.error(
    `\nVS Code in the browser could not be started.\n${error instanceof Error ? error.message : String(error)}`,
  );
  console.error(
    'Next: check the network and 1 GB of free disk space, then npm start again; or install VS Code.',
  );
  process.exit(1);
}

async function serve(): Promise<void> {
  const codeServer = await installCodeServer(console.log);
  const folder = path.join(HOST_FOLDER, 'start');
  linkExtension(path.join(folder, 'extensions'));
  const server = await startServer({ codeServer, folder, trustWorkspaces: true });
  const url = folderUrl(server, path.join(ROOT, 'examples'));
  console.log(`\nUnderglass in VS Code: ${url}`);
  console.log('Right-click a .prompt file > Trace Activations. Ctrl+C ends it.');
  openBrowser(url);
  await untilEnded(server);
}

/** The extension is installed by a link, so that a build is seen after a reload of the window. */
function linkExtension(extensions: string): void {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  rmSync(extensions, { recursive: true, force: true });
  mkdirSync(extensions, { recursive: true });
  symlinkSync(
    ROOT,
    path.join(extensions, `${manifest['publisher']}.${manifest['name']}-${manifest['version']}`),
  );
}

/** Where there is a display; the address is printed in any case. */
function openBrowser(url: string): void {
  if (process.env['DISPLAY'] === undefined && process.env['WAYLAND_DISPLAY'] === undefined) return;
  const child = spawn('xdg-open', [url], { stdio: 'ignore', detached: true });
  child.once('error', () => undefined);
  child.unref();
}

async function untilEnded(server: Server): Promise<void> {
  let asked = false;
  const stop = (): void => {
    asked = true;
    void server.stop();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await server.ended;
  if (asked) process.exit(0);
  throw new Error('code-server ended by itself.');
}
