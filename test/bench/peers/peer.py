"""The other side of `npm run bench:peers`: TransformerLens and SAELens, used as their users do.

One line of JSON in, one out: {"open": {...}} once, then {"run": TASK, "tokens": N} -> {"ms": ...}; {"memory": true} ->
{"peak": BYTES}. Nothing but the task itself is timed.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden" / "recipes"))

import torch

Run = Callable[[], object]


def model_tasks(folder: Path, target: int, distractor: int) -> dict[str, Callable[[list[int]], Run]]:
    from lens import open_hf, open_lens

    model = open_lens(open_hf(folder, torch.float32))
    # Gradients of parameters are not asked for: without them the backward pass is twice as fast.
    model.requires_grad_(False)

    def difference(logits: torch.Tensor) -> torch.Tensor:
        return logits[0, -1, target] - logits[0, -1, distractor]

    def forward(ids: list[int]) -> Run:
        tokens = torch.tensor([ids])
        return torch.inference_mode()(lambda: model(tokens))

    def trace(ids: list[int]) -> Run:
        tokens = torch.tensor([ids])
        return torch.inference_mode()(lambda: model.run_with_cache(tokens))

    def gradients(ids: list[int]) -> Run:
        tokens = torch.tensor([ids])

        def run() -> object:
            cache, forward_hooks, backward_hooks = model.get_caching_hooks(incl_bwd=True)
            leaf = ("hook_embed", lambda value, hook: value.requires_grad_())
            with model.hooks([leaf, *forward_hooks], backward_hooks):
                difference(model(tokens)).backward()
            return cache

        return run

    def sweep(ids: list[int], positions: slice) -> Run:
        tokens = torch.tensor([ids])

        @torch.inference_mode()
        def run() -> object:
            clean = difference(model(tokens)).item()
            effects = torch.zeros(model.cfg.n_layers, model.cfg.n_heads)
            for layer in range(model.cfg.n_layers):
                for head in range(model.cfg.n_heads):

                    def ablate(z: torch.Tensor, hook: object) -> torch.Tensor:
                        z[:, positions, head] = 0
                        return z

                    hooks = [(f"blocks.{layer}.attn.hook_z", ablate)]
                    effects[layer, head] = clean - difference(model.run_with_hooks(tokens, fwd_hooks=hooks)).item()
            return effects

        return run

    return {
        "forward": forward,
        "trace": trace,
        "gradients": gradients,
        "sweepLast": lambda ids: sweep(ids, slice(-1, None)),
        "sweepAll": lambda ids: sweep(ids, slice(None)),
    }


def sae_tasks(folder: Path, inputs: Path) -> dict[str, Callable[[list[int]], Run]]:
    from sae_lens import SAE
    from safetensors.torch import load_file

    sae = SAE.load_from_disk(folder)
    rows = load_file(inputs)["rows"]

    def encode(ids: list[int]) -> Run:
        x = rows[: len(ids)]
        return torch.inference_mode()(lambda: sae.encode(x))

    return {"encode": encode}


def main() -> None:
    tasks: dict[str, Callable[[list[int]], Run]] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        reply: dict[str, object] = {}
        if "open" in asked:
            options = asked["open"]
            torch.set_num_threads(options["threads"])
            if "sae" in options:
                tasks = sae_tasks(Path(options["sae"]), Path(options["inputs"]))
            else:
                tasks = model_tasks(Path(options["model"]), options["target"], options["distractor"])
            reply = {"version": torch.__version__}
        elif "run" in asked:
            run = tasks[asked["run"]](asked["ids"])
            started = time.perf_counter()
            result = run()
            reply = {"ms": 1000 * (time.perf_counter() - started)}
            if isinstance(result, torch.Tensor) and result.numel() < 1000:
                reply["values"] = result.flatten().tolist()
            del result
        else:
            # Linux counts in kilobytes, macOS in bytes.
            unit = 1 if sys.platform == "darwin" else 1024
            reply = {"peak": unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
