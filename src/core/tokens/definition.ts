import { InterpError } from '../errors.ts';
import { isJsonObject, parseJsonObject, type JsonObject } from '../json.ts';

/** Texts of a model folder's tokenizer files; what is absent is undefined. */
export interface TokenizerFiles {
  readonly 'tokenizer.json'?: string;
  readonly 'vocab.json'?: string;
  readonly 'merges.txt'?: string;
  readonly 'tokenizer_config.json'?: string;
}

/** A token that is found in the text before BPE runs, e.g. `<|endoftext|>`. */
export interface AddedTokenDefinition {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

/** A checked tokenizer.json in memory, with what we need to know of it. */
export interface TokenizerDefinition {
  /** File that the message of a later error should name. */
  readonly source: string;
  /** In the shape of tokenizer.json. */
  readonly json: JsonObject;
  readonly added: readonly AddedTokenDefinition[];
  /** `bos_token` of tokenizer_config.json. */
  readonly bosToken: string | null;
}

/** GPT-2's only special token: begins and ends texts. */
export const END_OF_TEXT = '<|endoftext|>';

/** GPT-2's split into words, in the syntax of tokenizer.json (`\s` is Unicode White_Space there, not JavaScript's). */
export const GPT2_WORDS = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/**
 * Reads tokenizer.json, or vocab.json with merges.txt in GPT-2's manner (byte level, no prefix space).
 * @throws tokenizer/missing, tokenizer/malformed
 */
export function readDefinition(files: TokenizerFiles): TokenizerDefinition {
  const config = readConfig(files['tokenizer_config.json']);
  const whole = files['tokenizer.json'];
  if (whole !== undefined) return fromTokenizerJson(whole, config);
  const { 'vocab.json': vocab, 'merges.txt': merges } = files;
  if (vocab === undefined || merges === undefined) {
    const lacks =
      vocab === undefined ? (merges === undefined ? 'tokenizer.json' : 'vocab.json') : 'merges.txt';
    throw new InterpError('tokenizer/missing', `The tokenizer cannot be loaded: ${lacks} is missing.`, {
      data: { file: lacks },
    });
  }
  return fromVocabAndMerges(vocab, merges, config);
}

/** @throws tokenizer/malformed naming the file. */
export function malformed(file: string, problem: string, cause?: unknown): InterpError {
  return new InterpError('tokenizer/malformed', `${file}: ${problem}`, { data: { file }, cause });
}

function fromTokenizerJson(text: string, config: JsonObject): TokenizerDefinition {
  const file = 'tokenizer.json';
  const json = readObject(file, text);
  const model = json['model'];
  if (!isJsonObject(model)) throw malformed(file, '"model" is missing.');
  if (model['type'] !== undefined && model['type'] !== 'BPE')
    throw malformed(file, `"model.type" is ${JSON.stringify(model['type'])}; expected "BPE".`);
  checkVocab(file, model['vocab']);
  if (!Array.isArray(model['merges'])) throw malformed(file, '"model.merges" is not a list.');
  const pre = byteLevelParts(json['pre_tokenizer']);
  if (pre === null)
    throw malformed(
      file,
      'it has no ByteLevel pre-tokenizer; only byte-level tokenizers (GPT-2) are supported.',
    );
  const added = readAdded(file, json['added_tokens']);
  return {
    source: file,
    json: {
      ...json,
      pre_tokenizer: { type: 'Sequence', pretokenizers: pre },
      normalizer: json['normalizer'] ?? null,
      post_processor: null,
      decoder: { type: 'ByteLevel' },
      added_tokens: json['added_tokens'] ?? [],
    },
    added,
    bosToken: readBos(config),
  };
}

/**
 * Pre-tokenizers with every word-splitting ByteLevel written as Split + ByteLevel: the library's own pattern
 * uses JavaScript's `\s`, which differs at U+0085 and U+FEFF. Null when there is no ByteLevel.
 */
function byteLevelParts(node: unknown): JsonObject[] | null {
  if (!isJsonObject(node)) return null;
  const list = node['type'] === 'Sequence' ? node['pretokenizers'] : [node];
  const parts: JsonObject[] = Array.isArray(list) ? list.filter(isJsonObject) : [];
  if (!parts.some((part) => part['type'] === 'ByteLevel')) return null;
  return parts.flatMap((part) => {
    if (part['type'] !== 'ByteLevel') return [part];
    if (part['add_prefix_space'] === true)
      throw malformed(
        'tokenizer.json',
        '"add_prefix_space" is true, so tokens would not spell the text; set it to false as GPT-2 does.',
      );
    const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
    return part['use_regex'] === false ? [bytes] : [gpt2Split(), bytes];
  });
}

function gpt2Split(): JsonObject {
  return { type: 'Split', pattern: { Regex: GPT2_WORDS }, behavior: 'Isolated', invert: false };
}

function fromVocabAndMerges(vocabText: string, mergesText: string, config: JsonObject): TokenizerDefinition {
  const vocab = readObject('vocab.json', vocabText);
  checkVocab('vocab.json', vocab);
  const merges = mergesText
    .split(/\r?\n/)
    .filter((line, index) => line !== '' && !(index === 0 && line.startsWith('#version')))
    .map((line, index) => {
      const pair = line.split(' ');
      if (pair.length !== 2 || pair.includes(''))
        throw malformed('merges.txt', `merge ${index + 1} is not two tokens with a space between.`);
      return pair;
    });
  const added = configuredTokens(vocab, config);
  return {
    source: 'vocab.json',
    json: {
      version: '1.0',
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [gpt2Split(), { type: 'ByteLevel', use_regex: false }],
      },
      post_processor: null,
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab, merges },
    },
    added,
    bosToken: readBos(config),
  };
}

/** Special tokens beside a vocab.json: those of tokenizer_config.json, and always `<|endoftext|>` if it is there. */
function configuredTokens(vocab: JsonObject, config: JsonObject): AddedTokenDefinition[] {
  const found = new Map<string, AddedTokenDefinition>();
  const end = vocab[END_OF_TEXT];
  if (typeof end === 'number') found.set(END_OF_TEXT, { id: end, content: END_OF_TEXT, special: true });
  const decoder = config['added_tokens_decoder'];
  for (const [key, value] of isJsonObject(decoder) ? Object.entries(decoder) : []) {
    const content = isJsonObject(value) ? value['content'] : undefined;
    if (typeof content === 'string' && content !== '' && /^\d+$/.test(key))
      found.set(content, { id: Number(key), content, special: true });
  }
  return [...found.values()];
}

function readAdded(file: string, list: unknown): AddedTokenDefinition[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw malformed(file, '"added_tokens" is not a list.');
  return list.map((item: unknown, index) => {
    const content = isJsonObject(item) ? item['content'] : undefined;
    const id = isJsonObject(item) ? item['id'] : undefined;
    if (typeof content !== 'string' || content === '' || !isTokenId(id))
      throw malformed(file, `"added_tokens[${index}]" lacks a content or an id.`);
    return { id, content, special: isJsonObject(item) && item['special'] === true };
  });
}

function checkVocab(file: string, vocab: unknown): void {
  if (!isJsonObject(vocab)) throw malformed(file, 'the vocabulary is not an object.');
  const owners = new Map<number, string>();
  for (const [token, id] of Object.entries(vocab)) {
    if (!isTokenId(id)) throw malformed(file, `token ${JSON.stringify(token)} has id ${JSON.stringify(id)}.`);
    const other = owners.get(id);
    if (other !== undefined)
      throw malformed(file, `tokens ${JSON.stringify(other)} and ${JSON.stringify(token)} share id ${id}.`);
    owners.set(id, token);
  }
  if (owners.size === 0) throw malformed(file, 'the vocabulary is empty.');
}

/** Above any vocabulary in use; keeps a damaged id from allocating gigabytes. */
const MAX_TOKEN_ID = 10_000_000;

function isTokenId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= MAX_TOKEN_ID;
}

function readConfig(text: string | undefined): JsonObject {
  return text === undefined ? {} : readObject('tokenizer_config.json', text);
}

function readBos(config: JsonObject): string | null {
  const bos = config['bos_token'];
  if (typeof bos === 'string') return bos;
  return isJsonObject(bos) && typeof bos['content'] === 'string' ? bos['content'] : null;
}

function readObject(file: string, text: string): JsonObject {
  return parseJsonObject(text, { file, code: 'tokenizer/malformed' });
}
