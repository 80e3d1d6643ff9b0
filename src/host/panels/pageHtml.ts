import { randomBytes } from 'node:crypto';
import { OPENING_ID, writeOpening } from '../../protocol/opening.ts';

/** What a page is made of, as text. */
export interface PageParts {
  readonly style: string;
  /** Run in this order. */
  readonly scripts: readonly string[];
  /** What the page starts with: data that its scripts find in the document. */
  readonly opening?: unknown;
}

/**
 * The only HTML of the extension: one document under a strict content security policy. Style, scripts and font lie
 * inside, so that a page asks for nothing. In VS Code 1.99 every webview replaces the service worker that answers
 * such requests, and the next page waits up to 30 s for what a closed page had asked.
 */
export function pageHtml({ style, scripts, opening }: PageParts): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    `default-src 'none'`,
    `img-src data:`,
    `font-src data:`,
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
  ].join('; ');
  const elements = scripts.map((script) => `<script nonce="${nonce}">${escapeScript(script)}</script>`);
  // Data is no script: the policy has nothing to say about it.
  const data =
    opening === undefined
      ? []
      : [`<script type="application/json" id="${OPENING_ID}">${writeOpening(opening)}</script>`];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Underglass</title>
<style nonce="${nonce}">${style.replaceAll(/<(?=\/style)/giu, String.raw`\3c `)}</style>
</head>
<body>
${[...data, ...elements].join('\n')}
</body>
</html>`;
}

/** JavaScript that an HTML parser reads to its end: what would close the element or open a comment is escaped. */
function escapeScript(script: string): string {
  return script.replaceAll(/<(?=\/?script|!--)/giu, String.raw`\x3c`);
}
