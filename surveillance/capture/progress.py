"""Claims on a stage: taken by one worker, kept by a lease, settled in the transaction of the deed."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, models, transaction

from surveillance.capture.models import Progress, Recording, State
from surveillance.core.clock import now
from surveillance.core.errors import Conflict

UNHEARD = ("archive", "consent")  # stages that a recording passes before anybody may hear it


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right of one worker to do one stage of one recording."""

    recording: UUID
    stage: str
    token: UUID


def _free(moment: datetime) -> models.Q:
    """Nobody holds it: it waits, or its lease has run out."""
    rested = models.Q(until__isnull=True) | models.Q(until__lte=moment)
    return models.Q(state__in=[State.WAITING, State.RUNNING]) & rested


def take(recording: UUID, stage: str, *, lease: float) -> Claim | None:
    """Claim a stage for `lease` seconds; None where another holds it or did it, or it failed for good.

    What is withheld from ears is withheld from models: no stage beyond the question of consent is taken.
    """
    moment = now()
    if stage not in UNHEARD and Recording.objects.filter(pk=recording).exclude(withheld="").exists():
        return None
    Progress.objects.get_or_create(recording_id=recording, stage=stage, defaults={"since": moment})
    token = uuid.uuid4()
    taken = Progress.objects.filter(_free(moment), recording_id=recording, stage=stage).update(
        state=State.RUNNING,
        token=token,
        attempts=models.F("attempts") + 1,
        until=moment + timedelta(seconds=lease),
        since=moment,
        sends=0,
    )
    return Claim(recording=recording, stage=stage, token=token) if taken else None


def settle(claim: Claim) -> None:
    """Mark the stage done; call it inside the transaction that stores the result.

    Raises:
        Conflict: the lease was lost to another worker; the transaction must not stand.
    """
    mine = Progress.objects.filter(recording_id=claim.recording, stage=claim.stage, token=claim.token)
    if not mine.filter(state=State.RUNNING).update(
        state=State.DONE, token=None, until=None, since=now(), fault="", cure=""
    ):
        raise Conflict(f"Stage {claim.stage} of {claim.recording} has gone to another worker.")


def put_back(claim: Claim, *, fault: str, cure: str, pause: float | None) -> None:
    """Give a claim up: try again after `pause` seconds, or, where it is None, fail until a person retries."""
    moment = now()
    Progress.objects.filter(recording_id=claim.recording, stage=claim.stage, token=claim.token).update(
        state=State.FAILED if pause is None else State.WAITING,
        token=None,
        until=None if pause is None else moment + timedelta(seconds=pause),
        since=moment,
        sends=0,
        rests=models.F("rests") + (0 if pause is None else 1),
        fault=fault,
        cure=cure,
    )


@contextmanager
def kept(claim: Claim, *, lease: float) -> Iterator[None]:
    """Renew the lease from a thread while the work goes on, so that only a dead worker loses it."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(lease / 3):
            Progress.objects.filter(
                recording_id=claim.recording, stage=claim.stage, token=claim.token, state=State.RUNNING
            ).update(until=now() + timedelta(seconds=lease))
        connection.close()

    thread = threading.Thread(target=renew, name=f"lease-{claim.stage}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def done_stages(recording: UUID) -> frozenset[str]:
    """The stages that lie behind a recording."""
    done = Progress.objects.filter(recording_id=recording, state=State.DONE)
    return frozenset(done.values_list("stage", flat=True))


def reopen(recording: UUID, stages: Sequence[str]) -> None:
    """Let stages be done again: after a fault, with a new engine or new policies."""
    with transaction.atomic():
        Progress.objects.filter(recording_id=recording, stage__in=stages).update(
            state=State.WAITING, token=None, until=None, attempts=0, rests=0, since=now(), fault="", cure=""
        )


def rests(claim: Claim) -> int:
    """How often this stage was put back to be tried again; a worker that died over it put nothing back."""
    mine = Progress.objects.filter(recording_id=claim.recording, stage=claim.stage)
    return mine.values_list("rests", flat=True).get()


def note_sent(recording: UUID, stage: str) -> None:
    """Remember that the id went to the broker, so that a sweep leaves a message time to arrive."""
    moment = now()
    Progress.objects.get_or_create(recording_id=recording, stage=stage, defaults={"since": moment})
    Progress.objects.filter(recording_id=recording, stage=stage).update(
        sent_at=moment, sends=models.F("sends") + 1
    )


def forget_sent() -> None:
    """Give no message under way any more time: workers were lost, and what they had taken in with them."""
    Progress.objects.filter(state=State.WAITING, sends__gt=0).update(sends=0)


def give_up(*, deaths: int) -> int:
    """Fail the stages whose workers died `deaths` times over them; return how many."""
    lapsed = Progress.objects.filter(
        state=State.RUNNING, until__lte=now(), attempts__gte=models.F("rests") + deaths
    )
    return lapsed.update(
        state=State.FAILED,
        token=None,
        until=None,
        since=now(),
        fault=f"Its worker died or crashed {deaths} times.",
        cure="Look into the worker's log, then retry it.",
    )


def standing_still(stages: Sequence[str], *, patience: float) -> list[tuple[UUID, str]]:
    """For each recording with work left and nobody at it: its id and the first stage of `stages` not done.

    A message on its way is given `patience` seconds to arrive, twice as long after each further sending, an
    hour at most: a long queue must not grow longer with every sweep.
    """
    moment = now()
    behind = Recording.objects.annotate(
        done=models.Count("progress", filter=models.Q(progress__state=State.DONE, progress__stage__in=stages))
    ).filter(done__lt=len(stages), withheld="")
    waiting: list[tuple[UUID, str]] = []
    for recording in behind.prefetch_related("progress").order_by("received_at").iterator(chunk_size=500):
        rows = {row.stage: row for row in recording.progress.all()}
        stage = next(s for s in stages if s not in rows or rows[s].state != State.DONE)
        if stage not in rows or _stands(rows[stage], moment, patience):
            waiting.append((recording.id, stage))
    return waiting


def _stands(row: Progress, moment: datetime, patience: float) -> bool:
    """Is nobody at this stage, and no message under way?"""
    if row.state == State.FAILED or (row.until is not None and row.until > moment):
        return False
    if row.state == State.RUNNING or row.sent_at is None or row.sends == 0:
        return True
    return row.sent_at + timedelta(seconds=min(patience * 2 ** (row.sends - 1), 3600)) <= moment


def counts(recordings: Sequence[UUID], stages: Sequence[str]) -> tuple[dict[str, int], int]:
    """Of these recordings: how many lie behind each stage, and how many have failed somewhere."""
    rows = Progress.objects.filter(recording_id__in=recordings)
    done = dict.fromkeys(stages, 0)
    done.update(
        rows.filter(state=State.DONE, stage__in=stages)
        .values_list("stage")
        .annotate(models.Count("recording", distinct=True))
    )
    return done, rows.filter(state=State.FAILED).values("recording").distinct().count()
