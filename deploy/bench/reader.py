"""How fast the reader reads on two cores: lines alone, turns of talk, and beside the untrained encoder in torch."""

from __future__ import annotations

import time
from pathlib import Path

from detectors.intent.lines import read
from detectors.intent.reader import Reader
from search.transcript import Transcript
from surveillance.settings.base import EARSHOT

LINES, TALKS, ROUNDS = 400, 80, 3


def main() -> None:
    """Prints lines and turns a second (median of three rounds), and the ratio to bare torch on the same lines."""
    corpus, _ = read()
    lines = [said.text for said in corpus if len(said.turns) == 1][:: max(1, len(corpus) // LINES)][:LINES]
    talks = [Transcript.from_turns(list(said.turns)) for said in corpus if len(said.turns) > 3][:TALKS]
    turns = sum(len(talk.turns) for talk in talks)
    reader = Reader(Path(EARSHOT.cache), threads=2)
    reader.encoder.vectors([("", text) for text in lines[:50]])
    alone = _median(lambda: reader.encoder.vectors([("", text) for text in lines])) / len(lines)
    within = _median(lambda: [reader.read(talk) for talk in talks]) / turns
    bare = _bare(lines) / len(lines)
    print(f"lines alone            {1 / alone:7.0f} a second")
    print(
        f"turns within talk      {1 / within:7.0f} a second (each with the talk before it, and in two stretches)"
    )
    print(f"the same lines, torch  {1 / bare:7.0f} a second; ours takes {alone / bare:.2f} of its time")


def _bare(lines: list[str]) -> float:
    import torch

    from detectors.intent.base import base_tokenizer, base_weights
    from detectors.intent.training import Network, Texts, embedded

    torch.set_num_threads(2)
    network, texts = Network(base_weights()).eval(), Texts(base_tokenizer())
    return _median(lambda: embedded(network, texts, [("", text) for text in lines]))


def _median(work: object) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()  # type: ignore[operator]
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2]


if __name__ == "__main__":
    main()
