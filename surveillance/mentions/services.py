"""Reading calls for what they name, once for each version of the words, and again when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from detectors.entities.entity import Entity
from detectors.entities.sums import figure_of
from surveillance.access.scope import program
from surveillance.audit.services import record
from surveillance.capture.progress import Claim, settle
from surveillance.capture.selectors import call
from surveillance.core.backends import load
from surveillance.core.clock import now
from surveillance.core.errors import Broken
from surveillance.mentions.directory import digest, house_directory
from surveillance.mentions.models import Mention, Reading
from surveillance.transcription.selectors import Words, current

if TYPE_CHECKING:
    from detectors.entities.directory import Directory
    from detectors.entities.reader import EntityReader

ACTOR = "program:mentions"
# On first use, in the worker: what the web process loads must not reach spaCy.
READERS: Mapping[str, str] = {"spacy": "detectors.entities.reader:EntityReader"}


def mention(claim: Claim) -> None:
    """Read the newest words of a recording and keep what they name.

    Raises:
        Broken: there are no words, or the model is not the pinned one. Transient: the directories do not load.
    """
    _read(claim.recording, settled=lambda: settle(claim))


def read_again(*, recording: UUID) -> int:
    """Read a recording anew, as after a change of recognisers or directories; how many mentions there are now.

    Raises:
        Broken, Transient: as `mention`.
    """
    return _read(recording, settled=lambda: None)


def _read(recording: UUID, settled: Callable[[], None]) -> int:
    reader = program("mentions")
    words = current(reader, recording)
    if words is None:
        raise Broken("There are no words to read.", cure="Let it be transcribed again.")
    facts = call(reader, recording)
    directory = house_directory()
    began = monotonic()
    entities = entity_reader(directory).read(words.transcript, facts.started_at, present=facts.people)
    taken = monotonic() - began
    with transaction.atomic():
        settled()
        _keep(recording, words, entities, digest(directory), taken)
        record(
            actor=ACTOR,
            action="read for names",
            subject=f"recording:{recording}",
            detail={"version": words.number, "mentions": len(entities)},
        )
    return len(entities)


@lru_cache(maxsize=2)
def entity_reader(directory: Directory) -> EntityReader:
    """The reader of this process, made ready once for each state of the directories.

    Raises:
        Broken: its model is missing or is not the pinned one.
    """
    make = load(READERS, "spacy")
    try:
        made: EntityReader = make(directory)
    except RuntimeError as fault:
        raise Broken(f"{fault}.", cure=getattr(fault, "cure", ""), code="model") from fault
    return made


def _keep(recording: UUID, words: Words, entities: list[Entity], directory: str, taken: float) -> None:
    Reading.objects.filter(version_id=words.id).delete()
    reading = Reading.objects.create(
        recording_id=recording,
        version_id=words.id,
        recognisers=load({"number": "detectors.entities.reader:RECOGNISERS"}, "number"),
        directory_sha256=directory,
        at=now(),
        seconds_taken=taken,
    )
    Mention.objects.bulk_create(_row(reading, entity) for entity in entities)


def _row(reading: Reading, entity: Entity) -> Mention:
    told = asdict(entity)
    figure = figure_of(entity)
    return Mention(
        **{
            **told,
            "reading": reading,
            "text": entity.text[:300],
            "value": entity.value[:200],
            "speaker": entity.speaker[:120],
            "link": entity.link[:200],
            "candidates": list(entity.candidates),
            "amount": figure[0] if figure else None,
            "unit": figure[1] if figure else "",
        }
    )
