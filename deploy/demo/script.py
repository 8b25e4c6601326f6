"""A demo call as it is written in scripts/<id>.toml, read into frozen values and checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
RECORDINGS = HERE / "recordings"

LANES = ("left", "right")
CATEGORIES = frozenset(
    {
        *("market_manipulation", "insider_dealing", "collusion", "off_channel", "secrecy", "bribery"),
        *("mis_selling", "data_privacy", "complaint", "safety", "harassment"),
    }
)
NOISES = frozenset({"floor", "babble", "line", "street", "wind", "engine"})
OPENINGS = frozenset({"", "ring", "hold"})

# A person answers after about a fifth of a second; many turns begin before the other one has ended.
USUAL_GAP = 0.22


class ScriptFault(Exception):
    """A script that cannot be spoken, with the file and the reason."""


@dataclass(frozen=True, kw_only=True)
class Party:
    """One end of the call. `level_db` is how loud the line brings that voice, `pace` how fast it speaks."""

    name: str
    number: str
    line: str
    employer: str
    voice: str
    accent: str
    pace: float
    level_db: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """One turn. `after` counts in seconds from the latest end of speech so far; negative overlaps it."""

    lane: int
    say: str
    after: float
    voice: str


@dataclass(frozen=True, kw_only=True)
class Sound:
    """What the telephone adds: an opening tone, and a background `snr_db` below the speech."""

    opening: str
    noise: str
    snr_db: float


@dataclass(frozen=True, kw_only=True)
class Script:
    """A whole call. `expects` names the categories of risk spoken in it; none means a clean call."""

    id: str
    title: str
    about: str
    desk: str
    source: str
    external_id: str
    start: datetime
    direction: str
    expects: tuple[str, ...]
    encoding: str
    parties: tuple[Party, ...]
    sound: Sound
    turns: tuple[Line, ...]
    folder: Path

    @property
    def audio(self) -> Path:
        """Where the recording lies: one folder a recorder, as recorders drop them."""
        return self.folder / f"{self.id}.wav"


def read_scripts(folder: Path = SCRIPTS) -> list[Script]:
    """All scripts of a folder, in order of their start."""
    return sorted((read_script(path) for path in folder.glob("*.toml")), key=lambda script: script.start)


def read_script(path: Path) -> Script:
    """One script. Raises ScriptFault naming the file and what is wrong with it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        script = _script(path.stem, raw)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as fault:
        raise ScriptFault(f"{path.name}: {fault!r}") from fault
    return script


def _script(name: str, raw: dict[str, Any]) -> Script:
    sound = raw.get("sound", {})
    script = Script(
        id=name,
        title=raw["title"],
        about=raw["about"],
        desk=raw["desk"],
        source=raw["source"],
        external_id=raw["external_id"],
        start=raw["start"].astimezone(UTC),
        direction=raw["direction"],
        expects=tuple(raw["expects"]),
        encoding=raw["encoding"],
        parties=(_party(raw["left"]), _party(raw["right"])),
        sound=Sound(
            opening=sound.get("opening", ""),
            noise=sound.get("noise", "line"),
            snr_db=float(sound.get("snr_db", 30)),
        ),
        turns=tuple(_line(turn) for turn in raw["turn"]),
        folder=RECORDINGS / raw["source"],
    )
    _check(script)
    return script


def _party(raw: dict[str, Any]) -> Party:
    return Party(
        name=raw["name"],
        number=raw["number"],
        line=raw["line"],
        employer=raw.get("employer", ""),
        voice=raw["voice"],
        accent=raw["accent"],
        pace=float(raw.get("pace", 1.0)),
        level_db=float(raw.get("level_db", 0.0)),
    )


def _line(raw: dict[str, Any]) -> Line:
    return Line(
        lane=LANES.index(raw["speaker"]),
        say=raw["say"],
        after=float(raw.get("after", USUAL_GAP)),
        voice=raw.get("voice", ""),
    )


def _check(script: Script) -> None:
    unknown = set(script.expects) - CATEGORIES
    if unknown:
        raise ValueError(f"unknown categories {sorted(unknown)}")
    if script.encoding not in {"mulaw", "alaw"}:
        raise ValueError(f"unknown encoding {script.encoding!r}")
    if script.sound.noise not in NOISES or script.sound.opening not in OPENINGS:
        raise ValueError(f"unknown sound {script.sound!r}")
    if {party.accent for party in script.parties} - {"british", "american"}:
        raise ValueError("accent is british or american")
