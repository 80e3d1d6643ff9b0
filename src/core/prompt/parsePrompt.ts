import { splitPrompt } from './blocks.ts';
import { typeEntries, type FrontMatter, type WrittenKey } from './frontMatter.ts';
import type { Problem, TextRange } from './problem.ts';
import { readYaml, type YamlError } from './yamlEntries.ts';

/** A prompt file: optional YAML front matter between `---` lines, and the text that is run. */
export interface PromptFile {
  readonly text: string;
  readonly body: TextRange & { readonly text: string };
  /** The YAML without its fences; null when there is none. */
  readonly yaml: TextRange | null;
  readonly frontMatter: FrontMatter;
  /** Every known key, in the file's order, also where its value is wrong. */
  readonly keys: readonly WrittenKey[];
  readonly problems: readonly Problem[];
}

/** Longest front matter that is read, in UTF-16 units: an experiment has dozens of lines, not thousands. */
export const MAX_FRONT_MATTER = 65_536;

/** More problems than this help nobody. */
const MAX_PROBLEMS = 100;

/**
 * Reads a prompt file. Never throws: what is wrong becomes a problem at its place, the rest is used.
 * All ranges are UTF-16 offsets in the file. Cost: linear in the file.
 */
export function parsePrompt(text: string): PromptFile {
  const { yaml, body, unclosed } = splitPrompt(text);
  const parts = { text, body: { ...body, text: text.slice(body.start, body.end) }, yaml, keys: [] };
  if (unclosed) return { ...parts, frontMatter: {}, problems: [unterminated(unclosed)] };
  if (!yaml) return { ...parts, frontMatter: {}, problems: [] };
  if (yaml.end - yaml.start > MAX_FRONT_MATTER)
    return { ...parts, frontMatter: {}, problems: [tooLarge(yaml)] };

  const { entries, errors, notMapping } = readYaml(text.slice(yaml.start, yaml.end), yaml.start);
  const typed = typeEntries(entries);
  const problems = [...errors.map((error) => yamlProblem(error, text, yaml)), ...typed.problems];
  if (notMapping) problems.push(noMapping(notMapping));
  problems.sort((a, b) => a.start - b.start);
  const told = upToBrokenYaml(problems).slice(0, MAX_PROBLEMS);
  return { ...parts, frontMatter: typed.values, keys: typed.keys, problems: told };
}

/** A file that is no prompt file, or a part of one: all of it is run, but for one final line end. */
export function plainPrompt(text: string): PromptFile {
  const end = text.length - (/\r?\n$/.exec(text)?.[0].length ?? 0);
  const body = { start: 0, end, text: text.slice(0, end) };
  return { text, body, yaml: null, frontMatter: {}, keys: [], problems: [] };
}

/** What is said of YAML that is broken at an earlier place comes from reading it wrongly: only the first break is told. */
function upToBrokenYaml(problems: readonly Problem[]): readonly Problem[] {
  const broken = problems.find(({ code, severity }) => code === 'yaml' && severity === 'error');
  if (!broken) return problems;
  return problems.filter(
    (problem) => problem === broken || (problem.start <= broken.start && problem.code !== 'yaml'),
  );
}

function yamlProblem(error: YamlError, text: string, yaml: TextRange): Problem {
  const { start, end } = error;
  if (error.code === 'BAD_SCALAR_START' && text[start] === '@') return unquotedPosition(text, start);
  // YAML says "at the end"; the squiggle needs a character.
  const visible = end > start ? { start, end } : { start: Math.max(yaml.start, start - 1), end };
  return { code: 'yaml', severity: 'error', message: `YAML: ${error.message}.`, ...visible };
}

/** `position: @7` is read as it is meant, though YAML reserves the @. */
function unquotedPosition(text: string, start: number): Problem {
  let end = start;
  while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++;
  const comment = text.slice(start, end).indexOf(' #');
  if (comment >= 0) end = start + comment;
  const written = text.slice(start, end).trimEnd();
  const newText = `'${written.replaceAll("'", "''")}'`;
  return {
    code: 'yaml',
    severity: 'warning',
    message: `YAML reserves @ at the start of a value: write ${newText}.`,
    start,
    end: start + written.length,
    fix: { title: 'Put it in quotes', edits: [{ start, end: start + written.length, newText }] },
  };
}

function unterminated(range: TextRange): Problem {
  return {
    code: 'unterminated',
    severity: 'warning',
    message: 'This front matter is never closed by a line ---, so the whole file is taken as the prompt.',
    ...range,
  };
}

function tooLarge(range: TextRange): Problem {
  const length = range.end - range.start;
  return {
    code: 'too-large',
    severity: 'error',
    message: `The front matter has ${length} characters; at most ${MAX_FRONT_MATTER} are read.`,
    start: range.start,
    end: range.start + 1,
  };
}

function noMapping(range: TextRange): Problem {
  return {
    code: 'not-a-mapping',
    severity: 'error',
    message: 'The front matter is not a list of "key: value" lines.',
    ...range,
  };
}
