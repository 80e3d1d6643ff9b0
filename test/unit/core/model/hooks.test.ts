import assert from 'node:assert/strict';
import { allHooks, hookShape, resolveHook } from '../../../../src/core/model/hooks.ts';
import { expectError } from '../../../support/expectError.ts';

const MODEL = { n_layers: 12 };

describe('resolveHook', () => {
  const check = (asked: string, expected: string): unknown =>
    it(`${asked} -> ${expected}`, () => assert.equal(resolveHook(MODEL, asked).name, expected));
  check('blocks.3.hook_resid_post', 'blocks.3.hook_resid_post');
  check('resid_post3', 'blocks.3.hook_resid_post');
  check('k6', 'blocks.6.attn.hook_k');
  check('pre5', 'blocks.5.mlp.hook_pre');
  check('mlp_out11', 'blocks.11.hook_mlp_out');
  check('scale4ln1', 'blocks.4.ln1.hook_scale');
  check('normalized0ln2', 'blocks.0.ln2.hook_normalized');
  check('attn2', 'blocks.2.attn.hook_pattern');
  check('pattern7attn', 'blocks.7.attn.hook_pattern');
  check('mlp_post1', 'blocks.1.mlp.hook_post');
  check('embed', 'hook_embed');
  check('normalized', 'ln_final.hook_normalized');
  check('blocks.2.attn.o.hook_in', 'blocks.2.attn.hook_z');
  check('blocks.2.hook_out', 'blocks.2.hook_resid_post');

  for (const asked of ['', 'resid', 'blocks.x.hook_z', 'blocks.1.hook_nothing', 'scale4', '__proto__', 'k']) {
    it(`refuses "${asked}"`, () => expectError(() => resolveHook(MODEL, asked), 'hook/unknown'));
  }
  it('refuses a layer that the model has not', () =>
    expectError(() => resolveHook(MODEL, 'resid_post12'), 'hook/unknown', '12', '0 to 11'));
});

describe('allHooks', () => {
  it('lists every hook once, in order of computation, and each resolves to itself', () => {
    const hooks = allHooks({ n_layers: 2 });
    assert.equal(hooks.length, 2 * 17 + 4);
    assert.equal(new Set(hooks.map(({ name }) => name)).size, hooks.length);
    for (const { name } of hooks) assert.equal(resolveHook({ n_layers: 2 }, name).name, name);
    assert.equal(hooks[0]?.name, 'hook_embed');
    assert.equal(hooks.at(-1)?.name, 'ln_final.hook_normalized');
  });

  it('gives shapes from the dimension names', () => {
    const config = { n_heads: 4, d_model: 32, d_head: 8, d_mlp: 128, d_vocab: 300 };
    const shape = (name: string): number[] =>
      hookShape(config as Parameters<typeof hookShape>[0], resolveHook(MODEL, name).spec, 5);
    assert.deepEqual(shape('q0'), [5, 4, 8]);
    assert.deepEqual(shape('pattern0'), [4, 5, 5]);
    assert.deepEqual(shape('scale0ln1'), [5, 1]);
    assert.deepEqual(shape('post0'), [5, 128]);
  });
});
