import { inSplit, pickCross } from '../split.ts';
import type { KindContext } from '../document.ts';

/** Verbs and nouns that make up function and variable names; pairs are split. */
const VERBS = 'get set add make find load save read sort count draw move open print send check'.split(' ');
const NOUNS = 'item list user name node file line page word color value total index point score price'.split(
  ' ',
);
const MODULES = 'math random time json os sys'.split(' ');
const COMMENTS: readonly string[] = [
  'return the sum of both',
  'nothing to do here',
  'this is the slow way',
  'check the input first',
  'see the other function',
  'works for small lists',
  'the caller must close it',
  'keep the old value',
  'skip empty lines',
  'one step at a time',
];

/** Writes a short Python or JavaScript function and a call of it. */
export function writeCode(context: KindContext): void {
  if (context.rng.chance(0.6)) writePython(context);
  else writeJavaScript(context);
}

function writePython(context: KindContext): void {
  const { writer, rng, split } = context;
  const { name, first, second } = drawNames(context);
  if (rng.chance(0.4)) writer.say('import', 'code.keyword').say(` ${rng.pick(MODULES)}\n\n`);
  writer.say('def', 'code.keyword').say(' ').say(name, 'code.definition').say('(');
  writer.say(`${first}, ${second}`, 'code.parameter').say('):\n');
  writer.within(['code.body'], () => {
    if (rng.chance(0.5)) {
      writer
        .say('    ', 'code.indent')
        .say(`# ${rng.pick(inSplit(COMMENTS, split))}`, 'code.comment')
        .say('\n');
    }
    const body = rng.next();
    if (body < 0.35) {
      writer.say('    ', 'code.indent').say('if', 'code.keyword').say(` ${first} > ${second}:\n`);
      writer.say('        ', 'code.indent').say('return', 'code.keyword').say(` ${first}\n`);
    } else if (body < 0.7) {
      writer.say('    ', 'code.indent').say('for', 'code.keyword').say(' i ').say('in', 'code.keyword');
      writer.say(` range(${first}):\n`);
      writer.say('        ', 'code.indent').say(`${second} += i\n`);
    }
    writer
      .say('    ', 'code.indent')
      .say('return', 'code.keyword')
      .say(` ${first} ${rng.pick(['+', '*', '-'])} `);
    writer.say(second, 'code.use');
  });
  writer
    .say('\n\nprint(')
    .say(name, 'code.use')
    .say(`(${rng.between(1, 20)}, ${rng.between(1, 20)}))`);
}

function writeJavaScript(context: KindContext): void {
  const { writer, rng, split } = context;
  const { name, first, second } = drawNames(context);
  if (rng.chance(0.5)) writer.say(`// ${rng.pick(inSplit(COMMENTS, split))}`, 'code.comment').say('\n');
  writer.say('function', 'code.keyword').say(' ').say(name, 'code.definition').say('(');
  writer.say(`${first}, ${second}`, 'code.parameter').say(') {\n');
  writer.within(['code.body'], () => {
    writer.say('  ', 'code.indent').say('const', 'code.keyword').say(` result = ${first} + ${second};\n`);
    if (rng.chance(0.5)) {
      writer.say('  ', 'code.indent').say('console.log(').say('"', 'quote.open');
      writer
        .say(rng.pick(NOUNS), 'code.string', 'quote.inside', 'quote.inside.double')
        .say('"', 'quote.close');
      writer.say(', result);\n');
    }
    writer.say('  ', 'code.indent').say('return', 'code.keyword').say(' result;\n');
  });
  writer
    .say('}\n\n')
    .say(name, 'code.use')
    .say(`(${rng.between(1, 20)}, ${rng.between(1, 20)});`);
}

function drawNames({ rng, split }: KindContext): { name: string; first: string; second: string } {
  const [verb, noun] = pickCross(rng, VERBS, NOUNS, split);
  const [first = 'a', second = 'b'] = rng.chance(0.5)
    ? rng.sample([...'abcxyznkm'], 2)
    : rng.sample(NOUNS, 2);
  return { name: `${verb}_${noun}`, first, second };
}
