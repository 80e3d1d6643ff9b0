/**
 * The closed set of errors. Every failure that a person or a program can meet has one code here;
 * the message says what happened, where, and what to do next. ERRORS.md is generated from this table.
 */

/** Who can mend it: decides notification (user), status bar (environment) or report (bug). */
export type ErrorKind = 'user' | 'environment' | 'bug';

interface ErrorRow {
  readonly kind: ErrorKind;
  readonly meaning: string;
  readonly next: string;
}

export const ERRORS = {
  'file/not-found': {
    kind: 'user',
    meaning: 'A file or folder that was named does not exist.',
    next: 'Check the path; relative paths start at the prompt file or the current folder.',
  },
  'file/none-open': {
    kind: 'user',
    meaning: 'A command works on a file, and none is open or chosen.',
    next: 'Open a text file, or right-click one in the explorer.',
  },
  'file/unreadable': {
    kind: 'environment',
    meaning: 'A file exists but could not be read.',
    next: 'Check its permissions and that it is not a folder or a broken link.',
  },
  'file/unwritable': {
    kind: 'environment',
    meaning: 'A file could not be written.',
    next: 'Choose a folder that you may write to and that has free space.',
  },
  'file/binary': {
    kind: 'user',
    meaning: 'The file is not UTF-8 text.',
    next: 'Trace a text file, or save this one as UTF-8.',
  },
  'weights/malformed': {
    kind: 'user',
    meaning: 'A safetensors or PyTorch file breaks its format: header, offsets, length or pickle.',
    next: 'Fetch the file again; compare its size with the published one.',
  },
  'weights/unsupported': {
    kind: 'user',
    meaning:
      'A PyTorch file holds more than tensors and plain values, or holds them in a form that is not read.',
    next: 'Load it with PyTorch and save its state dict again: torch.save({k: v.contiguous() for k, v in sd.items()}, path).',
  },
  'weights/unsupported-dtype': {
    kind: 'user',
    meaning: 'A tensor has a number type that the engine does not run.',
    next: 'Convert the weights to F32, F16 or BF16.',
  },
  'weights/missing-tensor': {
    kind: 'user',
    meaning: 'A tensor that the architecture needs is not in the file.',
    next: 'Check that the folder holds the whole model and that config.json belongs to it.',
  },
  'weights/wrong-shape': {
    kind: 'user',
    meaning: 'A tensor has another shape than config.json says.',
    next: 'Check that config.json and the weights come from the same model.',
  },
  'weights/not-finite': {
    kind: 'user',
    meaning: 'A weight is NaN or infinite.',
    next: 'The file is damaged or the training diverged; use another checkpoint.',
  },
  'model/not-found': {
    kind: 'user',
    meaning: 'No model of that name or folder is known.',
    next: 'Add it ("Underglass: Add Model or SAE…", `underglass add`), or give a folder with config.json; `underglass models` lists what is here.',
  },
  'model/bad-config': {
    kind: 'user',
    meaning: 'config.json is missing a field, or a field has an impossible value.',
    next: 'Compare config.json with the published one of this model.',
  },
  'model/unsupported': {
    kind: 'user',
    meaning: 'The model is not of GPT-2 architecture, or sets a flag that the engine does not compute.',
    next: 'Use a model whose config.json has "model_type": "gpt2".',
  },
  'model/too-large': {
    kind: 'environment',
    meaning: 'The estimated memory does not fit into what is free.',
    next: 'Close other programs, use a smaller model or a shorter prompt.',
  },
  'tokenizer/missing': {
    kind: 'user',
    meaning: 'The model folder has neither tokenizer.json nor vocab.json with merges.txt.',
    next: 'Copy the tokenizer files of the model into its folder.',
  },
  'tokenizer/malformed': {
    kind: 'user',
    meaning: 'A tokenizer file could not be understood, or does not match d_vocab.',
    next: 'Use the tokenizer files published with this model.',
  },
  'hub/unknown': {
    kind: 'user',
    meaning: 'A text names no model, SAE, folder or address that is understood.',
    next: 'Try gpt2-small, org/name, gpt2-small/6-res-jb, a release such as gpt2-small-res-jb, or a folder.',
  },
  'hub/several': {
    kind: 'user',
    meaning: 'A release or repository holds several SAEs, and none of them was named.',
    next: 'Name one of those that the message lists.',
  },
  'hub/no-model': {
    kind: 'user',
    meaning: 'It is not known which model a SAE belongs to.',
    next: 'Name the model: `--model NAME` on the command line.',
  },
  'hub/unsupported': {
    kind: 'user',
    meaning: 'A repository or folder holds nothing that can be opened.',
    next: 'Models need config.json and model.safetensors or pytorch_model.bin; SAEs a SAELens, sparsify, dictionary_learning or .pt layout.',
  },
  'hub/offline': {
    kind: 'environment',
    meaning: 'Something must be downloaded, and HF_HUB_OFFLINE forbids it.',
    next: 'Unset HF_HUB_OFFLINE, or add a local folder.',
  },
  'hub/unreachable': {
    kind: 'environment',
    meaning: 'A host did not answer, broke the connection or still refused after several tries.',
    next: 'Check the network and the proxy; what was downloaded is kept, and the same command goes on.',
  },
  'hub/not-found': {
    kind: 'user',
    meaning: 'The host has no such repository, revision or file.',
    next: 'Check the name; a private repository wants HF_TOKEN.',
  },
  'hub/no-commit': {
    kind: 'user',
    meaning: 'The host, such as a mirror, lacks the commit of a known model that is pinned here.',
    next: 'Name the branch, such as gpt2@main, or unset HF_ENDPOINT to ask huggingface.co.',
  },
  'hub/gated': {
    kind: 'user',
    meaning: 'The repository is gated: its terms must be accepted first.',
    next: 'Accept its terms on its page, and set HF_TOKEN.',
  },
  'hub/refused': {
    kind: 'user',
    meaning: 'The host refused the request.',
    next: 'Check HF_TOKEN and whether it may read the repository.',
  },
  'hub/bad-reply': {
    kind: 'environment',
    meaning: 'A host answered something that could not be understood.',
    next: 'Check HF_ENDPOINT and the proxy: a page of a login or a mirror may have answered.',
  },
  'hub/changed': {
    kind: 'environment',
    meaning: 'A file at the host differs from the published one, or keeps changing while it is downloaded.',
    next: 'Check HF_ENDPOINT; name a revision (`gpt2@main`) to take what the host has.',
  },
  'hub/checksum': {
    kind: 'environment',
    meaning: 'A downloaded file has another length or checksum than the host states.',
    next: 'Run it again; a proxy or a bad disk may have damaged it. Nothing was installed.',
  },
  'hub/disk-full': {
    kind: 'environment',
    meaning: 'The disk has too little room.',
    next: 'Make room; what was downloaded is kept, and the same command goes on.',
  },
  'hub/busy': {
    kind: 'environment',
    meaning: 'Another process is adding the same thing and does not end.',
    next: 'Wait until it is done, or end it.',
  },
  'hub/not-installed': {
    kind: 'user',
    meaning: 'Nothing of that name is installed.',
    next: 'Run `underglass models` for the list; what comes with Underglass stays.',
  },
  'published/unknown': {
    kind: 'user',
    meaning: 'A text names no published explanations, or nothing is published of what it names.',
    next: "Run `underglass import openai` for OpenAI's sets; others are named like gpt2-small/6-res-jb, or are a file or folder.",
  },
  'published/absent': {
    kind: 'environment',
    meaning: 'The host has none of the published files that were asked for.',
    next: 'Check which host is asked (UNDERGLASS_OPENAI_BLOBS and the proxy), or import a folder with a copy.',
  },
  'sae/malformed': {
    kind: 'user',
    meaning: 'A SAE lacks its configuration or weights, or a field or a shape is wrong.',
    next: 'Point to a SAELens, sparsify or dictionary_learning folder, or to a .pt file of OpenAI.',
  },
  'sae/not-found': {
    kind: 'user',
    meaning: 'No SAE of that name lies with the model.',
    next: 'Name one that the message lists, give its folder, or add it: "Underglass: Add Model or SAE…", `underglass add`.',
  },
  'sae/unsupported': {
    kind: 'user',
    meaning: 'The SAE asks for an architecture or a preprocessing that is not computed here.',
    next: 'Supported: standard, topk, jumprelu and gated SAEs.',
  },
  'sae/config-mismatch': {
    kind: 'user',
    meaning: "The SAE does not fit the model: its hook, layer or d_in differs from the model's.",
    next: 'Attach the SAE to the model that it was trained on.',
  },
  'sae/conflict': {
    kind: 'user',
    meaning: 'SAEs that were switched on or edited together take the place of the same nodes or of one hook.',
    next: 'Switch all but one of them off: at most one per block output, and one of the residual stream.',
  },
  'prompt/empty': {
    kind: 'user',
    meaning: 'There is no text to run: the prompt is empty and no BOS token is added.',
    next: 'Type a prompt below the front matter.',
  },
  'prompt/too-long': {
    kind: 'user',
    meaning: "The prompt has more tokens than the model's context.",
    next: 'Shorten the prompt, or select a part of it and trace the selection.',
  },
  'prompt/front-matter': {
    kind: 'user',
    meaning: 'The YAML front matter of a prompt file is wrong.',
    next: 'Mend the line that is named; the editor completes the keys.',
  },
  'hook/unknown': {
    kind: 'user',
    meaning: 'No hook has that name.',
    next: 'Use a TransformerLens name such as blocks.0.hook_resid_post, or a shorthand such as resid_post0.',
  },
  'unit/unknown': {
    kind: 'user',
    meaning: 'A unit id could not be read, or the model has no such unit.',
    next: 'Ids look like L9H9, L5N123 or 3-res/412.',
  },
  'corpus/empty': {
    kind: 'user',
    meaning: 'The chosen files hold no text to scan.',
    next: 'Choose .txt, .md, .jsonl or .parquet files with text, or the embedded corpus.',
  },
  'corpus/malformed': {
    kind: 'user',
    meaning: 'A corpus file breaks its format, or lacks the field that holds the text.',
    next: 'Mend the line that is named, or name the field with the text.',
  },
  'index/none': {
    kind: 'user',
    meaning: 'No index of activation records covers this unit.',
    next: 'Run "Underglass: Scan Corpus" (`underglass scan`) with its family.',
  },
  'index/malformed': {
    kind: 'environment',
    meaning: 'The files of an index are damaged.',
    next: 'Remove the index and scan again.',
  },
  'index/busy': {
    kind: 'environment',
    meaning: 'Another process is making the same index.',
    next: 'Wait until it is done, or end the other scan.',
  },
  'explain/too-few-records': {
    kind: 'user',
    meaning: 'The unit was active in too few windows to explain it with some and score it with others.',
    next: 'Scan a larger corpus, or ask for fewer records of each split.',
  },
  'explain/nothing-found': {
    kind: 'user',
    meaning: 'An explainer found nothing to say of the unit.',
    next: 'Try another explainer, or type words of your own.',
  },
  'explain/no-detail': {
    kind: 'user',
    meaning: 'The sequences behind a score are not kept on this machine.',
    next: 'Score the explanation again.',
  },
  'explain/unknown': {
    kind: 'user',
    meaning: 'No explanation has that id.',
    next: 'Reload the page: it may have been removed.',
  },
  'explain/malformed': {
    kind: 'user',
    meaning: 'A file of explanations or records breaks its format.',
    next: 'Mend the line that is named; the formats are NeuronRecord, NeuronSimulationResults and Neuronpedia JSON.',
  },
  'explain/not-possible': {
    kind: 'user',
    meaning: 'The chosen explainer, simulator or score does not apply to this unit.',
    next: 'Choose another one; the message says which apply.',
  },
  'language/not-configured': {
    kind: 'user',
    meaning: 'No language model is configured, so nothing was sent.',
    next: 'Run "Underglass: Choose Language Model", or use an offline explainer.',
  },
  'language/unreachable': {
    kind: 'environment',
    meaning: 'The language-model server did not answer.',
    next: 'Check the base URL and that the server runs; what was answered before is kept.',
  },
  'language/refused': {
    kind: 'user',
    meaning: 'The language-model server refused the request.',
    next: 'Check key, model name and quota.',
  },
  'language/rate-limited': {
    kind: 'environment',
    meaning: 'The language-model server still limits the rate after several waits.',
    next: 'Wait, or lower the number of requests at once; what was answered before is kept.',
  },
  'language/bad-reply': {
    kind: 'environment',
    meaning: 'The language model answered something that could not be used.',
    next: 'Try again or use another model; the reply is shown with the score.',
  },
  'language/not-able': {
    kind: 'user',
    meaning: 'The server lacks what the chosen simulator needs.',
    next: 'Choose the JSON simulator, or a server that returns log-probabilities.',
  },
  'language/budget': {
    kind: 'user',
    meaning: 'The run would spend more than its budget.',
    next: 'Raise the budget, or explain fewer units; what was done is kept.',
  },
  'edit/malformed': {
    kind: 'user',
    meaning: 'An edit could not be read.',
    next: 'Edits are written UNIT@POSITIONS KIND, e.g. `L3H1@last zero`; completion lists the kinds.',
  },
  'edit/no-match': {
    kind: 'user',
    meaning: 'An edit matches no coordinate of the model or the prompt, or cannot be done there.',
    next: 'Check the layer, the index and the positions against the model and the tokens.',
  },
  'edit/incomplete': {
    kind: 'user',
    meaning: 'An edit takes values from a text that the prompt file does not name.',
    next: 'Add `corrupted:` (for `from corrupted`) or `reference:` (for `mean`) to the front matter.',
  },
  'scalar/no-target': {
    kind: 'user',
    meaning: 'There is no target token, so that there is nothing to explain.',
    next: 'Name one: in the panel, by `target: " Mary"` in the front matter, or by --target on the command line.',
  },
  'scalar/not-one-token': {
    kind: 'user',
    meaning: 'A target or distractor is not exactly one token of this model.',
    next: 'Use one of its tokens; most words need their leading space.',
  },
  'scalar/not-comparable': {
    kind: 'user',
    meaning: 'A prompt of several has another model or another kind of scalar than the others.',
    next: 'Debug it alone, or give it the same `model` and `scalar` in its front matter.',
  },
  'position/out-of-range': {
    kind: 'user',
    meaning: 'A token position lies outside the prompt.',
    next: 'Positions start at 0, the BOS token included.',
  },
  'trace/expired': {
    kind: 'environment',
    meaning: 'The trace is no longer held by the engine (it restarted or dropped old traces).',
    next: 'Run the trace again.',
  },
  'trace/too-large': {
    kind: 'environment',
    meaning: 'The trace would need more memory than allowed.',
    next: 'Trace a shorter text or ask for fewer hooks.',
  },
  'request/invalid': {
    kind: 'bug',
    meaning: 'A message or an argument breaks its contract.',
    next: 'Report it with the details.',
  },
  'request/untrusted': {
    kind: 'user',
    meaning: 'The workspace is not trusted, and this needs files that it names.',
    next: 'Trust the workspace (command "Workspaces: Manage Workspace Trust"), or use the embedded model.',
  },
  'request/unknown-method': {
    kind: 'bug',
    meaning: 'A message names a method that the other side does not serve.',
    next: 'Report it with the details; a reload may help after an update.',
  },
  'engine/crashed': {
    kind: 'environment',
    meaning: 'The engine process ended unexpectedly.',
    next: 'It is started again by itself; if it happens again, see the log.',
  },
  'engine/hung': {
    kind: 'environment',
    meaning: 'The engine did not answer in time and was ended.',
    next: 'It is started again by itself; try a shorter prompt.',
  },
  'engine/unavailable': {
    kind: 'environment',
    meaning: 'ONNX Runtime could not be loaded on this machine.',
    next: 'Supported: Linux x64/arm64 (glibc), macOS arm64, Windows x64/arm64. See the log.',
  },
  'engine/bad-setting': {
    kind: 'user',
    meaning:
      'A setting of the engine (threads, prepacking, execution provider) has a value that it cannot take.',
    next: 'Correct it, or remove it to have the value chosen for this machine.',
  },
  'engine/out-of-memory': {
    kind: 'environment',
    meaning: 'A run needed more memory than could be had.',
    next: 'Close other programs, use a smaller model or a shorter prompt.',
  },
  cancelled: { kind: 'user', meaning: 'The job was cancelled.', next: 'Run it again when needed.' },
  closed: {
    kind: 'environment',
    meaning: 'The connection was closed before the answer came.',
    next: 'Open the panel again.',
  },
  'cli/usage': {
    kind: 'user',
    meaning: 'The command line could not be understood.',
    next: 'Run `underglass --help`.',
  },
  'internal/bug': {
    kind: 'bug',
    meaning: 'Something happened that the code holds to be impossible.',
    next: 'Please report it with the log.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** Plain facts beside the message: file, tensor, key, expected, found. Never secrets. */
export type ErrorData = Readonly<Record<string, string | number | boolean | null>>;

/** The only error type that crosses a boundary of Underglass. */
export class InterpError extends Error {
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(code: ErrorCode, message: string, options: { data?: ErrorData; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'InterpError';
    this.code = code;
    this.data = options.data ?? {};
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind;
  }

  /** What the person can do next. */
  get next(): string {
    return ERRORS[this.code].next;
  }
}

/** True for an InterpError, of the given code if one is given. Never match on messages. */
export function isInterpError(error: unknown, code?: ErrorCode): error is InterpError {
  return error instanceof InterpError && (code === undefined || error.code === code);
}

/** Wraps whatever was thrown; an InterpError passes unchanged, an AbortError becomes `cancelled`. */
export function toInterpError(error: unknown): InterpError {
  if (error instanceof InterpError) return error;
  if (error instanceof Error && error.name === 'AbortError') return cancelled(error);
  const message = error instanceof Error ? error.message : String(error);
  return new InterpError('internal/bug', message, { cause: error });
}

export function cancelled(cause?: unknown): InterpError {
  return new InterpError('cancelled', 'The job was cancelled.', { cause });
}

/** @throws cancelled when the signal is aborted. Call it between steps of a long job. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled(signal.reason);
}

/** For states that the types cannot exclude but the code does. */
export function bug(message: string): InterpError {
  return new InterpError('internal/bug', message);
}
