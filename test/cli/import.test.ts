import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHubSettings } from '../../src/runtime/hub/settings.ts';
import { startHubServer, type HubServer } from '../support/hubServer.ts';
import { openaiExplanations } from '../support/publishedSamples.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';
import { testClock } from '../support/testClock.ts';
import { invoke, type Invocation, type Surroundings } from './invoke.ts';

type Run = (argv: readonly string[], around?: Partial<Surroundings>) => Promise<Invocation>;

const PATH = '/neuron-explainer/gpt2_small_data/explanations/5';

function withHost(use: (run: Run, server: HubServer, cwd: string) => Promise<void>): () => Promise<void> {
  return () =>
    withTemporaryFolder(async (cwd) => {
      const server = await startHubServer();
      for (const neuron of [0, 1, 2]) {
        const text = openaiExplanations(5, neuron, `thing ${neuron}`, 0.25);
        server.addBlob(`${PATH}/${neuron}.jsonl`, Buffer.from(text));
      }
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

const ASKED = ['import', 'openai/gpt2-small', '--units', 'L5N0,L5N1,L5N2'];

describe('underglass import of what is published', () => {
  it(
    'shows size, note and place, asks, and does nothing after a no',
    withHost(async (run, server, cwd) => {
      const dry = await run([...ASKED, '--dry-run']);
      assert.equal(dry.code, 0, dry.err);
      assert.match(dry.out, /brings {3}explanations of 3 units/);
      assert.match(dry.out, /kB in 3 files to download/);
      assert.match(dry.out, /GELU/);
      const no = await run(ASKED, { answer: 'n' });
      assert.equal(no.code, 130);
      assert.match(no.err, /Download it\? \[y\/N\]/);
      assert.deepEqual(server.contents(), []);
      assert.equal(existsSync(join(cwd, 'store')), false);
    }),
  );

  it(
    'of what holds nothing, says what it looked for, and leaves no empty set',
    withHost(async (run, _server, cwd) => {
      await mkdir(join(cwd, 'empty'));
      const none = await run(['import', 'empty', '--model', 'gpt2-small']);
      assert.equal(none.code, 1);
      assert.match(none.err, /There is no \.json or \.jsonl file in it\. \[explain\/malformed\]/);
      await writeFile(join(cwd, 'empty', 'a.jsonl'), '{"a": 1}\n');
      const odd = await run(['import', 'empty', '--model', 'gpt2-small']);
      assert.match(odd.err, /a\.jsonl/);
      const unknown = await run(['import', 'openia']);
      assert.match(unknown.err, /\[published\/unknown\]\nRun `underglass import openai`/);
      assert.equal((await run(['models'])).out, 'No models found.\n');
    }),
  );

  it(
    'imports, lists and removes',
    withHost(async (run, server) => {
      const done = await run(ASKED, { answer: 'y' });
      assert.equal(done.code, 0, done.err);
      assert.match(done.out, /Imported openai\/gpt2-small for gpt2-small: 3 explanations/);
      assert.equal(server.contents().length, 3);
      assert.match((await run([...ASKED, '--dry-run'])).out, /all of it is here already/);
      assert.match((await run(ASKED)).out, /^Nothing new: openai\/gpt2-small is here for gpt2-small/m);
      assert.match((await run(['models'])).out, /openai\/gpt2-small +gpt2-small/);
      const removed = await run(['remove', 'openai/gpt2-small', '--yes']);
      assert.match(removed.out, /Removed openai\/gpt2-small/);
      assert.equal((await run(['remove', 'openai/gpt2-small', '--yes'])).code, 1);
    }),
  );

  it(
    'prints JSON, and lists the sets of a publisher',
    withHost(async (run, _, cwd) => {
      const listed = await run(['import', 'openai', '--dry-run', '--json']);
      const { choices } = JSON.parse(listed.out) as { choices: { id: string }[] };
      assert.ok(choices.some(({ id }) => id === 'openai/gpt2-xl'));
      assert.equal((await run(['import', 'openai'])).code, 1);
      await writeFile(join(cwd, 'copy.jsonl'), openaiExplanations(1, 2, 'mine', 0.5));
      const own = await run(['import', 'copy.jsonl', '--units', 'L1N2', '--model', 'other', '--json']);
      const { done } = JSON.parse(own.out) as { done: { explanations: number; model: string } };
      assert.deepEqual([done.explanations, done.model], [1, 'other']);
    }),
  );
});
