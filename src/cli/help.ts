/** Text of --help. Flags that the front matter can set default to it. */
export const HELP = `Underglass: look inside a transformer.

Usage:
  underglass trace FILE [--model DIR] [--sae DIR]... [--bos auto|true|false] [--hook NAME]...
                        [--top K] [--json | --safetensors OUT]
  underglass tokens FILE [--model DIR] [--bos auto|true|false] [--json]
  underglass generate FILE [--model DIR] [--bos auto|true|false] [--max N] [--temperature T --seed S] [--json]
  underglass models [DIR]... [--json]

FILE is a prompt file (*.prompt, with optional YAML front matter), any other text file, or - for stdin,
which is read as a prompt file.

Commands:
  trace      run the prompt; print surprise per token, next candidates and SAE latents
  tokens     print the prompt's tokens with their places in the file
  generate   continue the prompt
  models     list the embedded models, and those in the given folders

Options:
  --model DIR         Hugging Face GPT-2 folder, or the name of an embedded model (default: underglass-tiny)
  --sae DIR           SAELens folder, or a folder of them; may be repeated (default: the model's own)
  --bos MODE          put <|endoftext|> first: auto follows the model's card (default)
  --hook NAME         also print this hook: blocks.0.hook_resid_post, resid_post0, or a SAE such as 3-res;
                      may be repeated
  --top K             entries per list (default 10)
  --json              print one JSON object
  --safetensors OUT   write the asked hooks (default: all, and every SAE) to OUT
  --max N             tokens to generate (default 20)
  --temperature T     0 takes the most likely token each time (default)
  --seed S            seed of sampling (default 0)
  -h, --help          this text
  --version           the version

Flags win over the front matter of the prompt file.

Exit codes:
  0    done
  1    something to mend in what was given: file, prompt, model, hook
  2    the command line was not understood
  3    the machine could not do it: unwritable file, memory, engine
  4    a bug; please report it
  130  cancelled (Ctrl-C)
`;
