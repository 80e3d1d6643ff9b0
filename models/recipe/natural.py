"""Natural English text for training: cleaned, cut into documents, split into training and validation."""

import hashlib
import re
from pathlib import Path

SOURCES = ("tinystories", "children", "fairytales", "speeches")
#: Documents are cut at a paragraph end after this many characters, about one context of tokens.
DOCUMENT_CHARS = 1200
#: One document in this many is kept for validation, chosen by a hash of its text.
VALIDATION_GROUP = 50

_REPLACE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": "-", "–": "-", "\u00a0": " ", "…": "..."})


def clean(text: str) -> str:
    """Plain ASCII quotes and dashes, no Markdown marks, single spaces, paragraphs separated by one newline."""
    text = text.translate(_REPLACE)
    text = re.sub(r"^\s*(#+ .*|-{3,}|\*{3,})\s*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"[*_]{1,3}", "", text)
    paragraphs = (re.sub(r"\s+", " ", part).strip() for part in re.split(r"\n\s*\n", text))
    return "\n".join(part for part in paragraphs if part)


def cut(text: str) -> list[str]:
    """Cuts a text at paragraph ends into documents of roughly DOCUMENT_CHARS characters."""
    documents: list[str] = []
    current: list[str] = []
    size = 0
    for paragraph in text.split("\n"):
        current.append(paragraph)
        size += len(paragraph)
        if size >= DOCUMENT_CHARS:
            documents.append("\n".join(current))
            current, size = [], 0
    return documents + (["\n".join(current)] if current else [])


def read_file(path: Path) -> list[str]:
    """The documents of one text file; `<|endoftext|>` or three line ends separate stories."""
    raw = path.read_text(encoding="utf-8", errors="ignore")
    stories = raw.split("<|endoftext|>")
    return [document for story in stories for document in cut(clean(story)) if len(document) > 40]


def read_natural(folder: Path) -> dict[str, list[str]]:
    """All documents below `folder`, by split: {"train": [...], "validation": [...]}."""
    splits: dict[str, list[str]] = {"train": [], "validation": []}
    for source in SOURCES:
        for path in sorted((folder / source).rglob("*")):
            if path.is_file():
                for document in read_file(path):
                    digest = int(hashlib.md5(document.encode()).hexdigest()[:8], 16)
                    splits["validation" if digest % VALIDATION_GROUP == 0 else "train"].append(document)
    return splits
