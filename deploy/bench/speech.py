"""Our recogniser against the bare one, paired on the same files in one run: word error rate and time.

    python -m deploy.bench.speech [--model base] [--prompts 150] [--calls 20] [--list-differences]

Bare is `WhisperModel.transcribe(path, beam_size=5)` of faster-whisper with the same weights and threads; ours
is the whole of `decode` and `hear`: bounded decoding, voice activity, words with times, turns. Prompts are
Debian's asterisk-core-sounds-en-wav, real speech at 8 kHz; calls are the demo's, and bare hears each channel.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jiwer
from faster_whisper import WhisperModel, decode_audio
from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

from deploy.demo.script import read_scripts
from detectors import audio
from detectors.speech.engine import Engine, EngineSettings, get_engine
from detectors.speech.weights import find_weights

SOUNDS = Path("/usr/share/asterisk/sounds/en")
TRANSCRIPTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
FEWEST_WORDS = 3
normal = EnglishTextNormalizer({})  # Whisper's own: lower case, no punctuation, numbers in one form


@dataclass
class Side:
    """What one recogniser said of each file, and how long it took."""

    texts: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def hear(self, recognise: Callable[[Path], str], path: Path) -> None:
        began = time.perf_counter()
        text = recognise(path)
        self.seconds += time.perf_counter() - began
        self.texts.append(normal(text))

    def word_error_rate(self, references: list[str]) -> float:
        return 100 * float(jiwer.wer(references, self.texts))


def prompts(count: int) -> list[tuple[Path, str]]:
    """Evenly over the list: prompts of at least three words whose transcript has no remark in brackets."""
    found = []
    with gzip.open(TRANSCRIPTS, "rt") as listed:
        for line in listed:
            name, colon, said = line.partition(":")
            path = SOUNDS / f"{name.strip()}.wav"
            if (
                colon
                and not re.search(r"[\[(<]", said)
                and len(said.split()) >= FEWEST_WORDS
                and path.is_file()
            ):
                found.append((path, normal(said)))
    found.sort()
    step = max(1.0, len(found) / count)
    return [found[int(nth * step)] for nth in range(min(count, len(found)))]


def calls(count: int) -> list[tuple[Path, str]]:
    """The demo's synthetic calls: what the left party says, then what the right one does."""
    return [
        (
            script.audio,
            normal(" ".join(turn.say for lane in (0, 1) for turn in script.turns if turn.lane == lane)),
        )
        for script in read_scripts()[:count]
    ]


def bare_recogniser(model: WhisperModel) -> Callable[[Path], str]:
    def one(path: Path) -> str:
        return " ".join(segment.text for segment in model.transcribe(str(path), beam_size=5)[0])

    return one


def bare_by_channel(model: WhisperModel) -> Callable[[Path], str]:
    def both(path: Path) -> str:
        sides = decode_audio(str(path), split_stereo=True)
        return " ".join(segment.text for side in sides for segment in model.transcribe(side, beam_size=5)[0])

    return both


def our_recogniser(engine: Engine) -> Callable[[Path], str]:
    def one(path: Path) -> str:
        turns = sorted(engine.transcribe(audio.decode(path)).turns, key=lambda turn: turn.channel)
        return " ".join(turn.text for turn in turns)

    return one


def compare(
    files: list[tuple[Path, str]], ours: Callable[[Path], str], bare: Callable[[Path], str]
) -> tuple[Side, Side]:
    """Alternating, in random order of sides, so that a busy neighbour slows both alike."""
    chance = random.Random(3)
    one, other = Side(), Side()
    for path, _ in files:
        pair = [(one, ours), (other, bare)]
        chance.shuffle(pair)
        for side, recognise in pair:
            side.hear(recognise, path)
    return one, other


def differences(files: list[tuple[Path, str]], ours: Side, bare: Side) -> Iterator[str]:
    for (path, said), mine, theirs in zip(files, ours.texts, bare.texts, strict=True):
        if mine != theirs:
            yield f"{path.stem}\n   said {said}\n   ours {mine}\n   bare {theirs}"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--model", default="base")
    asked.add_argument("--prompts", type=int, default=150)
    asked.add_argument("--calls", type=int, default=20)
    asked.add_argument("--cache", type=Path, default=None)
    asked.add_argument("--list-differences", action="store_true")
    args = asked.parse_args()
    settings = EngineSettings(model=args.model, cache=args.cache, threads=1)
    audio.start()
    ours = our_recogniser(get_engine("whisper", settings))
    weights = find_weights(args.model, cache=args.cache)
    model = WhisperModel(str(weights.path), device="cpu", compute_type="int8", cpu_threads=1)
    within = True
    for name, files, bare in (
        ("prompts", prompts(args.prompts) if args.prompts else [], bare_recogniser(model)),
        ("calls", calls(args.calls) if args.calls else [], bare_by_channel(model)),
    ):
        if files:
            within &= report(name, args.model, files, compare(files, ours, bare), args.list_differences)
    return 0 if within else 1


def report(
    name: str, model: str, files: list[tuple[Path, str]], sides: tuple[Side, Side], listing: bool
) -> bool:
    ours, bare = sides
    ratio = ours.seconds / bare.seconds
    line = f"{name:8} {len(files):4} files  {model}  "
    line += f"time {ours.seconds:6.1f} s / {bare.seconds:6.1f} s = {ratio:.2f}"
    within = ratio <= 1.10
    if all(said for _, said in files):
        references = [said for _, said in files]
        mine, theirs = ours.word_error_rate(references), bare.word_error_rate(references)
        line += f"  WER ours {mine:.2f} %  bare {theirs:.2f} %"
        within &= mine <= theirs + 0.5
    print(line, "within limits" if within else "OUTSIDE LIMITS")
    if listing:
        print("\n".join(differences(files, ours, bare)))
    return within


if __name__ == "__main__":
    sys.exit(main())
