import assert from 'node:assert/strict';
import { parseNode } from '../../../../../src/core/trace/node.ts';
import {
  ablationOf,
  nodeName,
  nodePlace,
  stepTitle,
  traceChoices,
  unitName,
} from '../../../../../webview-ui/src/debug/nodeText.ts';

const TOKENS = ['<|endoftext|>', ' a', ' b', ' a'].map((text) => ({ text }));

describe('texts of nodes', () => {
  const check = (name: string, ...expected: readonly (string | null)[]): void => {
    const node = parseNode(name);
    assert.deepEqual([nodeName(node), nodePlace(node), unitName(node), ablationOf(node, TOKENS)], expected);
  };

  it('say what, where, and how to switch it off', () => {
    check('E@1', 'E', '@1', null, 'E@" a"#1 zero');
    check('L2H3@3->1', 'L2H3', '3→1', 'L2H3', 'L2H3@" a"#2->" a"#1 zero');
    check('L5N12@2', 'L5N12', '@2', 'L5N12', 'L5N12@" b"#1 zero');
    check('3-res/412@3', '3-res/412', '@3', '3-res/412', '3-res/412@" a"#2 zero');
    check('3-res/error@3', '3-res/error', '@3', null, '3-res/error@" a"#2 zero');
    check('L3.b_O@3', 'L3.b_O', '@3', null, null);
  });

  it('offer the traces that a node has', () => {
    const steps = (name: string, via: string | null): readonly string[] =>
      traceChoices(parseNode(name), via).map(({ step }) => `${step.at} ${step.via}`);
    assert.deepEqual(steps('L5N12@2', 'L6N1@3'), ['L5N12@2 null']);
    assert.deepEqual(steps('L2H3@3->1', 'L6N1@3'), [
      'L2H3.q@3->1 null',
      'L2H3.k@3->1 null',
      'L2H3.qk@3->1 null',
      'L2H3.v@3->1 L6N1@3',
    ]);
    assert.deepEqual(steps('E@1', null), []);
    assert.equal(stepTitle({ at: 'L2H3.v@3->1', via: 'L6N1@3' }), 'L2H3.v@3→1 towards L6N1@3');
  });
});
