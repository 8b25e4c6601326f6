"""Speaks the drills: one 8 kHz telephone track a drill with the bounds of its turns, kept under var/voices/drills."""

from __future__ import annotations

import argparse
import sys

import numpy as np

from deploy.demo import telephone
from deploy.demo.telephone import Samples
from deploy.demo.voice import RATE, speak, voices_home
from policies.library import Drill, read_drills

LEAD = 0.35  # seconds before the first word and after the last
GAP = 0.25  # seconds between turns

ACCENTS = {"fr": "french", "de": "german", "es": "spanish"}


def accent(drill: Drill, voice: str) -> str:
    """Kokoro's voices carry their accent in their first letter; other languages bring their own."""
    return ACCENTS.get(drill.language, "british" if voice.startswith("b") else "american")


def track(drill: Drill) -> tuple[Samples, list[tuple[int, int]]]:
    """All turns one after the other, at the recorder's level, and where each begins and ends, in samples."""
    pieces: list[Samples] = [np.zeros(int(LEAD * telephone.RATE), np.float32)]
    bounds: list[tuple[int, int]] = []
    at = len(pieces[0])
    for lane, said in drill.turns:
        voice = drill.voices[lane]
        samples = telephone.narrow(speak(said, voice, accent(drill, voice), 1.0), RATE)
        samples = samples * np.float32(telephone.SPEECH_LEVEL / telephone.speech_level(samples))
        bounds.append((at, at + len(samples)))
        gap = np.zeros(int(GAP * telephone.RATE), np.float32)
        pieces += [samples, gap]
        at += len(samples) + len(gap)
    pieces.append(np.zeros(int((LEAD - GAP) * telephone.RATE), np.float32))
    return telephone.limit(np.concatenate(pieces)), bounds


def main() -> int:
    """Speaks the drills that were not spoken yet with this text, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ids", nargs="*", help="only these drills (default: all that changed)")
    wanted = set(parser.parse_args().ids)
    kept = voices_home() / "drills"
    kept.mkdir(exist_ok=True)
    for drill in read_drills():
        made = kept / f"{drill.sha256[:32]}.npz"
        if (wanted and drill.id not in wanted) or (made.exists() and not wanted):
            continue
        samples, bounds = track(drill)
        np.savez(made, samples=samples, bounds=np.array(bounds))
        sys.stdout.write(f"{drill.id:36} {len(samples) / telephone.RATE:5.1f} s\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
