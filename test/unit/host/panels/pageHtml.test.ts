import assert from 'node:assert/strict';
import { pageHtml } from '../../../../src/host/panels/pageHtml.ts';

describe('the HTML of a page', () => {
  const html = pageHtml({ style: 'p { color: red }', scripts: ['first()', 'second()'] });

  it('allows nothing but what carries its nonce, and data', () => {
    const policy = /content="(default-src[^"]*)"/u.exec(html)?.[1] ?? '';
    const nonce = /'nonce-([^']+)'/u.exec(policy)?.[1] ?? '';
    assert.equal(
      policy,
      `default-src 'none'; img-src data:; font-src data:; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`,
    );
    assert.ok(html.includes(`<style nonce="${nonce}">p { color: red }</style>`));
    assert.ok(html.includes(`<script nonce="${nonce}">first()</script>\n<script nonce="${nonce}">second()`));
  });

  it('has another nonce each time', () => {
    const nonces = [1, 2].map(() => /nonce-[^']+/u.exec(pageHtml({ style: '', scripts: [] }))?.[0]);
    assert.notEqual(nonces[0], nonces[1]);
  });

  it('asks for no file', () => {
    assert.doesNotMatch(html, /\b(src|href)=/u);
  });

  const scripts: readonly (readonly [string, string])[] = [
    ['"</script>"', String.raw`"\x3c/script>"`],
    ['"<SCRIPT>"', String.raw`"\x3cSCRIPT>"`],
    ['`<!--?-->`', String.raw`${'`'}\x3c!--?-->${'`'}`],
    ['a < b', 'a < b'],
  ];
  for (const [script, expected] of scripts) {
    it(`keeps ${script} inside its script`, () => {
      const page = pageHtml({ style: '', scripts: [script] });
      assert.equal(/<script nonce="[^"]+">(.*)<\/script>/u.exec(page)?.[1], expected);
    });
  }

  it('carries what it starts with as data, before the scripts that read it', () => {
    const page = pageHtml({ style: '', scripts: ['first()'], opening: { text: '</script>' } });
    const data = /<script type="application\/json" id="opening">(.*)<\/script>/u.exec(page);
    assert.equal(data?.[1], String.raw`{"text":"\u003c/script>"}`);
    assert.ok(data.index < page.indexOf('first()'));
    assert.doesNotMatch(html, /application\/json/u);
  });

  it('keeps the end of a style inside its style', () => {
    const page = pageHtml({ style: 'a::after { content: "</style>" }', scripts: [] });
    assert.equal(page.split('</style').length, 2);
  });
});
