import { PLAIN_WORDS } from '../lexicon/words.ts';
import { pickCross } from '../split.ts';
import type { KindContext } from '../document.ts';

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD'] as const;
const SECTIONS = 'api users items images docs search login orders posts static news files'.split(' ');
const HOSTS = 'example.com example.org api.example.com www.example.net shop.example.org'.split(' ');
const STATUS = [
  '200 OK',
  '201 Created',
  '301 Moved Permanently',
  '403 Forbidden',
  '404 Not Found',
  '500 Server Error',
];

const REQUEST_HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['Accept', ['*/*', 'text/html', 'application/json', 'image/png']],
  ['User-Agent', ['curl/8.0', 'Mozilla/5.0']],
  ['Accept-Language', ['en', 'fr', 'de', 'es']],
  ['Accept-Encoding', ['gzip', 'gzip, br']],
  ['Connection', ['close', 'keep-alive']],
  ['Content-Type', ['application/json', 'text/plain']],
  ['Cache-Control', ['no-cache', 'no-store']],
];

const RESPONSE_HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['Content-Type', ['text/html', 'application/json', 'image/png']],
  ['Server', ['nginx', 'Apache']],
  ['Cache-Control', ['no-cache', 'public']],
  ['Connection', ['close', 'keep-alive']],
];

/** Writes an HTTP request, sometimes with the response to it. */
export function writeHttp(context: KindContext): void {
  const { writer, rng, split } = context;
  const [section, page] = pickCross(rng, SECTIONS, PLAIN_WORDS, split);
  writer.within(['http.request'], () => {
    writer.say(rng.pick(METHODS), 'http.method').say(' ');
    const path = `/${section}/${rng.chance(0.5) ? page : String(rng.between(1, 99))}`;
    writer.say(path, 'http.path').say(' HTTP/1.1', 'http.version').say('\n');
    writeHeader(context, 'Host', rng.pick(HOSTS));
    for (const [key, values] of rng.sample(REQUEST_HEADERS, rng.between(1, 4)))
      writeHeader(context, key, rng.pick(values));
  });
  if (rng.chance(0.5)) {
    writer.say('\n');
    writer.within(['http.response'], () => {
      writer.say('HTTP/1.1', 'http.version').say(' ').say(rng.pick(STATUS), 'http.status').say('\n');
      for (const [key, values] of rng.sample(RESPONSE_HEADERS, rng.between(1, 3)))
        writeHeader(context, key, rng.pick(values));
      writeHeader(context, 'Content-Length', String(rng.between(10, 9999)));
    });
  }
}

function writeHeader({ writer }: KindContext, key: string, value: string): void {
  writer.say(key, 'http.header.key').say(': ').say(value, 'http.header.value').say('\n');
}
