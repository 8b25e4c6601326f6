"""Training the reader in torch: `python -m detectors.intent.training` writes detectors/intent/weights/ anew.

On a GPU where there is one; on two processor cores about an hour. `make reader` does this and what follows.
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
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from detectors.intent.assembly import HOME, packed, pin, unpacked
from detectors.intent.base import base_files, tensors
from detectors.intent.examples import Example, examples, part_of, shuffled
from detectors.intent.heads import fitted_intents
from detectors.intent.lines import Said, read
from policies.schema import CATEGORIES

LONGEST: Final = 160
_BATCH_TOKENS: Final = 1200
_MOST: Final = 64
_SIZE: Final = 384
_LAYERS: Final = 6
# The lower layers stay as packaged: they know the language, and the upper ones learn twice as fast alone.
FROZEN: Final = 2
_SMOOTHING: Final = 0.04


class Network(nn.Module):
    """The packaged encoder, its layers free to learn and its word vectors as they are, under a head for the risks."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__()
        config = BertConfig(
            vocab_size=30522,
            hidden_size=_SIZE,
            num_hidden_layers=_LAYERS,
            num_attention_heads=12,
            intermediate_size=1536,
        )
        self.encoder = BertModel(config, add_pooling_layer=False)
        # .copy(): the arrays are views into bytes that torch must not write to.
        state = {name: torch.from_numpy(v.copy()) for name, v in tensors(files["model.safetensors"]).items()}
        self.encoder.load_state_dict(
            {name: value for name, value in state.items() if not name.startswith("pooler.")}, strict=False
        )
        self.encoder.embeddings.requires_grad_(False)
        for layer in self.encoder.encoder.layer[:FROZEN]:
            layer.requires_grad_(False)
        self.drop = nn.Dropout(0.1)
        self.risk = nn.Linear(_SIZE, len(CATEGORIES) + 1)

    def vectors(self, ids: torch.Tensor) -> torch.Tensor:
        """Batch × tokens → batch × 384, the mean over the tokens."""
        with torch.no_grad():
            lower = self._through(self.encoder.embeddings(input_ids=ids), ids, range(FROZEN))
        last = self._through(lower, ids, range(FROZEN, _LAYERS))
        weight = (ids != 0)[:, :, None].float()
        return (last * weight).sum(1) / weight.sum(1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Batch × tokens → batch × (no risk, and the eleven), logits."""
        return self.risk(self.drop(self.vectors(ids)))

    def _through(self, last: torch.Tensor, ids: torch.Tensor, layers: range) -> torch.Tensor:
        away = (ids == 0)[:, None, None, :].float() * -1e4
        for number in layers:
            made = self.encoder.encoder.layer[number](last, away)
            last = made[0] if isinstance(made, tuple) else made
        return last


class Texts:
    """Examples as tokens, in batches of like length."""

    def __init__(self, tokenizer: bytes) -> None:
        self._tokens = Tokenizer.from_buffer(tokenizer)
        self._tokens.no_padding()
        self._tokens.enable_truncation(LONGEST, strategy="only_first")

    def ids(self, before: str, text: str) -> list[int]:
        """A text with what was said before it; only the latter is cut where both are too long."""
        if before and len(text.split()) < LONGEST // 2:
            return list(self._tokens.encode(before, text).ids)
        return list(self._tokens.encode(text).ids)

    def batches(self, some: Sequence[Example]) -> Iterator[tuple[torch.Tensor, list[Example]]]:
        """Batches in random order, each of texts of like length."""
        made = [self.ids(example.before, example.text) for example in some]
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
            ids = torch.zeros((len(batch), longest), dtype=torch.long)
            for row, nth in enumerate(batch):
                ids[row, : len(made[nth])] = torch.tensor(made[nth])
            yield ids, [some[nth] for nth in batch]


class Course:
    """The way of a training: pass after pass, from the short to the long — whole calls come in the last one."""

    def __init__(self, *, epochs: int, rate: float, seed: int, device: str) -> None:
        torch.manual_seed(seed)
        self._dice = random.Random(seed)  # noqa: S311
        self._epochs, self._device = epochs, device
        files = base_files()
        self.network, self.texts = Network(files).to(device), Texts(files["tokenizer.json"])
        bodies = [p for p in self.network.encoder.parameters() if p.requires_grad]
        self._optimiser = torch.optim.AdamW(
            [{"params": bodies, "lr": rate}, {"params": self.network.risk.parameters(), "lr": 10 * rate}],
            weight_decay=0.01,
        )
        self._peaks = (rate, 10 * rate)
        self._steps: list[float] = []
        self._began = time.monotonic()

    def go_on_from(self, home: Path) -> None:
        """Start from the weights that are there instead of the packaged ones: for a corpus that has grown."""
        with np.load(home / "reader.npz") as kept:
            state = {f"encoder.{name}": torch.from_numpy(value) for name, value in unpacked(kept).items()}
            state |= {name: torch.from_numpy(kept[name].copy()) for name in ("risk.weight", "risk.bias")}
        self.network.load_state_dict(state, strict=False)

    def run(self, home: Path, *, version: int, most: int | None = None) -> None:
        """Every pass; what was learned is written after each."""
        for epoch in range(self._epochs):
            corpus = _corpus()
            told = [said for said in corpus if part_of(said) == "training"]
            if epoch < self._epochs - 1:
                told = [said for said in told if not said.scene.category.startswith("calls")]
            learned = examples(told)
            self._dice.shuffle(learned)
            self._pass(epoch, learned[:most])
            save(self.network.eval(), self.texts, corpus, home, version=version)

    def _pass(self, epoch: int, learned: Sequence[Example]) -> None:
        self.network.train()
        batches = list(self.texts.batches(shuffled(learned, self._dice)))
        for nth, (ids, batch) in enumerate(batches):
            self._rated((epoch + nth / len(batches)) / self._epochs)
            loss = _loss(self.network(ids.to(self._device)), batch, self._device)
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


def save(network: Network, texts: Texts, corpus: Sequence[Said], home: Path, *, version: int) -> None:
    """Write the reader: every weight of the encoder, and the heads."""
    weights = {
        name: value.detach().cpu().numpy()
        for name, value in network.encoder.state_dict().items()
        if value.dtype == torch.float32
    }
    names, weight, bias = fitted_intents(corpus, lambda pairs: embedded(network, texts, pairs))
    home.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = {
        **packed(weights),
        "risk.weight": network.risk.weight.detach().cpu().numpy(),
        "risk.bias": network.risk.bias.detach().cpu().numpy(),
        "intent.weight": weight,
        "intent.bias": bias,
        "intents": np.array(names),
        "version": np.array(version),
    }
    np.savez_compressed(home / "reader.npz", **kept)
    (home / "tokenizer.json").write_bytes(base_files()["tokenizer.json"])
    pin(home)


def embedded(network: Network, texts: Texts, pairs: Sequence[tuple[str, str]]) -> np.ndarray[Any, Any]:
    device = next(network.parameters()).device
    made = np.zeros((len(pairs), _SIZE), np.float32)
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
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1e-4, help="peak learning rate of the layers")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--home", type=Path, default=HOME)
    parser.add_argument("--onward", action="store_true", help="go on from the weights that are there")
    parser.add_argument("--most", type=int, help="learn from so many examples only: a trial")
    asked = parser.parse_args(arguments)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    course = Course(epochs=asked.epochs, rate=asked.rate, seed=asked.seed, device=device)
    if asked.onward:
        course.go_on_from(asked.home)
    course.run(asked.home, version=asked.version, most=asked.most)
    _say(f"wrote {asked.home}; now fit the fusion: python -m detectors.intent.fitting")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
