import assert from 'node:assert/strict';
import { importsOf, judge } from '../../../scripts/zones.ts';

describe('import zones', () => {
  const check = (file: string, statement: string, expected: 'allowed' | RegExp) => {
    it(`${file}: ${statement}`, () => {
      const [entry, ...others] = importsOf(statement);
      assert.ok(entry !== undefined && others.length === 0, 'one import in the statement');
      const problem = judge(file, entry);
      if (expected === 'allowed') assert.equal(problem, undefined);
      else assert.match(problem ?? 'nothing found', expected);
    });
  };

  check('src/core/model/hooks.ts', "import { bug } from '../errors.ts';", 'allowed');
  check('src/core/model/hooks.ts', "import type { Trace } from '../trace/trace.ts';", /stands above it/u);
  check('src/core/model/hooks.ts', "import { readFileSync } from 'node:fs';", /src\/core may use/u);
  check('src/core/model/hooks.ts', "import fs from 'fs';", /src\/core may use/u);
  check('src/core/model/hooks.ts', "import type { Uri } from 'vscode';", /src\/core may use/u);
  check('src/core/colours/scale.ts', "import { bug } from '../errors.ts';", /lies in no rank of core/u);
  check(
    'src/core/sae/config.ts',
    "const later = () => import('../../runtime/ort/ortSessions.ts');",
    /may import nothing/u,
  );
  check('src/protocol/wireError.ts', "import type { Token } from '../core/tokens/token.ts';", 'allowed');
  check('src/protocol/wireError.ts', "import { type Token } from '../core/tokens/token.ts';", 'allowed');
  check(
    'src/protocol/wireError.ts',
    "import { split, type Token } from '../core/tokens/token.ts';",
    /may import src\/core\/errors/u,
  );
  check('src/host/extension.ts', "import * as vscode from 'vscode';", 'allowed');
  check('src/host/extension.ts', "import { Engine } from '../engine/engine.ts';", /src\/host may import/u);
  check('src/engine/main.ts', "import * as vscode from 'vscode';", /src\/engine may use/u);
  check('src/cli/main.ts', "import { trace } from '../engine/jobs.ts';", 'allowed');
  check('src/cli/main.ts', "import { serve } from '../engine/main.ts';", /src\/cli may import/u);
  check(
    'webview-ui/src/trace/main.ts',
    "import '@vscode-elements/elements/dist/vscode-button/index.js';",
    'allowed',
  );
  check(
    'webview-ui/src/trace/main.ts',
    "import { host } from '../../../src/host/extension.ts';",
    /webview-ui\/src may import/u,
  );
  check('src/elsewhere/x.ts', "import { bug } from '../core/errors.ts';", /lies in no zone/u);

  it('sees imports that span lines, and none in comments', () => {
    const text =
      "// import { a } from 'a'\nimport {\n  type B,\n  type C,\n} from './b.ts';\nexport { d } from './d.ts';\n";
    assert.deepEqual(importsOf(text), [
      { specifier: './b.ts', typeOnly: true },
      { specifier: './d.ts', typeOnly: false },
    ]);
  });
});
