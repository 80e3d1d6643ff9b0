import assert from 'node:assert/strict';
import { CONCEPTS } from '../../../../src/core/world/concepts.ts';
import { documents, generateDocument, WORLD_KINDS } from '../../../../src/core/world/generate.ts';
import type { Span, WorldDocument } from '../../../../src/core/world/document.ts';

const SPLITS = ['train', 'heldout'] as const;

function some(count: number): WorldDocument[] {
  return SPLITS.flatMap((split) =>
    Array.from({ length: count }, (_, seed) => generateDocument(seed, { split })),
  );
}

function marked(document: WorldDocument, concept: string): string[] {
  return document.spans
    .filter((span) => span.concepts.includes(concept))
    .map((span) => document.text.slice(span.start, span.end));
}

describe('core/world/generate', () => {
  it('gives the same document for the same seed', () => {
    for (const kind of WORLD_KINDS) {
      assert.deepEqual(
        generateDocument(7, { split: 'train', kind }),
        generateDocument(7, { split: 'train', kind }),
      );
    }
  });

  it('gives other documents for other seeds, kinds and splits', () => {
    const texts = some(500).map((document) => document.text);
    assert.ok(new Set(texts).size > 0.95 * texts.length);
  });

  it('streams the documents of consecutive seeds', () => {
    const stream = documents(11, { split: 'heldout', kind: 'ioi' });
    for (const seed of [11, 12, 13]) {
      assert.deepEqual(stream.next().value, generateDocument(seed, { split: 'heldout', kind: 'ioi' }));
    }
  });

  it('covers every text with spans that lie in range and name known concepts', () => {
    const known = new Set(CONCEPTS.map((concept) => concept.id));
    for (const { text, spans, kind } of some(1500)) {
      assert.ok(text.length > 0);
      assert.ok(
        spans.some((span: Span) => span.start === 0 && span.end === text.length),
        kind,
      );
      for (const { start, end, concepts } of spans) {
        assert.ok(start >= 0 && start < end && end <= text.length, `${kind}: ${start}..${end}`);
        assert.ok(concepts.length > 0);
        for (const concept of concepts) assert.ok(known.has(concept), concept);
      }
    }
  });

  it('emits every concept of the table in both splits, except the one labelTokens adds', () => {
    for (const split of SPLITS) {
      const seen = new Set<string>();
      for (let seed = 0; seed < 12_000; seed++) {
        for (const span of generateDocument(seed, { split }).spans)
          span.concepts.forEach((id) => seen.add(id));
      }
      const never = CONCEPTS.map((concept) => concept.id).filter((id) => !seen.has(id));
      assert.deepEqual(never, ['position.first']);
    }
  });

  it('uses ASCII only, so that UTF-16 offsets equal byte offsets', () => {
    for (const { text } of some(1500)) assert.match(text, /^[\n\t\x20-\x7e]*$/);
  });

  it('marks an indirect-object sentence', () => {
    for (let seed = 0; seed < 300; seed++) {
      const document = generateDocument(seed, { split: 'train', kind: 'ioi' });
      assert.deepEqual(marked(document, 'ioi.object.first'), marked(document, 'ioi.object.second'));
      assert.deepEqual(marked(document, 'ioi.subject.first'), marked(document, 'ioi.subject.second'));
      for (const due of marked(document, 'ioi.due')) assert.match(due, /^ (to|for|on)$/);
    }
  });

  it('closes every bracket by its own kind', () => {
    const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };
    for (let seed = 0; seed < 500; seed++) {
      const { text } = generateDocument(seed, { split: 'heldout', kind: 'brackets' });
      const open: string[] = [];
      for (const char of text) {
        const closer = closers[char];
        if (closer !== undefined) open.push(closer);
        else if (Object.values(closers).includes(char)) assert.equal(open.pop(), char, text);
      }
      assert.deepEqual(open, [], text);
    }
  });

  it('lets the second year of a span be later than the first', () => {
    for (let seed = 0; seed < 500; seed++) {
      const document = generateDocument(seed, { split: 'train', kind: 'years' });
      const firsts = marked(document, 'year.first').map(Number);
      marked(document, 'year.second').forEach((text, index) =>
        assert.ok(Number(text) > Number(firsts[index])),
      );
    }
  });

  it('repeats the first copy of a random sequence', () => {
    for (let seed = 0; seed < 300; seed++) {
      const document = generateDocument(seed, { split: 'train', kind: 'induction' });
      const [first = ''] = marked(document, 'induction.first');
      const repeats = marked(document, 'induction.repeat');
      assert.ok(repeats.length > 0);
      for (const repeat of repeats) assert.equal(repeat, first);
    }
  });
});
