"""What of a call one person may be given: their own words and what is said about them, others protected.

GDPR art. 15(4): the copy must not touch the rights of others. What nobody decided on stays closed, and wherever two
voices share a channel the closed one wins. Values only: this module reads no database.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.transcript import Transcript, Turn
from surveillance.access.identities import Known
from surveillance.access.names import words
from surveillance.capture.calls import PartyRow
from surveillance.mentions.selectors import MentionRow

OPEN, WORDS, CLOSED = "open", "words", "closed"
STATES = {OPEN: "words and sound", WORDS: "words only", CLOSED: "nothing"}
MASKED = frozenset({"person", "phone", "card", "account", "identity"})
MARK = "▇▇▇"
ROUND_WORDS = 0.15  # seconds silenced about a masked word: a recogniser's times are not exact
ROUND_TURN = 0.1  # seconds let through about a turn

Span = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Said:
    """One word of a turn, as it would be given."""

    text: str
    masked: bool


@dataclass(frozen=True, kw_only=True)
class Part:
    """One turn: who speaks, what is given of it (of STATES), why, and whether a person decided so."""

    number: int
    speaker: str
    mine: bool
    state: str
    why: str
    decided: bool
    start: float
    end: float
    words: tuple[Said, ...]

    @property
    def text(self) -> str:
        """What is given of its words; neighbouring masks are one."""
        if self.state == CLOSED:
            return ""
        told: list[str] = []
        for word in self.words:
            shown = MARK if word.masked else word.text
            if not (word.masked and told and told[-1] == MARK):
                told.append(shown)
        return " ".join(told)


@dataclass(frozen=True, kw_only=True)
class Mask:
    """What is given of one call. `audible`: seconds of each channel that are let through; all else is silence."""

    version: int
    parts: tuple[Part, ...]
    audible: Mapping[int, Sequence[Span]]

    @property
    def sha256(self) -> str:
        """Which mask it is: of the words, of what is given of each turn, of each masked word."""
        told = [
            self.version,
            [
                [part.state, [word.text if not word.masked else 0 for word in part.words]]
                for part in self.parts
            ],
            sorted((channel, list(spans)) for channel, spans in self.audible.items()),
        ]
        return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


def mask(
    transcript: Transcript,
    *,
    version: int,
    person: Known,
    parties: Sequence[PartyRow],
    mentions: Iterable[MentionRow],
    also: Iterable[str] = (),
    decided: Mapping[str, str] | None = None,
) -> Mask:
    """What of these words a person is given. `decided`: what people chose for turns, by their number as text."""
    chosen = decided or {}
    mine = _channels(person, parties)
    about: set[int] = set()
    hidden: dict[int, set[int]] = {}
    for one in mentions:
        own = person.is_named(one.text) or person.is_named(one.value) or person.is_named(one.link)
        own = own or (one.kind == "phone" and _is_number(person, one))
        if own:
            about.add(one.turn)
        elif one.kind in MASKED:
            hidden.setdefault(one.turn, set()).update(range(one.first, one.last + 1))
    phrases = [told for phrase in also if (told := _plain(phrase.split()))]
    parts = []
    for number, turn in enumerate(transcript.turns):
        said = [word.text for word in turn.words]
        masked = hidden.get(number, set()) | _of_phrases(said, phrases)
        is_mine = _speaks(person, turn, mine, parties)
        named = number in about or person.is_named(turn.text)
        state, why = _by_itself(is_mine, named, _is_shared(turn, parties))
        state = chosen.get(str(number), state)
        parts.append(
            Part(
                number=number,
                speaker=turn.speaker,
                mine=is_mine,
                state=state if state in STATES else CLOSED,
                why=why,
                decided=str(number) in chosen,
                start=turn.start,
                end=turn.end,
                words=tuple(Said(text=text.strip(), masked=at in masked) for at, text in enumerate(said)),
            )
        )
    return Mask(version=version, parts=tuple(parts), audible=_audible(transcript.turns, parts))


def others(parts: Iterable[Part]) -> dict[str, str]:
    """How everybody else is called in what is given: one number a voice."""
    names = dict.fromkeys(part.speaker for part in parts if not part.mine)
    return {name: f"Another person ({nth})" for nth, name in enumerate(names, start=1)}


def _by_itself(mine: bool, named: bool, shared: bool) -> tuple[str, str]:
    if mine:
        return OPEN, "spoken by the person"
    if named:
        return WORDS, "said of the person by somebody else"
    return CLOSED, "who speaks is not told apart" if shared else "spoken by somebody else"


def _channels(person: Known, parties: Sequence[PartyRow]) -> set[int]:
    return {
        one.channel for one in parties if person.is_party(person=one.person, number=one.number, line=one.line)
    }


def _is_shared(turn: Turn, parties: Sequence[PartyRow]) -> bool:
    return sum(one.channel == turn.channel for one in parties) > 1


def _speaks(person: Known, turn: Turn, mine: Collection[int], parties: Sequence[PartyRow]) -> bool:
    """Is it their voice? By the channel where it is theirs alone, by the name of the turn where it is one name."""
    if turn.channel in mine and not _is_shared(turn, parties):
        return True
    told = words(turn.speaker)
    return "/" not in turn.speaker and any(name and name <= told for name in person.names)


def _is_number(person: Known, one: MentionRow) -> bool:
    return person.is_party(person="", number=one.value, line=one.text)


def _plain(said: Iterable[str]) -> list[str]:
    return [re.sub(r"[^\w]+", "", word.casefold()) for word in said]


def _of_phrases(said: Sequence[str], phrases: Sequence[Sequence[str]]) -> set[int]:
    """The words of a turn that make up one of some phrases."""
    plain = _plain(said)
    return {
        at + nth
        for phrase in phrases
        for at in range(len(plain) - len(phrase) + 1)
        if plain[at : at + len(phrase)] == list(phrase)
        for nth in range(len(phrase))
    }


def _audible(turns: Sequence[Turn], parts: Sequence[Part]) -> dict[int, list[Span]]:
    through: dict[int, list[Span]] = {}
    shut: dict[int, list[Span]] = {}
    for turn, part in zip(turns, parts, strict=True):
        if part.state == OPEN and turn.words:
            through.setdefault(turn.channel, []).append((turn.start - ROUND_TURN, turn.end + ROUND_TURN))
            silent = [
                (word.start - ROUND_WORDS, word.end + ROUND_WORDS)
                for word, said in zip(turn.words, part.words, strict=True)
                if said.masked
            ]
            shut.setdefault(turn.channel, []).extend(silent)
        elif turn.words:
            shut.setdefault(turn.channel, []).append((turn.start, turn.end))
    return {
        channel: _without(_joined(spans), _joined(shut.get(channel, ())))
        for channel, spans in through.items()
    }


def _joined(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((max(start, 0.0), end))
    return found


def _without(spans: Sequence[Span], shut: Sequence[Span]) -> list[Span]:
    left: list[Span] = []
    for begins, ends in spans:
        at = begins
        for start, end in shut:
            if end <= at or start >= ends:
                continue
            if start > at:
                left.append((round(at, 3), round(start, 3)))
            at = max(at, end)
        if at < ends:
            left.append((round(at, 3), round(ends, 3)))
    return left
