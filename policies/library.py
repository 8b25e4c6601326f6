"""The library of drills: scripted misconduct, and innocent twins of it, from drills/*.toml."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policies.schema import CATEGORIES, Fault
from search.transcript import Transcript

HOME: Final = Path(__file__).parent / "drills"
SPOKEN: Final = HOME / "spoken"

# Languages in which policies are written. Drills in others are sent through and counted apart: a gap, not a pass.
SURVEILLED: Final = frozenset({"en-GB", "en-US"})
LANGUAGES: Final[Mapping[str, str]] = {
    "en-GB": "English (UK)",
    "en-US": "English (US)",
    "fr": "French",
    "de": "German",
    "es": "Spanish",
}
_SPEAKERS: Final = ("A", "B")
_KEYS: Final = {"id", "version", "policy", "category", "innocent", "language", "voices", "turns"}


class DrillFaults(Exception):
    """Everything that is wrong with the drills of a folder, at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One scripted call of a few turns.

    `policy` is the one that must hear it; of an `innocent` twin nothing may be found at all. `turns` are
    (lane, words), lane 0 or 1; `voices` names who speaks on each lane.
    """

    id: str
    version: int
    policy: str
    category: str
    innocent: bool
    language: str
    voices: tuple[str, str]
    turns: tuple[tuple[int, str], ...]

    @property
    def surveilled(self) -> bool:
        """Is its language one that policies are written in?"""
        return self.language in SURVEILLED

    @property
    def text(self) -> str:
        return " ".join(said for _, said in self.turns)

    @property
    def sha256(self) -> str:
        """Over what is spoken and by whom: a sound belongs to one text."""
        told = json.dumps([self.language, self.voices, self.turns], ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def sound(self) -> Path:
        """Where it lies spoken."""
        return SPOKEN / f"{self.id}.opus"

    def as_read(self) -> Transcript:
        """The script as a transcript: what a recogniser without a fault would have written."""
        return Transcript.from_turns([(_SPEAKERS[lane], said) for lane, said in self.turns])


def read_drills(folder: Path = HOME) -> tuple[Drill, ...]:
    """Every drill of the folder, by id.

    Raises:
        DrillFaults: all faults with file and place.
    """
    drills: list[Drill] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8")).get("drill", [])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            faults.append(Fault(file=path.name, place="file", problem=f"is not TOML: {fault}"))
            continue
        for number, table in enumerate(tables, start=1):
            place = str(table.get("id", f"drill {number}"))
            found = [Fault(file=path.name, place=place, problem=told) for told in _problems(table)]
            faults += found
            if not found:
                drills.append(_drill(table))
    ids = [drill.id for drill in drills]
    faults += [
        Fault(file=folder.name, place=twice, problem="two drills carry this id")
        for twice in sorted({name for name in ids if ids.count(name) > 1})
    ]
    if faults:
        raise DrillFaults(tuple(faults))
    return tuple(sorted(drills, key=lambda drill: drill.id))


def _problems(table: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"has an unknown key {key}" for key in table if key not in _KEYS)
    missing = _KEYS - {"policy", "innocent"} - set(table)
    if missing:
        yield f"lacks {', '.join(sorted(missing))}"
        return
    if table["category"] not in CATEGORIES:
        yield f"names an unknown category {table['category']}"
    if table["language"] not in LANGUAGES:
        yield f"names an unknown language {table['language']}"
    if len(table["voices"]) != len(_SPEAKERS):
        yield "does not name two voices"
    if not table["turns"]:
        yield "says nothing"
    yield from (
        f"has a turn without its speaker: {turn!r}"
        for turn in table["turns"]
        if turn.partition(": ")[0] not in _SPEAKERS or not turn.partition(": ")[2].strip()
    )


def _drill(table: Mapping[str, Any]) -> Drill:
    turns = (turn.partition(": ") for turn in table["turns"])
    return Drill(
        id=table["id"],
        version=table["version"],
        policy=table.get("policy", table["id"]),
        category=table["category"],
        innocent=table.get("innocent", False),
        language=table["language"],
        voices=tuple(table["voices"]),
        turns=tuple((_SPEAKERS.index(speaker), said.strip()) for speaker, _, said in turns),
    )
