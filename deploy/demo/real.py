"""Joins the real human voices: announcements of a Debian package, as one-lane recordings with sidecars."""

from __future__ import annotations

import argparse
import sys
import tomllib
import wave
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np

from deploy.demo import telephone
from deploy.demo.script import HERE, Line, Party, Script, Sound
from deploy.demo.sidecars import write_sidecar
from deploy.demo.telephone import Samples

REAL = HERE / "real"
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
SOURCE = "mobile"


def read_real() -> list[Script]:
    """The real recordings as scripts: one party, and a turn for each announcement."""
    raw = tomllib.loads((REAL / "prompts.toml").read_text(encoding="utf-8"))
    return [_script(recording) for recording in raw["recording"]]


def _script(raw: dict[str, Any]) -> Script:
    announcer = Party(
        name="Automatic announcement",
        number=raw["number"],
        line="Announcements",
        employer=raw.get("employer", ""),
        voice="",
        accent="american",
        pace=1.0,
        level_db=0.0,
    )
    return Script(
        id=raw["id"],
        title=raw["title"],
        about="Announcements read by a person: nothing wrong.",
        desk=raw["desk"],
        source=SOURCE,
        external_id=raw["external_id"],
        start=raw["start"].astimezone(UTC),
        direction="outbound",
        expects=(),
        encoding=raw["encoding"],
        parties=(announcer,),
        sound=Sound(opening="", noise="line", snr_db=0.0),
        turns=tuple(Line(lane=0, say=says, after=0.0, voice=name) for name, says in raw["pieces"]),
        folder=REAL,
    )


def _piece(folder: Path, name: str) -> Samples:
    with wave.open(str(folder / f"{name}.wav")) as file:
        if file.getframerate() != telephone.RATE or file.getnchannels() != 1:
            raise ValueError(f"{name}.wav is not 8 kHz mono")
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    made: Samples = (samples / 32768).astype(np.float32)
    return made


def main() -> int:
    """Joins every recording from the package's files and writes it with its sidecar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--prompts", type=Path, default=PROMPTS, help=f"the package's files (default: {PROMPTS})"
    )
    prompts = parser.parse_args().prompts
    pause = np.zeros(telephone.RATE // 20, np.float32)
    for script in read_real():
        joined = np.concatenate(
            [part for turn in script.turns for part in (_piece(prompts, turn.voice), pause)]
        )
        telephone.write_wav(script.audio, [telephone.limit(joined)], script.encoding)
        seconds = len(joined) / telephone.RATE
        write_sidecar(script, script.audio, seconds)
        sys.stdout.write(f"{script.id:28} {script.source:12} {seconds:5.1f} s  clean\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
