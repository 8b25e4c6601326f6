"""The sentence encoder, run: texts → their places in meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from detectors.intent.tokens import PAD, SIZE, Tokens

# Tokens of one batch: enough to keep the cores busy, few enough to stay in their caches.
_BATCH_TOKENS: Final = 1500

Floats = NDArray[np.float32]


class Encoder:
    """An encoder that was laid out as a graph, and its tokenizer; safe to share between threads."""

    def __init__(self, model: Path, tokenizer: bytes, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._tokens = Tokens(tokenizer)

    def vectors(self, texts: Sequence[tuple[str, str]]) -> Floats:
        """(what was said before, text) pairs → their vectors, n × 768."""
        return self.both(texts)[0]

    def both(self, texts: Sequence[tuple[str, str]]) -> tuple[Floats, Floats]:
        """The vectors of texts, and those after the middle layer, each n × 768."""
        tokens = [self._tokens.ids(before, text) for before, text in texts]
        last, middle = np.zeros((2, len(tokens), SIZE), np.float32)
        for batch in _batches([len(some) for some in tokens]):
            longest = max(len(tokens[nth]) for nth in batch)
            ids = np.full((len(batch), longest), PAD, np.int64)
            for row, nth in enumerate(batch):
                ids[row, : len(tokens[nth])] = tokens[nth]
            last[batch], middle[batch] = self._session.run(("vector", "middle"), {"ids": ids})
        return last, middle


def _batches(lengths: Sequence[int]) -> Iterable[list[int]]:
    """Places of texts of like length together, so that little is padded."""
    batch: list[int] = []
    for nth in sorted(range(len(lengths)), key=lambda nth: lengths[nth]):
        if batch and (len(batch) + 1) * lengths[nth] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(nth)
    if batch:
        yield batch
