"""Writes MODEL_CARD.md and card.json from the measured figures and card.template.md."""

import argparse
import json
from pathlib import Path

import numpy as np
from activations import sae_hooks
from safetensors.numpy import load_file

#: Behaviours in the card's order: task -> (what is compared, name of the mean difference or None).
TASKS = {
    "ioi": ("indirect object preferred over subject", "difference"),
    "gender": ("right pronoun preferred over the other gender's", "difference"),
    "capitals": ("capital is the likeliest token", None),
    "countries": ("country of a capital is the likeliest token", None),
    "languages": ("language of a country is the likeliest token", None),
    "brackets": ("right closing bracket preferred over the three others", "difference"),
    "quotes": ("right closing quotation mark preferred over the other", "difference"),
    "html tags": ("first token of the closing tag is the likeliest", None),
    "years": ("later years more probable than earlier or equal ones", "difference in probability"),
    "agreement": ("a verb of the right number preferred", "difference"),
    "opposites": ("opposite is the likeliest token", None),
    "colours of things": ("colour of the thing is the likeliest token", None),
    "counting": ("next item is the likeliest token", None),
    "sums": ("first token of the result is the likeliest", None),
}


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines)


def loss_table(records: list[dict], most: int = 14) -> str:
    picked = sorted({int(i) for i in np.linspace(0, len(records) - 1, min(most, len(records)))})
    rows = [
        [str(r["step"]), f"{r['tokens'] / 1e6:.1f} M", f"{r['train']:.3f}", f"{r['held_out']:.3f}"]
        for r in (records[i] for i in picked)
    ]
    return table(["step", "tokens", "training loss", "held-out natural text"], rows)


def behaviour_table(figures: dict, known: dict) -> str:
    rows = []
    for task, (words, difference) in TASKS.items():
        case = figures["tasks"][task]
        mean = "" if difference is None else f"{case[difference]:.2f}"
        top = case.get("top", case["right"] if difference is None else None)
        likeliest = "" if top is None else percent(top)
        easy = known["tasks"][task]
        right = [str(case["n"]), percent(case["right"]), mean, likeliest]
        rows.append([task, words, *right, f"{percent(easy['right'])} of {easy['n']}"])
    head = ["task", "right means", "cases", "right", "mean difference", "target likeliest", "right, known forms"]
    return table(head, rows)


def induction_table(figures: dict) -> str:
    rows = []
    for start in ("induction", "induction after 1 to 60 random tokens"):
        for size, case in figures[start].items():
            place = "from the start" if start == "induction" else "after 1 to 60 random tokens"
            rows.append([size.removeprefix("length "), place, str(case["n"]), percent(case["right"])])
    return table(["length of the copied sequence", "where", "predictions", "top-1"], rows)


def prompt_table(figures: dict) -> str:
    rows = [
        [f"`{json.dumps(prompt)[1:-1]}`", ", ".join(f"`{json.dumps(t)[1:-1]}` {p:.2f}" for t, p in top[:3])]
        for prompt, top in figures["prompts"].items()
    ]
    return table(["prompt", "likeliest next tokens"], rows)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def sae_table(reports: list[dict]) -> str:
    head = ["hook", "k", "L0", "explained variance", "loss +", "CE recovered (zero)", "CE recovered (mean)", "dead"]
    rows = [
        [
            f"`{r['hook']}`",
            str(r["k"]),
            f"{r['l0']:.1f}",
            f"{r['explained_variance']:.3f}",
            f"{r['loss_increase']:.3f}",
            f"{r['recovered_vs_zero']:.3f}",
            f"{r['recovered_vs_mean']:.3f}",
            percent(r["dead_share"]),
        ]
        for r in reports
    ]
    return table(head, rows)


def concept_table(reports: list[dict]) -> str:
    def cell(report: dict, units: str, group: str) -> str:
        found = report.get(units, {}).get(group)
        return "" if found is None else f"{percent(found['share'])} ({found['mean_f1']:.2f})"

    head = ["hook"] + [f"{units}, {group}" for group in ("contextual", "token alone") for units in ("latents", "neurons", "basis")]
    rows = [
        [f"`{r['hook']}`"]
        + [cell(r, u, g) for g in ("contextual", "token_alone") for u in ("latents", "neurons", "residual_basis")]
        for r in reports
    ]
    return table(head, rows)


def interval(mean: list[float]) -> str:
    """Of [mean, low, high]."""
    return f"{mean[0]:+.2f} ± {mean[0] - mean[1]:.2f}"


def circuit_text(path: Path) -> str:
    """Heads that have a role or matter by 5 % and more, and what zeroing three of them does; from circuit.json."""
    if not path.exists():
        return "Not measured for these weights."
    figures = json.loads(path.read_text())
    least = 0.05 * figures["logitDiff"][0]
    places = ("indirectObject", "subjectFirst", "subjectSecond")
    rows = []
    for head in figures["heads"]:
        effects = [head["directEffect"], head["measuredEffect"]]
        if not head["roles"] and all(abs(effect[0]) < least for effect in effects):
            continue
        scores = [f"{head['scores'][name][0]:.2f}" for name in ("previousToken", "nearby", "duplicateToken", "induction")]
        looks = [f"{head['attention'][place][0]:.2f} ({head['attentionUnrepeated'][place][0]:.2f})" for place in places]
        rows.append([head["name"], ", ".join(head["roles"]), *scores, *map(interval, effects), *looks])
    head = ["head", "role", "previous token", "nearby", "duplicate token", "induction"]
    head += ["direct effect", "measured effect", "to indirect object", "to subject, first", "to subject, second"]
    steering = "".join(
        f"Without {' and '.join(found['without'])} at the last token, {found['name']} gives "
        f"{found['attention']['indirectObject'][0]:.2f} of its attention to the indirect object and "
        f"{found['attention']['subjectFirst'][0]:.2f} to the subject's first mention. "
        for found in figures["steering"]
    )
    three = figures["ablation"]
    before, removed, random = (three[name][0] for name in ("logitDiff", "removed", "removedByRandom"))
    return (
        f"{figures['prompts']} prompts of {figures['forms']} forms; the indirect object preferred in {percent(figures['right'])}, "
        f"by {interval(figures['logitDiff'])} logits. Scores: mean pattern weight one token back, on the four tokens before, on the same "
        f"token and on the one after it in the first copy, over {figures['sequences']} sequences of random tokens said twice. Heads without "
        f"a role are listed when an effect of theirs reaches 5 % of the difference.\n\n{table(head, rows)}\n\n"
        f"{steering}The three heads that measured most on one half of the prompts ({', '.join(three['heads'])}), zeroed together on the other "
        f"{three['prompts']}: {removed:.1f} of {before:.1f} logits go ({100 * removed / before:.0f} %). Three random heads of the others: "
        f"{random:.1f} ({100 * random / before:.0f} %; mean of {three['triples']} triples, the worst {three['removedByWorst']:.1f})."
    )


def size_of(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.2f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("work"))
    parser.add_argument("--decay-from", type=int, default=15200)
    parser.add_argument("--model", type=Path, default=Path("../underglass-tiny"))
    args = parser.parse_args()
    config = json.loads((args.model / "config.json").read_text())
    records = [json.loads(line) for line in (args.work / "loss.jsonl").open()]
    figures = json.loads((args.work / "behaviours.json").read_text())
    known = json.loads((args.work / "behaviours_known.json").read_text())
    folders = [args.model / "saes" / name for name in sae_hooks(config["n_layer"])]
    reports = [json.loads((folder / "report.json").read_text()) for folder in folders]
    parameters = sum(value.size for value in load_file(str(args.model / "model.safetensors")).values())
    latents = sum(len((folder / "latents.jsonl").read_text().splitlines()) for folder in folders)
    first = reports[0]
    sae = json.loads((folders[0] / "cfg.json").read_text())
    values = {
        "parameters": f"{parameters:,}",
        "model_size": size_of(args.model / "model.safetensors"),
        "saes_size": f"{sum((f / 'sae_weights.safetensors').stat().st_size for f in folders) / 1e6:.1f} MB",
        "tokens": f"{records[-1]['tokens'] / 1e6:.0f} million",
        "steps": str(records[-1]["step"]),
        "decay_from": str(args.decay_from),
        "d_sae": str(sae["d_sae"]),
        "sae_tokens": f"{sae['metadata']['training_tokens'] / 1e6:.1f} million",
        "losses": loss_table(records),
        "behaviours": behaviour_table(figures, known),
        "ioi_orders": f"ABB {percent(figures['tasks']['ioi']['right ABB'])}, mean {figures['tasks']['ioi']['difference ABB']:.2f}; "
        f"BAB {percent(figures['tasks']['ioi']['right BAB'])}, mean {figures['tasks']['ioi']['difference BAB']:.2f}",
        "induction": induction_table(figures),
        "prompts": prompt_table(figures),
        "circuit": circuit_text(args.model / "circuit.json"),
        "saes": sae_table(reports),
        "concepts": concept_table(reports),
        "tokens_judged": f"{first['tokens_judged']:,}",
        "n_contextual": str(first["latents"]["contextual"]["concepts"]),
        "n_token_alone": str(first["latents"]["token_alone"]["concepts"]),
        "latent_lines": f"{latents:,}",
    }
    text = Path(__file__).with_name("card.template.md").read_text()
    for key, value in values.items():
        text = text.replace(f"<<{key}>>", value)
    (args.model / "MODEL_CARD.md").write_text(text)
    card = {
        "name": "underglass-tiny",
        "bos": True,
        "bosToken": "<|endoftext|>",
        "n_ctx": config["n_ctx"],
        "note": "A small GPT-2 trained on generated text with labelled concepts and on children's stories.",
        "trained": {"tokens": records[-1]["tokens"], "steps": records[-1]["step"], "seed": 0},
        "saes": sae_hooks(config["n_layer"]),
    }
    (args.model / "card.json").write_text(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    main()
