"""Measures what the model can do on held-out templates and pairs; prints one JSON object."""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from held_out import Document, pad, read_documents
from model import Model, load
from tokenizers import Tokenizer
from torch import Tensor

BATCH = 32
CLOSERS = (")", "]", "}", ">")
FEMALE_TO_MALE = {"she": ("he",), "her": ("his", "him"), "herself": ("himself",)}
MALE_TO_FEMALE = {"he": ("she",), "his": ("her",), "him": ("her",), "himself": ("herself",)}

#: What counts as a case: (document, span, logits at the token before, id at the token) -> figures, or None.
Measure = Callable[[Document, dict, Tensor, int], dict[str, float] | None]


class Measures:
    """One measure per concept that marks a token to be predicted."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.years = {tokenizer.token_to_id(f"{n:02d}"): n for n in range(100)}
        self.by_concept: dict[str, tuple[str, Measure]] = {
            "ioi.object.second": ("ioi", self.ioi),
            "gender.pronoun.female": ("gender", self.gender),
            "gender.pronoun.male": ("gender", self.gender),
            "capital.answer": ("capitals", self.top),
            "country.answer": ("countries", self.top),
            "bracket.close": ("brackets", self.bracket),
            "quote.close": ("quotes", self.quote),
            "html.close": ("html tags", self.top),
            "year.second": ("years", self.year),
            "colour.answer": ("colours of things", self.top),
            "opposite.answer": ("opposites", self.top),
            "agreement.verb": ("agreement", self.agreement),
            "count.next": ("counting", self.top),
            "sum.answer": ("sums", self.top),
            "language.answer": ("languages", self.top),
        }

    def token(self, text: str) -> int:
        return self.tokenizer.encode(text, add_special_tokens=False).ids[0]

    def against(self, logits: Tensor, target: int, others: list[int]) -> dict[str, float]:
        """Does the target's logit beat the others'; the difference to the best of them; the target's probability."""
        difference = logits[target] - logits[others].max()
        probability = logits.softmax(-1)[target]
        top = float(logits.argmax() == target)
        return {"right": float(difference > 0), "difference": float(difference), "p": float(probability), "top": top}

    def top(self, _document: Document, _span: dict, logits: Tensor, target: int) -> dict[str, float]:
        return {"right": float(logits.argmax() == target), "p": float(logits.softmax(-1)[target])}

    def ioi(self, document: Document, span: dict, logits: Tensor, target: int) -> dict[str, float]:
        before = [s for s in document.spans if s["end"] <= span["start"]]
        subject = max((s for s in before if "ioi.subject.second" in s["concepts"]), key=lambda s: s["start"])
        figures = self.against(logits, target, [self.token(" " + document.text[subject["start"] : subject["end"]])])
        first = {name: max(s["start"] for s in before if name in s["concepts"]) for name in ("ioi.subject.first", "ioi.object.first")}
        order = "ABB" if first["ioi.object.first"] < first["ioi.subject.first"] else "BAB"
        return {**figures, f"right {order}": figures["right"], f"difference {order}": figures["difference"]}

    def gender(self, document: Document, span: dict, logits: Tensor, target: int) -> dict[str, float] | None:
        word = document.text[span["start"] : span["end"]].lower()
        others = {**FEMALE_TO_MALE, **MALE_TO_FEMALE}.get(word)
        if others is None or document.kind != "gender":
            return None
        return self.against(logits, target, [self.token(" " + other) for other in others])

    def bracket(self, document: Document, span: dict, logits: Tensor, target: int) -> dict[str, float] | None:
        if document.kind != "brackets":
            return None
        others = [self.token(closer) for closer in CLOSERS if closer != document.text[span["start"]]]
        return self.against(logits, target, others)

    def quote(self, document: Document, span: dict, logits: Tensor, target: int) -> dict[str, float] | None:
        if document.kind != "quotes":
            return None
        mark = document.text[span["start"]]
        return self.against(logits, target, [self.token('"' if mark == "'" else "'")])

    def agreement(self, document: Document, span: dict, logits: Tensor, target: int) -> dict[str, float]:
        plural = document.text[span["start"] : span["end"]] in ("are", "were", "have been")
        forms = [["is", "was", "has"], ["are", "were", "have"]]
        right, wrong = ([self.token(" " + form) for form in forms[side]] for side in (plural, not plural))
        return self.against(logits, int(right[int(logits[right].argmax())]), wrong)

    def year(self, document: Document, span: dict, logits: Tensor, _target: int) -> dict[str, float]:
        before = [s for s in document.spans if s["end"] <= span["start"] and "year.first" in s["concepts"]]
        first = max(before, key=lambda s: s["start"])
        start = int(document.text[first["start"] : first["end"]])
        chances = logits.softmax(-1)
        later = float(sum(chances[token] for token, year in self.years.items() if year > start))
        earlier = float(sum(chances[token] for token, year in self.years.items() if year <= start))
        return {"right": float(later > earlier), "difference in probability": later - earlier}


@torch.no_grad()
def measure_documents(model: Model, documents: list[Document], measures: Measures) -> dict[str, dict]:
    """Means of all figures by task, with the number of cases."""
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    for start in range(0, len(documents), BATCH):
        batch = documents[start : start + BATCH]
        logits = model(pad(batch)).float()
        for row, document in enumerate(batch):
            for span in document.spans:
                task, measure = next((measures.by_concept[c] for c in span["concepts"] if c in measures.by_concept), ("", None))
                token = document.token_of(span["start"]) if measure else None
                if measure is None or token is None:
                    continue
                figures = measure(document, span, logits[row, token - 1], document.ids[token])
                if figures is not None:
                    found[task].append(figures)
    return {task: summary(cases) for task, cases in sorted(found.items())}


def summary(cases: list[dict[str, float]]) -> dict[str, float]:
    keys = sorted({key for case in cases for key in case})
    means = {key: round(float(np.mean([case[key] for case in cases if key in case])), 4) for key in keys}
    return {"n": len(cases), **means}


@torch.no_grad()
def measure_induction(model: Model, lead: int, rows: int, seed: int) -> dict[str, dict]:
    """Top-1 at the second copy of uniformly random ids (the copy's first token, which nothing announces, left out)."""
    rng = np.random.default_rng(seed)
    out: dict[str, dict] = {}
    for size in (8, 20, 50, 90):
        leads = rng.integers(1, lead + 1, rows) if lead > 0 else np.zeros(rows, dtype=int)
        right, chances = [], []
        for offset in leads:
            block = rng.integers(1, model.config.vocab_size, size)
            ids = np.concatenate([[0], rng.integers(1, model.config.vocab_size, offset), block, block])
            logits = model(torch.from_numpy(ids)[None])[0]
            at = torch.arange(1 + offset + size, 1 + offset + 2 * size - 1)  # queries in the second copy
            targets = torch.from_numpy(ids)[at + 1]
            right.append((logits[at].argmax(-1) == targets).float().mean().item())
            chances.append(logits[at].softmax(-1)[torch.arange(len(at)), targets].mean().item())
        out[f"length {size}"] = {"n": rows * (size - 1), "right": round(np.mean(right), 4), "p": round(np.mean(chances), 4)}
    return out


@torch.no_grad()
def show_prompts(model: Model, tokenizer: Tokenizer, prompts: list[str]) -> dict[str, list]:
    """The five likeliest next tokens of each prompt."""
    out = {}
    for prompt in prompts:
        ids = torch.tensor([[0, *tokenizer.encode(prompt, add_special_tokens=False).ids]])
        chances, tokens = model(ids)[0, -1].softmax(-1).topk(5)
        out[prompt] = [[tokenizer.decode([t]), round(c, 3)] for t, c in zip(tokens.tolist(), chances.tolist())]
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("../underglass-tiny"))
    parser.add_argument("--tokenizer", type=Path, default=Path("../underglass-tiny/tokenizer.json"))
    parser.add_argument("--held-out", type=Path, default=Path("work/held_out.jsonl"))
    parser.add_argument("--documents", type=int, default=2500)
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--prompts", type=Path, default=Path("prompts.json"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    model = load(args.model)
    documents = []
    for document in read_documents(args.held_out, tokenizer, model.config.n_positions):
        documents.append(document)
        if len(documents) == args.documents:
            break
    result = {
        "tasks": measure_documents(model, documents, Measures(tokenizer)),
        "induction": measure_induction(model, 0, args.rows, args.seed),
        "induction after 1 to 60 random tokens": measure_induction(model, 60, args.rows, args.seed),
        "prompts": show_prompts(model, tokenizer, json.loads(args.prompts.read_text())),
    }
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
