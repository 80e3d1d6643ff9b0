"""Facts that `underglass verify` compares a model with, computed apart from it: numpy in float64.

Needs Python >= 3.11 and requirements.txt beside this file; no test needs it again.
    python test/golden/recipes/verify_facts.py

Writes test/golden/verify/ (a small random GPT-2 over bytes, with its facts), and the facts of the embedded model
as src/core/verify/facts/underglassTiny.ts: run it again whenever that model is trained anew. The forward pass below
is checked against Hugging Face transformers before anything is written.
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "test/golden/verify"
TINY = ROOT / "models/underglass-tiny"
TINY_FACTS = ROOT / "src/core/verify/facts/underglassTiny.ts"
SEED = 31
COPY, SEQUENCES = 50, 4
RECIPE = "test/golden/recipes/verify_facts.py"


class Model:
    """A GPT-2 in float64 that keeps the values of every hook. Names of TransformerLens."""

    def __init__(self, folder: Path):
        self.config = json.loads((folder / "config.json").read_text())
        stored = load_file(folder / "model.safetensors")
        self.w = {k.removeprefix("transformer."): v.double().numpy() for k, v in stored.items()}
        self.layers, self.heads = self.config["n_layer"], self.config["n_head"]
        self.width = self.config["n_embd"]

    def norm(self, x, name, hooks):
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + self.config["layer_norm_epsilon"])
        hooks[f"{name}.hook_scale"], hooks[f"{name}.hook_normalized"] = scale, centred / scale
        return centred / scale

    def run(self, ids):
        w, hooks, size = self.w, {}, len(ids)
        hooks["hook_embed"], hooks["hook_pos_embed"] = w["wte.weight"][ids], w["wpe.weight"][:size]
        x = hooks["hook_embed"] + hooks["hook_pos_embed"]
        for layer in range(self.layers):
            x = self.block(x, layer, hooks)
        final = self.norm(x, "ln_final", hooks) * w["ln_f.weight"] + w["ln_f.bias"]
        return hooks, final @ w["wte.weight"].T

    def block(self, x, layer, hooks):
        own, put = f"blocks.{layer}.", hooks.__setitem__
        w = {k.removeprefix(f"h.{layer}."): v for k, v in self.w.items() if k.startswith(f"h.{layer}.")}
        size, d_head = len(x), self.width // self.heads
        put(own + "hook_resid_pre", x)
        read = self.norm(x, own + "ln1", hooks) * w["ln_1.weight"] + w["ln_1.bias"]
        qkv = read @ w["attn.c_attn.weight"] + w["attn.c_attn.bias"]
        q, k, v = (part.reshape(size, self.heads, d_head) for part in np.split(qkv, 3, -1))
        for name, value in zip("qkv", (q, k, v)):
            put(own + f"attn.hook_{name}", value)
        scores = np.einsum("qhd,khd->hqk", q, k) / math.sqrt(d_head)
        scores = np.where(np.tril(np.ones((size, size), bool)), scores, -np.inf)
        pattern = np.exp(scores - scores.max(-1, keepdims=True))
        pattern /= pattern.sum(-1, keepdims=True)
        z = np.einsum("hqk,khd->qhd", pattern, v)
        put(own + "attn.hook_attn_scores", scores), put(own + "attn.hook_pattern", pattern)
        put(own + "attn.hook_z", z)
        attn_out = z.reshape(size, -1) @ w["attn.c_proj.weight"] + w["attn.c_proj.bias"]
        mid = x + attn_out
        put(own + "hook_attn_out", attn_out), put(own + "hook_resid_mid", mid)
        read = self.norm(mid, own + "ln2", hooks) * w["ln_2.weight"] + w["ln_2.bias"]
        pre = read @ w["mlp.c_fc.weight"] + w["mlp.c_fc.bias"]
        post = 0.5 * pre * (1 + np.tanh(math.sqrt(2 / math.pi) * (pre + 0.044715 * pre**3)))
        mlp_out = post @ w["mlp.c_proj.weight"] + w["mlp.c_proj.bias"]
        put(own + "mlp.hook_pre", pre), put(own + "mlp.hook_post", post)
        put(own + "hook_mlp_out", mlp_out), put(own + "hook_resid_post", mid + mlp_out)
        return mid + mlp_out

    def attributions(self, hooks, target, distractor):
        """Direct attribution of every head at the last token, value biases folded away. [layer, head]."""
        w, d_head = self.w, self.width // self.heads
        difference = w["ln_f.weight"] * (w["wte.weight"][target] - w["wte.weight"][distractor])
        direction = (difference - difference.mean()) / hooks["ln_final.hook_scale"][-1, 0]
        rows = []
        for layer in range(self.layers):
            own = f"h.{layer}.attn."
            value_bias = w[own + "c_attn.bias"][2 * self.width :].reshape(self.heads, d_head)
            z = hooks[f"blocks.{layer}.attn.hook_z"][-1] - value_bias
            out = w[own + "c_proj.weight"].reshape(self.heads, d_head, self.width)
            rows.append(np.einsum("hd,hdm,m->h", z, out, direction))
        return np.array(rows)


def check(model: Model, folder: Path, ids) -> None:
    theirs = transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).double().eval()
    with torch.no_grad():
        logits = theirs(torch.tensor([ids])).logits[0].numpy()
    error = np.abs(logits - model.run(ids)[1]).max() / np.abs(logits).max()
    assert error < 1e-12, error


def mulberry(seed):
    state = seed
    mul = lambda a, b: (a * b) & 0xFFFFFFFF
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        mixed = mul(state ^ (state >> 15), 1 | state)
        mixed = ((mixed + mul(mixed ^ (mixed >> 7), 61 | mixed)) & 0xFFFFFFFF) ^ mixed
        yield ((mixed ^ (mixed >> 14)) & 0xFFFFFFFF) / 2**32


def repeated(size, bos, n, seed):
    """BOS, n different random tokens, and the same again: the draws of core/records/units/headBehaviour.ts."""
    chosen = {}
    for value in mulberry(seed):
        token = math.floor(value * size)
        if token != bos:
            chosen[token] = True
        if len(chosen) == n + 1:
            break
    tokens = list(chosen)[:n]
    return [bos, *tokens, *tokens]


def head_scores(model, size, bos):
    """Mean pattern weight at offset n - 1 and at 1. Each [layer, head]."""
    n = min(COPY, (model.config["n_positions"] - 1) // 2)
    sums = {"induction": 0, "previousToken": 0}
    for seed in range(SEQUENCES):
        hooks, _ = model.run(repeated(size, bos, n, seed))
        patterns = np.array([hooks[f"blocks.{l}.attn.hook_pattern"] for l in range(model.layers)])
        for name, offset in (("induction", n - 1), ("previousToken", 1)):
            sums[name] = sums[name] + np.diagonal(patterns, -offset, 2, 3).mean(-1) / SEQUENCES
    return sums


def rms(values):
    finite = values[np.isfinite(values)]
    return float(np.sqrt((finite**2).mean()))


def nine(value):
    return float(f"{value:.9g}")


def facts_of(model, encode, bos, size, *, title, text, counting, pairs, known):
    """A PublishedModel of src/core/verify/published.ts."""
    log_soft = lambda logits: logits - np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1, keepdims=True)) - logits.max(-1, keepdims=True)
    facts = []
    add = lambda reading, value, tolerance: facts.append(
        dict(reading=reading, value=value if isinstance(value, int) else nine(value), tolerance=tolerance)
    )
    prompt = dict(text=text, bos="always")
    ids = [bos, *encode(text)]
    hooks, logits = model.run(ids)
    add(dict(kind="loss", prompt=prompt), -log_soft(logits)[np.arange(len(ids) - 1), ids[1:]].mean(), 2e-5)
    plain = dict(text=counting, bos="never")
    last = model.run(encode(counting))[1][-1]
    add(dict(kind="next-token", prompt=plain), int(last.argmax()), 0)
    add(dict(kind="next-logit", prompt=plain), last.max(), 2e-4)
    differences, attributions = [], []
    for pair in pairs:
        [target], [distractor] = encode(pair["target"]), encode(pair["distractor"])
        own, logits = model.run([bos, *encode(pair["text"])])
        differences.append(logits[-1, target] - logits[-1, distractor])
        attributions.append(model.attributions(own, target, distractor))
    add(dict(kind="mean-logit-diff"), np.mean(differences), 2e-4)
    for pair, value in enumerate(differences):
        add(dict(kind="logit-diff", pair=pair), value, 2e-4)
    mean = np.mean(attributions, 0)
    order = np.argsort(-mean.flatten())
    for index in [*order[:3], *order[-2:][::-1]]:
        layer, head = divmod(int(index), model.heads)
        add(dict(kind="head-attribution", layer=layer, head=head), mean[layer, head], 2e-4)
    for score, values in head_scores(model, size, bos).items():
        for index in np.argsort(-values.flatten())[:2]:
            layer, head = divmod(int(index), model.heads)
            add(dict(kind="head-score", layer=layer, head=head, score=score), values[layer, head], 1e-4)
    config = model.config
    table = model.w["wte.weight"]
    places = [(row, column) for row in (0, 1, 7) for column in (0, 1, model.width - 1)]
    return dict(
        title=title,
        added=None,
        sha256=[known],
        embedding=dict(entries=[[r, c, nine(table[r, c])] for r, c in places], source=RECIPE),
        config=dict(
            n_layers=model.layers,
            d_model=model.width,
            n_heads=model.heads,
            d_mlp=config.get("n_inner") or 4 * model.width,
            n_ctx=config["n_positions"],
            d_vocab=config["vocab_size"],
            act_fn="gelu_new",
            eps=config["layer_norm_epsilon"],
            tied=True,
            scale_attn=True,
            scale_attn_by_layer=False,
        ),
        tokens=[dict(text=each, ids=encode(each)) for each in (text, counting, pairs[0]["text"])],
        pairs=pairs,
        facts=[dict(fact, source=RECIPE) for fact in facts],
        hooks=dict(prompt=prompt, tolerance=2e-5, rms={k: nine(rms(v)) for k, v in hooks.items()}, source=RECIPE),
    )


def names(template, pairs):
    """Both names of each pair, each of them once the one that comes next."""
    rows = []
    for a, b in pairs:
        for target, subject in ((a, b), (b, a)):
            text = template.replace("A", a).replace("B", b).replace("S", subject)
            rows.append(dict(text=text, bos="always", target=target, distractor=subject))
    return rows


def write_random() -> None:
    """A random GPT-2 over bytes, weights scaled so that attention is sharp and logits are large."""
    GOLDEN.mkdir(exist_ok=True)
    config = transformers.GPT2Config(
        vocab_size=257, n_positions=64, n_embd=32, n_layer=2, n_head=4, bos_token_id=256, eos_token_id=256
    )
    model = transformers.GPT2LMHeadModel(config)
    generator = torch.Generator().manual_seed(SEED)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if ".ln_" in name and name.endswith("weight"):
            value = 1 + 0.2 * noise
        elif name.endswith("bias"):
            value = 0.2 * noise
        else:
            value = noise / math.sqrt(config.n_embd if "wpe" in name else parameter.shape[0])
        if name.endswith("wte.weight"):
            value = 5 / math.sqrt(config.n_embd) * noise
        if name.endswith("c_attn.weight"):
            value[:, : 2 * config.n_embd] *= 2
        with torch.no_grad():
            parameter.copy_(value)
    model.save_pretrained(GOLDEN)
    (GOLDEN / "generation_config.json").unlink(missing_ok=True)
    weights = load_file(GOLDEN / "model.safetensors")
    save_file(weights, GOLDEN / "model.safetensors", metadata={"format": "pt"})
    printable = [b for b in range(256) if 32 < b < 127 or (b > 160 and b != 173)]
    rest = iter(range(0x100, 0x200))
    vocabulary = {chr(b if b in printable else next(rest)): b for b in range(256)} | {"<|endoftext|>": 256}
    (GOLDEN / "vocab.json").write_text(json.dumps(vocabulary))
    (GOLDEN / "merges.txt").write_text("#version: 0.2\n")


def sha256(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def main() -> None:
    torch.set_num_threads(1)
    write_random()
    random = Model(GOLDEN)
    encode = lambda text: list(text.encode())
    check(random, GOLDEN, encode("abc def"))
    facts = facts_of(
        random, encode, 256, 257,
        title="Random bytes", text="When Tom and Sid went,", counting="one two",
        pairs=names("A and B met; S left ", [("T", "Z"), ("q", "x")]), known=sha256(GOLDEN),
    )  # fmt: skip
    (GOLDEN / "facts.json").write_text(json.dumps(facts, indent=1) + "\n")

    tiny = Model(TINY)
    tokenizer = Tokenizer.from_file(str(TINY / "tokenizer.json"))
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    check(tiny, TINY, encode("When Mary and John went to the store"))
    facts = facts_of(
        tiny, encode, tokenizer.token_to_id("<|endoftext|>"), tokenizer.get_vocab_size(),
        title="the embedded model", text="The capital of France is Paris.",
        counting="stone river cloud paper glass stone river cloud paper",
        pairs=names("WhenA andB went to the store,S gave a drink to", [(" Mary", " John"), (" Tom", " Alice")]),
        known=sha256(TINY),
    )  # fmt: skip
    body = json.dumps(facts, indent=2).replace(f'"{RECIPE}"', "RECIPE")
    TINY_FACTS.write_text(
        "import type { PublishedModel } from '../published.ts';\n\n"
        f"const RECIPE = '{RECIPE}';\n\n"
        "/** The embedded model, by numpy in float64. The recipe wrote this. */\n"
        f"export const UNDERGLASS_TINY: PublishedModel = {body};\n"
    )


if __name__ == "__main__":
    main()
