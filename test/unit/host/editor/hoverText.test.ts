import assert from 'node:assert/strict';
import { hoverText, type HoverToken } from '../../../../src/host/editor/hoverText.ts';

const hover: HoverToken = {
  uri: 'file:///a.prompt',
  position: 2,
  token: { id: 5, text: ' Mary', start: 4, end: 9, loss: 0.5, probability: 0.61, rank: 1, entropy: 1 },
  latents: [
    {
      unit: { kind: 'latent', sae: '3-res', index: 7 },
      id: '3-res/7',
      value: 2.5,
      known: { words: 'names | people', by: 'concept label', score: 0.91, stale: false },
      attendsTo: null,
    },
  ],
  neurons: [],
  hasSaes: true,
  ignoresEdits: false,
  model: '/models/tiny',
};

describe('text of a hover', () => {
  const check = (changes: Partial<HoverToken>, expected: RegExp): void =>
    assert.match(hoverText({ ...hover, ...changes }), expected);

  it('says token, id and position, and how well it was foreseen', () => {
    check({}, /\*\*`·Mary`\*\* — token 5 at position 2/);
    check({}, /Probability \*\*61 %\*\* · rank \*\*1\*\* · surprise 0\.500 nats/);
  });

  it('says in the same line that the edits of the prompt are left out', () => {
    check({ ignoresEdits: true }, /given what stands before it; the edits are not applied\n/);
    assert.doesNotMatch(hoverText(hover), /edits/);
  });

  it('lists latents with activation, words and F1 in one row each', () => {
    check(
      {},
      /\n\| \[`3-res\/7`\]\(command:underglass\.showUnit\?\S+ ".+"\) \| \[\$\(book\)\]\(command:underglass\.openNeuron\?\S+ ".+"\) \| \[\$\(circle-slash\)\]\(command:underglass\.ablate\?\S+ ".+"\) \| \S*2\.50\S* \| names \\\| people \(F1 0\.91\) \|\n/,
    );
  });

  it('lists neurons with activation, what they write and who explained them, and says how they were chosen', () => {
    const known = {
      words: 'the sea',
      by: 'OpenAI 2023',
      score: 0.31,
      stale: false,
      isPublished: true,
    } as const;
    const unit = { kind: 'neuron', layer: 17, neuron: 42 } as const;
    const neurons = [{ unit, id: 'L17N42', value: 3.5, writes: 12.25, known, attendsTo: null }];
    const shown: Partial<HoverToken>[] = [{ neurons }, { neurons, hasSaes: false, latents: [] }];
    for (const changes of shown) {
      check(
        changes,
        /\n\| neuron\S* \|  \|  \| \S*activation\S* \| \S*writes\S* \| stands for \|\n\|:--\|:--\|:--\|--:\|--:\|:--\|\n/,
      );
      check(
        changes,
        /\n\| \[`L17N42`\]\(command:underglass\.showUnit\?\S+ ".+"\) .+ \| \S*3\.50\S* \| \S*12\.3\S* \| /,
      );
      check(
        changes,
        / \| the sea \(OpenAI 2023, score 0\.31\) \|\n\n_Neurons that write most .+ 8 most active/,
      );
    }
    assert.doesNotMatch(hoverText(hover), /\| neuron|Neurons/);
  });

  it('keeps ids and icons in one line: the first title is longer than the longest id', () => {
    const [latent] = hover.latents ?? [];
    assert.ok(latent);
    const title = (id: string): string =>
      /^\| (SAE\S*) \|  \|  \| /mu.exec(hoverText({ ...hover, latents: [latent, { ...latent, id }] }))?.[1] ??
      '';
    for (const id of ['3-res/7', '8-resid_delta_attn-v4/12345'])
      assert.ok(title(id).replaceAll(/&[^;]+;/gu, ' ').length >= id.length + 3, id);
    assert.doesNotMatch(title('8-resid_delta_attn-v4/12345'), / /u);
  });

  it('ends with what can be done at the token', () => {
    check(
      {},
      /\[Debug\]\(command:underglass\.debug\?\S+ ".+"\) · \[Ablate here…\]\(command:underglass\.ablate\?\S+ ".+"\)$/,
    );
  });

  it('says why there is nothing', () => {
    const first = { ...hover.token, loss: null, probability: null, rank: null, entropy: null };
    check({ token: first }, /The first token/);
    check({ latents: [] }, /No SAE latent is active here/);
    check({ hasSaes: false, latents: [] }, /No sparse autoencoders/);
    assert.doesNotMatch(hoverText({ ...hover, latents: null }), /latent/i);
  });
});
