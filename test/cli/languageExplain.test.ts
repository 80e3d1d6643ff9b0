import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLanguageServer, type LanguageServer } from '../support/languageServer.ts';
import { TEST_KEY } from '../support/openTestLanguage.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';
import { invoke, type Invocation } from './invoke.ts';

const MODELS = join(import.meta.dirname, '..', '..', 'models');
const NAMES = [
  'UNDERGLASS_STORAGE',
  'UNDERGLASS_API_KEY',
  'UNDERGLASS_BASE_URL',
  'UNDERGLASS_LANGUAGE_MODEL',
  'OPENAI_API_KEY',
] as const;
type Variables = Partial<Record<(typeof NAMES)[number], string>>;

interface Shell {
  readonly folder: string;
  readonly server: LanguageServer;
  run(line: readonly string[], variables?: Variables): Promise<Invocation>;
}

describe('underglass explain with a language model', function () {
  this.timeout(120_000);

  it('asks the server that is named, once for everything, and prints the key nowhere', () =>
    withShell(async ({ folder, server, run }) => {
      const language = [
        '--language',
        'fake-1',
        '--base-url',
        server.baseUrl,
        '--samples',
        '1',
        '--per-split',
        '2',
      ];
      const line = ['explain', '--units', '3-res/48', '--scores', 'simulation', ...language, '--json'];
      const first = await run(line, { UNDERGLASS_API_KEY: TEST_KEY });
      assert.equal(first.code, 0, first.err);
      const record = JSON.parse(first.out) as Readonly<Record<string, unknown>>;
      assert.deepEqual(
        [record['unit'], record['explainer'], record['simulator']],
        ['3-res/48', 'fake-1', 'fake-1'],
      );
      const sent = server.requests.length;
      assert.ok(sent > 0);
      const again = await run([...line, '--redo'], { OPENAI_API_KEY: TEST_KEY });
      assert.equal(again.code, 0, again.err);
      assert.equal(server.requests.length, sent);
      server.next({ kind: 'quote-key' });
      const failed = await run(['explain', '--units', '3-res/60', ...language], {
        UNDERGLASS_API_KEY: TEST_KEY,
      });
      assert.match(failed.out + failed.err, /401/);
      const said = [first, again, failed].map(({ out, err }) => out + err);
      for (const text of [...said, ...(await filesBelow(folder))]) assert.ok(!text.includes(TEST_KEY));
    }));

  it('sends nothing when no model is named, whatever keys there are', () =>
    withShell(async ({ server, run }) => {
      const variables = {
        OPENAI_API_KEY: TEST_KEY,
        UNDERGLASS_API_KEY: TEST_KEY,
        UNDERGLASS_BASE_URL: server.baseUrl,
      };
      const line = ['explain', '--units', '3-res/48', '--scores', 'simulation', '--json'];
      const real = globalThis.fetch;
      globalThis.fetch = () => assert.fail('something was sent');
      try {
        const offline = await run(line, variables);
        assert.equal(offline.code, 0, offline.err);
        const { explainer } = JSON.parse(offline.out) as Readonly<Record<string, unknown>>;
        assert.equal(explainer, 'summary');
        const asked = await run([...line, '--explainer', 'language'], variables);
        assert.notEqual(asked.code, 0);
        assert.match(asked.err, /nothing was sent/);
        const nowhere = await run([...line, '--language', 'gpt-4o'], { OPENAI_API_KEY: TEST_KEY });
        assert.notEqual(nowhere.code, 0);
        assert.match(nowhere.err, /--base-url/);
      } finally {
        globalThis.fetch = real;
      }
      assert.equal(server.requests.length, 0);
    }));
});

async function withShell(use: (shell: Shell) => Promise<void>): Promise<void> {
  const server = await startLanguageServer({ key: TEST_KEY });
  const before = NAMES.map((name) => [name, process.env[name]] as const);
  try {
    await withTemporaryFolder(async (folder) => {
      const run = async (line: readonly string[], variables: Variables = {}): Promise<Invocation> => {
        for (const name of NAMES) delete process.env[name];
        Object.assign(process.env, variables, { UNDERGLASS_STORAGE: join(folder, 'storage') });
        return invoke(line, { cwd: folder, models: MODELS });
      };
      const scanned = await run(['scan', '--families', '3-res', '--max-tokens', '20000']);
      assert.equal(scanned.code, 0, scanned.err);
      await use({ folder, server, run });
    });
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await server.close();
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  assert.ok(files.some(({ parentPath }) => parentPath.includes('.underglass')));
  return Promise.all(files.map(async ({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')));
}
