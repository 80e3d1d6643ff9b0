#!/bin/sh
# Makes models/underglass-tiny from nothing: generator bundle, corpora, tokenizer, model, SAEs, figures, card.
# Usage: ./build.sh <folder of natural text> [work folder]
set -eu
natural=$1
work=${2:-work}
out=../underglass-tiny
mkdir -p "$work"
node bundle_world.mjs "$work/world.mjs"
node make_corpus.mjs "$work/world.mjs" "$work/train.jsonl" train 1900000 --words "$work/words.txt"
node make_corpus.mjs "$work/world.mjs" "$work/held_out.jsonl" heldout 20000 --spans
node make_corpus.mjs "$work/world.mjs" "$work/known.jsonl" train 1500 --first 90000000 --spans
python tokenizer.py --corpus "$work/train.jsonl" --words "$work/words.txt" --natural "$natural" --out "$out"
python train.py --work "$work" --corpus "$work/train.jsonl" --words "$work/words.txt" --natural "$natural" --out "$out"
python behaviours.py --held-out "$work/held_out.jsonl" > "$work/behaviours.json"
python behaviours.py --held-out "$work/known.jsonl" > "$work/behaviours_known.json"
python train_saes.py --work "$work"
python judge_saes.py --work "$work" --held-out "$work/held_out.jsonl"
(cd ../.. && npm run --silent circuit)
python card.py --work "$work"
