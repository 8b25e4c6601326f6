"""A night of looking: whatever is kept is held against what it should be, and what is wrong is named and told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from django.conf import settings

from surveillance.archive.rota import due_tonight
from surveillance.assurance.services import raise_incident
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Transient
from surveillance.custody import looking
from surveillance.custody.looking import CURES, Wrong
from surveillance.custody.models import Night
from surveillance.custody.sealing import seal_past

ACTOR = "program:fixity"
A_NIGHT = timedelta(hours=20)
SHOWN = 500  # findings kept with one night; their number is told in the incident
WORDS = {
    "native": "natives are not as they were sealed",
    "replica": "second copies are not as they should be",
    "stray": "objects lie in the store that nobody sealed",
    "rows": "rows are not what their history says",
    "past": "rows of the history were changed",
    "triggers": "the history is not being written",
    "index": "recordings stand in the index as they should not",
    "restore": "recordings could not be rebuilt from the copies",
    "late": "natives are read too rarely",
}


def is_due() -> bool:
    """Was there no night within the last twenty hours?"""
    return not Night.objects.filter(began_at__gt=now() - A_NIGHT).exists()


def watch_the_night(*, whole: bool = False, actor: str = ACTOR) -> int:
    """Look at what is due, or at the `whole` archive; the number of the night.

    What is away is skipped, and said so. Each kind of finding raises one incident.
    """
    seal_past()
    night, look = Night.objects.create(began_at=now()), _Look()
    env = settings.EARSHOT
    due = due_tonight(days=1 if whole else env.fixity_days, most_bytes=0 if whole else env.fixity_night_bytes)
    night.copied = look.at("replica", looking.at_copies)
    night.bytes = look.at("natives", lambda: looking.at_natives(due))
    night.restored = look.at("restore drill", looking.at_restoring)
    look.at("store", lambda: (0, looking.at_store()))
    look.at("rows", lambda: (0, looking.at_rows(due)))
    look.at("index", lambda: (0, looking.at_index(due)))
    look.at("coverage", lambda: (0, looking.at_coverage()))
    night.natives = night.records = len(due)
    wrong = list(dict.fromkeys(look.wrong))
    night.wrong, night.skipped = [one.told() for one in wrong[:SHOWN]], look.skipped
    night.ended_at = now()
    night.save()
    _told(night, wrong, actor)
    return night.pk


class _Look:
    """What was found so far, and what could not be looked at."""

    def __init__(self) -> None:
        self.wrong: list[Wrong] = []
        self.skipped: list[str] = []

    def at(self, what: str, look: Callable[[], tuple[int, Iterable[Wrong]]]) -> int:
        try:
            many, some = look()
            self.wrong.extend(some)
        except Transient as fault:
            self.skipped.append(f"{what}: {fault.message}")
            return 0
        return many


def _told(night: Night, wrong: list[Wrong], actor: str) -> None:
    record(
        actor=actor,
        action="fixity night",
        subject=f"night:{night.pk}",
        detail={
            "natives": night.natives,
            "bytes": night.bytes,
            "copied": night.copied,
            "restored": night.restored,
            "wrong": [f"{one.where}: {one.what}" for one in wrong[:SHOWN]],
            "skipped": night.skipped,
        },
    )
    for kind in sorted({one.kind for one in wrong}):
        some = [one for one in wrong if one.kind == kind]
        raise_incident(
            kind=f"fixity {kind}",
            subject="archive",
            title=f"{len(some)}: {WORDS[kind]}.",
            cure=CURES[kind],
            detail={"night": night.pk, "first": [f"{one.where}: {one.what}" for one in some[:20]]},
        )
