/** Text of --help. Flags that the front matter can set default to it. */
export const HELP = `Underglass: look inside a transformer.

Usage:
  underglass trace FILE [--model DIR] [--sae DIR]... [--bos auto|true|false] [--hook NAME]...
                        [--top K] [--json | --safetensors OUT]
  underglass tokens FILE [--model DIR] [--bos auto|true|false] [--json]
  underglass generate FILE [--model DIR] [--bos auto|true|false] [--max N] [--temperature T --seed S] [--json]
  underglass debug FILE|DIR [--target TEXT]... [--distractor TEXT]... [--trace STEP] [--ablate EDIT]...
                        [--sweep heads|neurons|latents] [--patch CORRUPTED] [--measure N] [--k N] [--json]
  underglass run FILE [--ablate EDIT]... [--max N] [--temperature T --seed S] [--json]
  underglass unit ID [--model DIR] [--sae DIR]... [--top K] [--json]
  underglass sae [ID] [--model DIR] [--sae PATH]... [--corpus PATH] [--max-tokens N] [--json]
  underglass sae [ID] --list | ID --attach | ID --detach [--model DIR] [--json]
  underglass explain --units PATTERN|FILE... [--explainer summary|n2g|concepts|language] [--words TEXT]
                        [--simulator NAME] [--scores LIST] [--language MODEL --base-url URL]
                        [--max-requests N] [--redo] [--revise] [--report] [--yes] [--json]
  underglass import SOURCE... [--model DIR] [--units PATTERN]... [--records] [--dry-run] [--yes]
                    [--storage DIR] [--json]
  underglass export [--units PATTERN]... [--format NAME] [--out FILE]
  underglass scan [PATH]... [--model DIR] [--sae DIR]... [--families ID,...] [--max-tokens N] [--context N]
                  [--field NAME] [--out FOLDER] [--storage DIR] [--json]
  underglass indexes [--model DIR] [--sae DIR]... [--storage DIR] [--json]
  underglass models [DIR]... [--storage DIR] [--json]
  underglass add ID|PATH|URL [--model NAME] [--dry-run] [--yes] [--storage DIR] [--json]
  underglass remove ID [--yes] [--storage DIR] [--json]
  underglass verify [MODEL] [--storage DIR] [--json]

FILE is a prompt file (*.prompt, with optional YAML front matter), any other text file, or - for stdin,
which is read as a prompt file.

Commands:
  trace      run the prompt; print surprise per token, next candidates and SAE latents
  tokens     print the prompt's tokens with their places in the file
  generate   continue the prompt
  debug      say why the model prefers the target to the distractor: nodes, effects, sweeps, patching;
             a folder's *.prompt files are averaged
  run        run the prompt with its edits, and without
  unit       print what is known of a head (L1H3), neuron (L3N12) or latent (3-res/412): explanations,
             statistics, examples with the tokens that excite it in «», tokens and units by weight
  sae        measure the model's SAEs on a sample of text: how many latents are active, what is explained,
             what the model's loss keeps with the SAE in its hook's place; compare with what was published.
             --list: what lies with models and was measured last, nothing is run; --attach and --detach:
             whether prompts that name no SAE get it, here and in VS Code
  explain    explain units in words, simulate and score them; kept in .underglass/explanations, a line
             a unit; what is kept is not explained again, so that a run that was ended goes on
  import     take in what other tools made. A file of your own (OpenAI NeuronSimulationResults, NeuronRecord,
             Neuronpedia, JSON lines) goes to .underglass/explanations. What is published in bulk lies beside
             the models: openai/gpt2-xl (all neurons' explanations of 2023), openai/gpt2-small, the other sets
             that "import openai" lists, gpt2-small/6-res-jb of Neuronpedia's exports or its address, a local
             copy of any of them. Shows size and disk, and asks; Ctrl-C pauses, and the same command goes on.
             Hovers, unit pages and the feature browser show its words with score and source
  export     print explanations or records for other tools
  scan       record what every neuron, head and latent does on a corpus: files and folders of .txt, .md,
             .jsonl and .parquet (default: the embedded generator's held-out text); Ctrl-C pauses,
             and the same command goes on
  indexes    list what was scanned of a model
  models     list the embedded models, those that were added, those in the given folders, downloads that
             are not whole, and published explanations
  add        download and install a model or SAE, verified: gpt2-small (medium, large, xl), distilgpt2, a
             Hugging Face id or address, gpt2-small/6-res-jb or its Neuronpedia address, a SAE of a release
             such as gpt2-small-res-jb/blocks.6.hook_resid_pre, all of one by 'gpt2-small-res-jb/*', an
             address of OpenAI's .pt files, a local folder. Brings the model of a SAE along. Shows size,
             licence and disk, and asks; Ctrl-C pauses, and the same command goes on
  remove     remove a model with its SAEs (gpt2-small), a SAE (gpt2-small/6-res-jb), what was paused, or
             published explanations that "models" lists (openai/gpt2-small)
  verify     compare a model (a folder or a name; default: the embedded one) with facts that were published of
             it, if its weights are known, and every hook with a float64 reference on a sample; 1 = it differs

Options:
  --model DIR         Hugging Face GPT-2 folder, or a model that "models" lists, by its name or repository
                      (default: underglass-tiny)
  --sae PATH          SAE folder (SAELens, sparsify, dictionary_learning), .pt file of OpenAI, or a folder of
                      them; may be repeated (default: the model's own)
  --bos MODE          put <|endoftext|> first: auto follows the model's card (default)
  --hook NAME         also print this hook: blocks.0.hook_resid_post, resid_post0, or a SAE such as 3-res;
                      may be repeated
  --top K             entries per list (default 10)
  --json              print one JSON object
  --safetensors OUT   write the asked hooks (default: all, and every SAE) to OUT
  --max N             tokens to generate (default 20)
  --temperature T     0 takes the most likely token each time (default)
  --seed S            seed of sampling (default 0)
  --target TEXT       expected next token, with its leading space (" Mary"); may be repeated
  --distractor TEXT   token that it is compared with; may be repeated
  --position P        where the prediction is read: last (default), 7, '" John"#2'
  --scalar NAME       logit_diff (default), logit or log_prob
  --ablate EDIT       UNIT@POSITIONS KIND, e.g. "L3H1@last zero"; may be repeated
  --reference TEXT    text or file over which "mean" edits take means, one prompt a line
  --trace STEP        explain a unit instead: L9H9.q@12->4 (.k, .qk, .v), L5N123@14, 3-res/412@14
  --via STEP          downstream step of a value trace (default: the logits)
  --sweep KIND        zero every head, neuron or active latent in turn
  --at P              where a sweep zeroes (default: * = everywhere)
  --layer L           layer of a sweep (default: all)
  --patch TEXT        text or file of the corrupted prompt; "" = the front matter's
  --hook NAME         debug: what is patched: resid_pre, attn_out, mlp_out, z, q, k, v, pattern
  --measure N         measure the N nodes of largest estimated effect (default 0)
  --k N               rows per column and end (default 10)
  --splice ID         nodes are latents of this SAE; all = every SAE but residual ones; may be repeated
  --corpus PATH       text to measure SAEs on: a file or folder (default: the embedded generator's)
  --records           import activation records and scored windows too: much larger
  --units PATTERN     units to explain or import: L3N12, 'L3N*', 'L*N*', 3-res, '3-res/*', a file of ids, -
  --explainer NAME    summary (default): plain words, offline; n2g: token patterns, offline; concepts:
                      labels of the embedded world; language (default with --language): a language model
  --words TEXT        words of your own to score
  --simulator NAME    auto (default), words, pattern, concepts, prompt-logprobs, output-logprobs, json
  --scores LIST       simulation, detection, fuzzing, ablation (default: the first three), or none
  --calibration NAME  linear (default), percentile or none
  --samples N         explanations that the language model offers (default 3)
  --per-split N       top and random windows of each split (default 5)
  --language MODEL    ask this language model; UNDERGLASS_LANGUAGE_MODEL. Nothing is sent without it
  --base-url URL      of a server that speaks the OpenAI chat protocol; UNDERGLASS_BASE_URL.
                      The key is read from UNDERGLASS_API_KEY (or OPENAI_API_KEY, for OpenAI and this machine)
  --requests-at-once N  requests under way at once (default 4)
  --max-requests N    stop before more requests than this are sent; what was done is kept
  --budget-tokens N   stop before more tokens than this are sent and received
  --redo              explain again what is kept
  --revise            try the words on generated sentences, mend them, and keep the better
  --report            print how scores are distributed over layers and families: of the explainer that is
                      named, else of the best words of each unit
  --yes               add, import, remove: do not ask; explain: send however much it is (without it, or
                      a cap, large runs are refused)
  --dry-run           add, import: only show what it would take
  --format NAME       export: simulation-results (default), neuron-record, neuronpedia, underglass
  --fold-value-biases keep value biases apart from the heads
  --live-scale        do not hold the final LayerNorm's scale
  --families ID,...   families to scan: 3-mlp-neurons, 3-heads, 3-res (default: all)
  --max-tokens N      stop after N tokens
  --context N         tokens of a window (default 64)
  --field NAME        field of .jsonl and .parquet rows that holds the text (default text)
  --out FOLDER        copy the index to FOLDER
  --storage DIR       where indexes and added models lie (default: UNDERGLASS_STORAGE, else the platform's
                      cache folder)
  --threads N         every command: threads to compute with (default: the cores, at most 8);
                      UNDERGLASS_THREADS
  --prepack MODE      every command: copy block weights into the fastest layout: auto (default: small models,
                      when memory allows), on, off; UNDERGLASS_PREPACK
  --provider NAME     every command: cpu (default), cuda, dml, coreml or webgpu, where ONNX Runtime has it;
                      the CPU, and a word of it, when it cannot be used; UNDERGLASS_EXECUTION_PROVIDER
  -h, --help          this text
  --version           the version

Flags win over the front matter of the prompt file.

Exit codes:
  0    done
  1    something to mend in what was given: file, prompt, model, hook; verify: the model differs
  2    the command line was not understood
  3    the machine could not do it: unwritable file, memory, engine
  4    a bug; please report it
  130  cancelled (Ctrl-C)
`;
