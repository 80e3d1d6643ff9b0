import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHubSettings } from '../../src/runtime/hub/settings.ts';
import { startHubServer, type HubServer } from '../support/hubServer.ts';
import { modelRepository, saeRepository } from '../support/publishedFiles.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';
import { testClock } from '../support/testClock.ts';
import { invoke, type Invocation, type Surroundings } from './invoke.ts';

let model: Record<string, Buffer>;
before(async () => {
  model = await modelRepository();
});

type Run = (argv: readonly string[], around?: Partial<Surroundings>) => Promise<Invocation>;

function withHost(use: (run: Run, server: HubServer, cwd: string) => Promise<void>): () => Promise<void> {
  return () =>
    withTemporaryFolder(async (cwd) => {
      const server = await startHubServer();
      server.add('someone/tiny', { licence: 'mit', files: model });
      const hub = { clock: testClock(), settings: () => readHubSettings(server.environment, cwd) };
      try {
        await use(
          ([command = '', ...rest], around) =>
            invoke([command, ...rest, '--storage', 'store'], { cwd, hub, ...around }),
          server,
          cwd,
        );
      } finally {
        await server.close();
      }
    });
}

/** Whether files' contents were asked of the host that keeps them. */
const fetched = ({ requests }: HubServer): boolean => requests.some(({ host }) => host === 'cdn');

describe('underglass add', () => {
  it(
    '--dry-run shows size, licence and place, and does nothing',
    withHost(async (run, server, cwd) => {
      const { code, out, err } = await run(['add', 'someone/tiny', '--dry-run']);
      assert.equal(code, 0, err);
      assert.match(out, /licence {2}mit/);
      assert.match(out, /kB to download/);
      assert.ok(out.includes(join('store', 'models', 'someone--tiny')));
      assert.equal(fetched(server), false);
      assert.equal(existsSync(join(cwd, 'store')), false);
    }),
  );

  it(
    'asks, and does nothing after a no',
    withHost(async (run, server) => {
      const { code, err } = await run(['add', 'someone/tiny'], { answer: 'n' });
      assert.equal(code, 130);
      assert.match(err, /Add it\? \[y\/N\]/);
      assert.equal(fetched(server), false);
    }),
  );

  it(
    'where nobody can be asked, it shows and stops',
    withHost(async (run, server) => {
      const { code, out, err } = await run(['add', 'someone/tiny']);
      assert.equal(code, 2);
      assert.match(out, /licence/);
      assert.match(err, /--yes/);
      assert.equal(fetched(server), false);
    }),
  );

  it(
    'adds after a yes; the model is listed and opens by name; remove takes it away',
    withHost(async (run, _server, cwd) => {
      const added = await run(['add', 'someone/tiny'], { answer: 'y' });
      assert.equal(added.code, 0, added.err);
      assert.match(added.out, /Added someone--tiny \(git digest verified, sha256 verified\)/);
      const listed = await run(['models']);
      assert.match(listed.out, /someone--tiny {2}installed/);
      await writeFile(join(cwd, 'a.prompt'), 'Ann');
      const before_ = process.env['UNDERGLASS_STORAGE'];
      process.env['UNDERGLASS_STORAGE'] = join(cwd, 'store');
      try {
        const traced = await invoke(['trace', 'a.prompt', '--model', 'someone--tiny'], { cwd });
        assert.equal(traced.code, 0, traced.err);
      } finally {
        if (before_ === undefined) delete process.env['UNDERGLASS_STORAGE'];
        else process.env['UNDERGLASS_STORAGE'] = before_;
      }
      const again = await run(['add', 'someone/tiny', '--yes']);
      assert.match(again.out, /installed already/);
      const removed = await run(['remove', 'someone--tiny', '--yes']);
      assert.equal(removed.code, 0, removed.err);
      assert.match(removed.out, /Removed someone--tiny/);
      assert.equal((await run(['models'])).out, 'No models found.\n');
      assert.equal((await run(['remove', 'someone--tiny', '--yes'])).code, 1);
    }),
  );

  it(
    'knows a model by its repository too, and asks before it removes what another name means',
    withHost(async (run, server) => {
      await run(['add', 'someone/tiny', '--yes']);
      const verified = await run(['verify', 'someone/tiny']);
      assert.match(`${verified.out}${verified.err}`, /someone--tiny/);
      const absent = await run(['verify', 'someone/other']);
      assert.match(absent.err, /someone\/other is neither a folder nor a model that was added/);
      server.add('openai-community/gpt2', { files: model });
      await run(['add', 'gpt2@main', '--yes']);
      for (const [typed, id] of [
        ['someone/tiny', 'someone--tiny'],
        ['gpt2', 'gpt2-small'],
      ] as const) {
        const no = await run(['remove', typed], { answer: 'n' });
        assert.equal(no.code, 130, no.err);
        assert.ok(no.out.startsWith(`  ${id}  15`), no.out);
        assert.match((await run(['remove', typed, '--yes'])).out, new RegExp(`Removed ${id} `));
      }
      assert.equal((await run(['models'])).out, 'No models found.\n');
    }),
  );

  it(
    'Ctrl-C pauses; the list tells what goes on with it; remove asks, and takes it away',
    withHost(async (run, server) => {
      const cancel = new AbortController();
      const small = Object.keys(model).length - 1;
      // The configuration is read once to look at it, and comes first again.
      server.next(...Array.from({ length: small + 2 }, () => null), { kind: 'hold', after: 50_000 });
      server.onHold(() => cancel.abort());
      const added = await run(['add', 'someone/tiny', '--yes'], { signal: cancel.signal });
      assert.equal(added.code, 130, added.err);
      assert.match(added.err, /^underglass: Paused\. What is done is kept; the same command goes on\./m);
      const listed = await run(['models']);
      assert.match(listed.out, /not whole yet .*\n {2}someone--tiny .*underglass add someone\/tiny/);
      const no = await run(['remove', 'someone/tiny'], { answer: 'n' });
      assert.match(no.out, /someone\/tiny, not whole: .* are here/);
      assert.equal(no.code, 130);
      assert.match((await run(['remove', 'someone/tiny', '--yes'])).out, /Removed someone--tiny \(\d/);
      assert.equal((await run(['models'])).out, 'No models found.\n');
    }),
  );

  it(
    'lists SAEs whose model was not added',
    withHost(async (run, server) => {
      const hook_name = 'blocks.1.hook_resid_pre';
      const options = { architecture: 'standard', hook_name, d_in: 32, form: 'flat' } as const;
      server.add('jbloom/GPT2-Small-SAEs-Reformatted', { files: await saeRepository(hook_name, options) });
      const added = await run(['add', 'gpt2-small/1-res-jb', '--yes']);
      assert.equal(added.code, 0, added.err);
      assert.match(added.err, /gpt2-small, its model, cannot be added along: /);
      assert.match(added.out, /\nNext: underglass add gpt2-small\n$/);
      assert.match((await run(['models'])).out, /SAEs without their model .*\n {2}gpt2-small\/1-res-jb/);
    }),
  );

  /** A host of GPT-2 small and of its `res-jb` SAEs of these layers. */
  const withSaes = (
    layers: readonly number[],
    use: (run: Run, server: HubServer) => Promise<void>,
  ): (() => Promise<void>) =>
    withHost(async (run, server) => {
      server.add('openai-community/gpt2', { files: model });
      const saes = layers.map((layer) => {
        const hook_name = `blocks.${layer}.hook_resid_pre`;
        return saeRepository(hook_name, { architecture: 'standard', hook_name, d_in: 32, form: 'flat' });
      });
      server.add('jbloom/GPT2-Small-SAEs-Reformatted', {
        files: Object.assign({}, ...(await Promise.all(saes))) as Record<string, Buffer>,
      });
      await use(run, server);
    });

  it(
    'a latent of a model that is not here: both are shown, added and named in the next command',
    withSaes([1], async (run, server) => {
      const latent = ['add', 'gpt2-small/1-res-jb/3', '--model', 'gpt2@main'];
      const shown = await run([...latent, '--dry-run']);
      assert.equal(shown.code, 0, shown.err);
      assert.match(
        shown.out,
        /blocks\.1\.hook_resid_pre\n[^]*\nGPT-2 small\n[^]*\nTogether: [\d.]+ kB to download/,
      );
      assert.equal(fetched(server), false);
      const no = await run(latent, { answer: 'n' });
      assert.match(no.err, /Add it with the model\? \[y\/N, s = the SAE alone\] /);
      assert.equal(no.code, 130);
      const added = await run([...latent, '--yes']);
      assert.equal(added.code, 0, added.err);
      assert.match(added.out, /Added gpt2-small \([^]*Added gpt2-small\/1-res-jb \(/);
      assert.match(added.out, /\nNext: underglass unit 1-res-jb\/3 --model gpt2-small\n$/);
      const again = await run([...latent, '--yes']);
      assert.match(again.out, /installed already[^]*\nNext: underglass unit 1-res-jb\/3/);
    }),
  );

  it(
    'the SAE alone, when that is the answer; its model another time',
    withSaes([1], async (run) => {
      const alone = await run(['add', 'gpt2-small/1-res-jb', '--model', 'gpt2@main'], { answer: 's' });
      assert.equal(alone.code, 0, alone.err);
      assert.match(alone.out, /Added gpt2-small\/1-res-jb .*\n.*\nNext: underglass add gpt2-small\n$/);
      const both = await run(['add', 'gpt2-small/1-res-jb', '--model', 'gpt2@main'], { answer: 'y' });
      assert.match(both.out, /Added gpt2-small \(.*\n.*\nNext: underglass sae gpt2-small\/1-res-jb\n$/);
      assert.equal(both.out.match(/^Added/gm)?.length, 1);
    }),
  );

  it(
    'all of a release by NAME/*, asked once',
    withSaes([0, 1, 2], async (run, server) => {
      const all = ['add', 'jbloom/GPT2-Small-SAEs-Reformatted/*', '--model', 'gpt2@main'];
      const shown = await run([...all, '--dry-run', '--json']);
      const plan = (JSON.parse(shown.out) as { plan: { kind: string }[] }).plan.map(({ kind }) => kind);
      assert.deepEqual(plan, ['sae', 'sae', 'sae', 'model']);
      assert.equal(fetched(server), false);
      const done = await run(all, { answer: 'y' });
      assert.equal(done.code, 0, done.err);
      assert.equal(done.err.match(/\[y\/N/g)?.length, 1);
      assert.match(done.err, /Add all 3 with the model\?/);
      assert.match(done.out, /blocks\.2\.hook_resid_pre {2}[\d.]+ kB in 2 files/);
      assert.equal(done.out.match(/^Added/gm)?.length, 4);
      assert.match(done.out, /\nNext: underglass sae --list --model gpt2-small\n$/);
      const partly = await run(['add', 'gpt2-small-res-jb/*', '--dry-run']);
      assert.match(partly.err, /holds no SAE at blocks\.3\.hook_resid_pre\. \[hub\/not-found\]/);
    }),
  );

  it(
    '--json is one object',
    withHost(async (run) => {
      const { out } = await run(['add', 'someone/tiny', '--yes', '--json']);
      const object = JSON.parse(out) as {
        version: number;
        found: { kind: string };
        installed: { id: string };
      };
      assert.deepEqual(
        [object.version, object.found.kind, object.installed.id],
        [1, 'model', 'someone--tiny'],
      );
    }),
  );

  it(
    'lists the SAEs of a release that was named alone',
    withHost(async (run) => {
      const { code, out, err } = await run(['add', 'gpt2-small-res-jb', '--yes']);
      assert.equal(code, 1);
      assert.match(out, /gpt2-small-res-jb\/blocks\.6\.hook_resid_pre {2}.*24576 latents {2}151\.0 MB/);
      assert.match(
        err,
        /13 SAEs: name one of them, or all by "gpt2-small-res-jb\/\*" \(in quotes\)\. \[hub\/several/,
      );
      assert.equal((await run(['add', 'gpt2-small-res-jb', '--dry-run'])).code, 0);
    }),
  );

  const fails = (title: string, argv: readonly string[], code: number, words: RegExp): void => {
    it(
      title,
      withHost(async (run) => {
        const done = await run(argv);
        assert.equal(done.code, code, done.err);
        assert.match(done.err, words);
      }),
    );
  };
  fails('a name close to one', ['add', 'gpt2-smal'], 1, /Did you mean "gpt2-small"\? \[hub\/unknown\]/);
  fails('what is not there', ['add', 'no/body', '--yes'], 1, /Repository not found\. \[hub\/not-found\]/);
  fails('a model is no list', ['add', 'someone/tiny/*', '--yes'], 1, /is a model, and holds no SAEs/);
  fails('no name', ['add'], 2, /add wants a name/);
  fails('two names', ['remove', 'a', 'b'], 2, /remove takes one name/);
  fails('flags that exclude each other', ['add', 'a', '--yes', '--dry-run'], 2, /exclude/);
  fails('a model that was not added', ['models', '--top', '3'], 2, /no --top/);
});
