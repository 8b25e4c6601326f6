"""Who may be meant: a house's own people and lines, and its counterparties, matched by name and by sound."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from jellyfish import jaro_winkler_similarity

from detectors.entities.said import Phrases
from search.sounds import sound_key
from search.tokens import normal

# Two names are alike from here on (Jaro–Winkler over sound keys, 0–1); below it the recogniser was too far off.
ALIKE = 0.92
# The best must lead the next by this much, else it stays open which of them was meant.
LEAD = 0.04


class DirectoryUnreadable(ValueError):
    """A directory file with faults, each told with its place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Someone or some house: `id` is what is linked to, `aliases` are other ways it is said or misheard."""

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a name was linked to; `candidates` where several fit and none leads."""

    id: str = ""
    candidates: tuple[str, ...] = ()
    score: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Entries of one house. Safe to share between threads."""

    entries: tuple[Entry, ...] = field(default=())

    @cached_property
    def people(self) -> Phrases:
        """Whole names and aliases; a given name alone is left to be linked."""
        return Phrases(
            (spoken, entry.name)
            for entry in self.entries
            if entry.kind == "person"
            for spoken in (entry.name, *entry.aliases)
            if len(normal(spoken)) > 1
        )

    @cached_property
    def organisations(self) -> Phrases:
        return Phrases(
            (spoken, entry.name)
            for entry in self.entries
            if entry.kind == "organisation"
            for spoken in (entry.name, *entry.aliases)
        )

    def link(self, kind: str, value: str, *, present: Iterable[str] = ()) -> Link:
        """The entry a name stands for. `present` are names of those on the call: among equals, they are meant.

        A part of a name ("Rory") is linked only where one person bears it.
        """
        if kind == "phone":
            return self._by_line(value)
        scored = [(self._score(entry, value), entry) for entry in self.entries if entry.kind == kind]
        alike = sorted(
            ((score, entry) for score, entry in scored if score >= ALIKE), key=lambda pair: -pair[0]
        )
        if not alike:
            return Link()
        best = [entry for score, entry in alike if score > alike[0][0] - LEAD]
        here = [entry for entry in best if entry.name in set(present)]
        chosen = here if len(here) == 1 else best
        if len(chosen) == 1:
            return Link(id=chosen[0].id, score=round(alike[0][0], 3))
        return Link(candidates=tuple(sorted(entry.id for entry in chosen)), score=round(alike[0][0], 3))

    def _by_line(self, number: str) -> Link:
        tail = number.lstrip("+0")[-9:]
        fits = sorted({entry.id for entry in self.entries for line in entry.lines if _tail(line) == tail})
        if len(fits) == 1:
            return Link(id=fits[0], score=1.0)
        return Link(candidates=tuple(fits))

    @staticmethod
    def _score(entry: Entry, value: str) -> float:
        said = normal(value)
        if not said:
            return 0.0
        best = 0.0
        for name in (entry.name, *entry.aliases):
            known = normal(name)
            if said == known:
                return 1.0
            if len(said) == 1 and len(known) > 1 and entry.kind == "person":
                # A given or a family name alone: only where it is that very name, or sounds it.
                part = max(_alike(said, (word,)) for word in known)
                best = max(best, part * 0.97)
            elif len(said) == len(known):
                best = max(best, _alike(said, known))
        return best

    def find(self, id_: str) -> Entry | None:
        return self._by_id.get(id_)

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}


def _alike(said: Sequence[str], known: Sequence[str]) -> float:
    """The least likeness of the words, by letters and by sound; the sounds of short words prove little."""
    return min(_word_alike(one, other) for one, other in zip(said, known, strict=True))


def _word_alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    letters = float(jaro_winkler_similarity(one, other))
    if len(one) > 3 and sound_key(one) == sound_key(other):
        return max(letters, 0.95)
    return letters if len(one) > 4 else 0.0


def _tail(line: str) -> str:
    return "".join(sign for sign in line if sign.isdigit()).lstrip("0")[-9:]


def read_counterparties(path: Path) -> tuple[Entry, ...]:
    """Counterparties from a TOML file: `[[counterparty]] name, lei, aliases`.

    Raises:
        DirectoryUnreadable: with every fault of the file at once.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise DirectoryUnreadable(f"{path}: {fault}") from fault
    faults, entries, seen = [], [], set()
    for nth, row in enumerate(told.get("counterparty", ()), start=1):
        name, lei = str(row.get("name", "")), str(row.get("lei", ""))
        if not name:
            faults.append(f"counterparty {nth} has no name")
        if lei and not is_lei(lei):
            faults.append(f"counterparty {nth} ({name}): {lei} is no LEI")
        if name in seen:
            faults.append(f"counterparty {nth}: {name} stands twice")
        seen.add(name)
        aliases = tuple(str(alias) for alias in row.get("aliases", ()))
        entries.append(Entry(id=lei or name, kind="organisation", name=name, aliases=aliases))
    if faults:
        raise DirectoryUnreadable(f"{path}: " + "; ".join(faults))
    return tuple(entries)


def is_lei(text: str) -> bool:
    """ISO 17442: twenty signs, the last two a check, modulo 97."""
    if len(text) != 20 or not text.isalnum() or not text.isascii() or text != text.upper():
        return False
    return int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1
