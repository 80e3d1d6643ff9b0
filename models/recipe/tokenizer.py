"""Trains the byte-level BPE tokenizer and writes it in Hugging Face's files."""

import argparse
import json
import random
import re
from pathlib import Path

from natural import read_natural
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

END = "<|endoftext|>"
#: Kinds of text without words would only teach accidental merges.
SKIPPED = re.compile(r"^>seq|base64|^(sha1|commit|md5|hash|key|token)\b")
#: How often each listed word is added, so that it becomes one token.
WORD_WEIGHT = 3000


def digit_merges() -> list[tuple[str, str]]:
    """Merges that cut " 1732" into " 17" + "32": a space and two digits first, then pairs of digits."""
    digits = "0123456789"
    spaced = [("Ġ", a) for a in digits] + [("Ġ" + a, b) for a in digits for b in digits]
    return spaced + [(a, b) for a in digits for b in digits]


def training_texts(corpus: Path, words: Path, natural: Path, seed: int) -> list[str]:
    """Generated and natural documents without digits and with punctuation set apart, and the weighted words."""
    texts = [json.loads(line) for line in corpus.open(encoding="utf-8")][:150_000]
    texts = [text for text in texts if not SKIPPED.search(text)]
    stories = read_natural(natural)["train"]
    texts += random.Random(seed).sample(stories, min(len(stories), 9000))
    cleaned = [re.sub(r"([^\w\s])(?=[^\w\s])", r"\1\n", re.sub(r"\d+", "\n", text)) for text in texts]
    cleaned += ["\n".join(words.read_text().splitlines())] * WORD_WEIGHT
    return cleaned


def build(texts: list[str], size: int) -> Tokenizer:
    """A byte-level BPE of `size` tokens: END, bytes, digit merges, learnt merges."""
    fixed = digit_merges()
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(fixed) - 1, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    raw.train_from_iterator(texts, trainer)
    learnt = [tuple(pair) for pair in json.loads(raw.to_str())["model"]["merges"]]
    merges = fixed + [pair for pair in learnt if pair not in set(fixed)]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab: dict[str, int] = {END: 0}
    for token in alphabet + [a + b for a, b in merges]:
        vocab.setdefault(token, len(vocab))
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.add_special_tokens([END])
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Writes tokenizer.json, vocab.json, merges.txt and tokenizer_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.model.save(str(folder))
    config = {
        "tokenizer_class": "GPT2Tokenizer",
        "add_prefix_space": False,
        "bos_token": END,
        "eos_token": END,
        "unk_token": END,
        "model_max_length": 256,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("work/train.jsonl"))
    parser.add_argument("--words", type=Path, default=Path("work/words.txt"))
    parser.add_argument("--natural", type=Path, default=Path("work/natural"))
    parser.add_argument("--out", type=Path, default=Path("../underglass-tiny"))
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    tokenizer = build(training_texts(args.corpus, args.words, args.natural, args.seed), args.size)
    save(tokenizer, args.out)
    words = args.words.read_text().splitlines()
    split = [word for word in words if len(tokenizer.encode(word).ids) != 1]
    print(json.dumps({"tokens": tokenizer.get_vocab_size(), "words": len(words), "words_split": split}))


if __name__ == "__main__":
    main()
