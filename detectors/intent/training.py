"""Training the reader in torch: `python -m detectors.intent.training` writes detectors/intent/weights/ anew.

On a GPU where there is one (an H200: five minutes); on two processor cores about half a day. `make reader` does
this and what follows.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import MPNetConfig, MPNetModel

from detectors.intent.assembly import HOME, pin
from detectors.intent.base import base_tokenizer, base_weights
from detectors.intent.eight_bits import Weights, changed, changes
from detectors.intent.examples import Example, examples, part_of, shuffled
from detectors.intent.lines import Said, read
from detectors.intent.tokens import PAD, SIZE, Tokens
from policies.schema import CATEGORIES

_BATCH_TOKENS: Final = 6000
_MOST: Final = 160
_SMOOTHING: Final = 0.04
# So many lines tell how far the inputs of the layers reach (graph.py).
_PROBES: Final = 1024


class Network(nn.Module):
    """The packaged encoder, its layers free to learn and its word vectors as they are, under a head for the risks."""

    def __init__(self, base: Weights) -> None:
        super().__init__()
        config = MPNetConfig(
            vocab_size=30527,
            hidden_size=SIZE,
            num_hidden_layers=12,
            num_attention_heads=12,
            intermediate_size=3072,
            max_position_embeddings=514,
            relative_attention_num_buckets=32,
            layer_norm_eps=1e-5,
        )
        self.encoder = MPNetModel(config, add_pooling_layer=False)
        # np.array: some are views into bytes that torch must not write to.
        self.encoder.load_state_dict(
            {name: torch.from_numpy(np.array(v)) for name, v in base.items()}, strict=False
        )
        self.encoder.embeddings.requires_grad_(False)
        self.drop = nn.Dropout(0.1)
        self.risk = nn.Linear(SIZE, len(CATEGORIES) + 1)

    def vectors(self, ids: torch.Tensor) -> torch.Tensor:
        """Batch × tokens → batch × 768, the mean over the tokens."""
        heard = ids != PAD
        last = self.encoder(input_ids=ids, attention_mask=heard.long()).last_hidden_state.float()
        weight = heard[:, :, None].float()
        return (last * weight).sum(1) / weight.sum(1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Batch × tokens → batch × (no risk, and the eleven), logits."""
        return self.risk(self.drop(self.vectors(ids)))

    def weights(self) -> Weights:
        """The encoder's weights by their packaged names."""
        return {
            name: value.detach().float().cpu().numpy()
            for name, value in self.encoder.state_dict().items()
            if value.is_floating_point()
        }


class Texts:
    """Examples as tokens, in batches of like length."""

    def __init__(self, tokenizer: bytes) -> None:
        self._tokens = Tokens(tokenizer)

    def batches(self, some: Sequence[Example]) -> Iterator[tuple[torch.Tensor, list[Example]]]:
        """Batches in random order, each of texts of like length."""
        made = [self._tokens.ids(example.before, example.text) for example in some]
        order = [
            nth
            for start in range(0, len(made), 2000)
            for nth in sorted(range(start, min(start + 2000, len(made))), key=lambda n: len(made[n]))
        ]
        batches: list[list[int]] = [[]]
        for nth in order:
            if batches[-1] and (
                (len(batches[-1]) + 1) * len(made[nth]) > _BATCH_TOKENS or len(batches[-1]) >= _MOST
            ):
                batches.append([])
            batches[-1].append(nth)
        random.Random(len(made)).shuffle(batches)  # noqa: S311
        for batch in batches:
            longest = max(len(made[nth]) for nth in batch)
            ids = torch.full((len(batch), longest), PAD)
            for row, nth in enumerate(batch):
                ids[row, : len(made[nth])] = torch.tensor(made[nth])
            yield ids, [some[nth] for nth in batch]


class Course:
    """The way of a training: pass after pass over everything there is to learn, each in another order."""

    def __init__(self, *, epochs: int, rate: float, seed: int, base: Path | None) -> None:
        torch.manual_seed(seed)
        self._dice = random.Random(seed)  # noqa: S311
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._epochs = epochs
        self._base, self._tokenizer = base_weights(base), base_tokenizer(base)
        self.network, self.texts = Network(self._base).to(self._device), Texts(self._tokenizer)
        bodies = [p for p in self.network.encoder.parameters() if p.requires_grad]
        head = max(rate, 1e-3)
        self._optimiser = torch.optim.AdamW(
            [{"params": bodies, "lr": rate}, {"params": self.network.risk.parameters(), "lr": head}],
            weight_decay=0.01,
        )
        self._peaks = (rate, head)
        self._steps: list[float] = []
        self._began = time.monotonic()

    def go_on_from(self, home: Path) -> None:
        """Start from the weights that are there instead of the packaged ones: for a corpus that has grown."""
        with np.load(home / "reader.npz") as kept:
            state = {f"encoder.{name}": value for name, value in changed(self._base, kept).items()}
            state |= {name: kept[name] for name in ("risk.weight", "risk.bias")}
        self.network.load_state_dict(
            {n: torch.from_numpy(np.array(v)) for n, v in state.items()}, strict=False
        )

    def run(self, home: Path, *, version: int, most: int | None = None) -> None:
        """Every pass; what was learned is written after each."""
        corpus = _corpus()
        learned = examples(said for said in corpus if part_of(said) == "training")
        for epoch in range(self._epochs):
            self._dice.shuffle(learned)
            self._pass(epoch, learned[:most])
            self._save(corpus, home, version=version)

    def _pass(self, epoch: int, learned: Sequence[Example]) -> None:
        self.network.train()
        batches = list(self.texts.batches(shuffled(learned, self._dice)))
        for nth, (ids, batch) in enumerate(batches):
            self._rated((epoch + nth / len(batches)) / self._epochs)
            with torch.autocast(self._device, torch.bfloat16, enabled=self._device == "cuda"):
                logits = self.network(ids.to(self._device))
            loss = _loss(logits.float(), batch, self._device)
            self._optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self._optimiser.step()
            self._steps.append(loss.item())
            if nth % 100 == 99:
                lately, took = np.mean(self._steps[-100:]), time.monotonic() - self._began
                _say(f"pass {epoch + 1}, {nth + 1} of {len(batches)}: loss {lately:.3f}, {took:.0f} s")

    def _rated(self, way: float) -> None:
        """The learning rate a part of the way (0–1): up for a twentieth, then down in a line."""
        share = min(1.0, way / 0.05) * max(0.02, 1 - way)
        for group, peak in zip(self._optimiser.param_groups, self._peaks, strict=True):
            group["lr"] = peak * share

    def _save(self, corpus: Sequence[Said], home: Path, *, version: int) -> None:
        """Write the reader: what changed of the encoder, and the head for the risks."""
        network = self.network.eval()
        kept: dict[str, Any] = {
            **changes(self._base, network.weights()),
            **reaches(network, self.texts, corpus),
            "risk.weight": network.risk.weight.detach().cpu().numpy(),
            "risk.bias": network.risk.bias.detach().cpu().numpy(),
            "version": np.array(version),
        }
        home.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(home / "reader.npz", **kept)
        (home / "tokenizer.json").write_bytes(self._tokenizer)
        pin(home)


def _corpus() -> list[Said]:
    corpus, faults = read()
    if faults:
        raise ValueError("\n".join(faults))
    return corpus


def _loss(logits: torch.Tensor, batch: Sequence[Example], device: str) -> torch.Tensor:
    wanted = torch.tensor([example.target() for example in batch], device=device)
    wanted = wanted * (1 - _SMOOTHING) + _SMOOTHING / wanted.shape[1]
    weight = torch.tensor([example.weight for example in batch], device=device)
    return (-(wanted * functional.log_softmax(logits, -1)).sum(1) * weight).sum() / weight.sum()


def reaches(network: Network, texts: Texts, corpus: Sequence[Said]) -> dict[str, np.ndarray[Any, Any]]:
    """How low and how high each input of each linear layer goes over some of the training lines: 2 × inputs."""
    found: dict[str, torch.Tensor] = {}

    def watch(name: str) -> Any:
        def look(_: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            here = given[0].detach().float().reshape(-1, given[0].shape[-1])
            ends = torch.stack([here.amin(0), here.amax(0)])
            known = found.get(name, ends)
            found[name] = torch.stack([torch.minimum(known[0], ends[0]), torch.maximum(known[1], ends[1])])

        return look

    hooks = [
        module.register_forward_pre_hook(watch(name))
        for name, module in network.encoder.named_modules()
        if isinstance(module, nn.Linear) and not name.endswith((".k", ".v"))
    ]
    lines = [said.text for said in corpus if len(said.turns) == 1 and part_of(said) == "training"]
    embedded(network, texts, [("", text) for text in lines[:: max(1, len(lines) // _PROBES)]])
    for hook in hooks:
        hook.remove()
    return {f"{name}.reach": reach.cpu().numpy().astype(np.float32) for name, reach in found.items()}


def embedded(network: Network, texts: Texts, pairs: Sequence[tuple[str, str]]) -> np.ndarray[Any, Any]:
    device = next(network.parameters()).device
    made = np.zeros((len(pairs), SIZE), np.float32)
    numbered = [
        Example(before=before, text=text, categories=(str(nth),)) for nth, (before, text) in enumerate(pairs)
    ]
    with torch.no_grad():
        for ids, batch in texts.batches(numbered):
            made[[int(e.categories[0]) for e in batch]] = network.vectors(ids.to(device)).cpu().numpy()
    return made


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m detectors.intent.training", description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rate", type=float, default=4e-5, help="peak learning rate of the layers")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--home", type=Path, default=HOME)
    parser.add_argument("--base", type=Path, help="a copy of the packaged encoder (detectors.intent.base)")
    parser.add_argument("--onward", action="store_true", help="go on from the weights that are there")
    parser.add_argument("--most", type=int, help="learn from so many examples only: a trial")
    asked = parser.parse_args(arguments)
    course = Course(epochs=asked.epochs, rate=asked.rate, seed=asked.seed, base=asked.base)
    if asked.onward:
        course.go_on_from(asked.home)
    course.run(asked.home, version=asked.version, most=asked.most)
    _say(f"wrote {asked.home}; now fit the fusion: python -m detectors.intent.fitting")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
