"""The way of a recording. The order of stages stands here and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from celery.signals import beat_embedded_init, beat_init, worker_ready
from django.conf import settings
from django.db import OperationalError, transaction
from kombu.exceptions import OperationalError as BrokerAway

from surveillance.access.glass import GlassRow
from surveillance.access.identities import known
from surveillance.access.scope import Scope
from surveillance.archive.ledger_keeping import lock_away
from surveillance.archive.services import clear_spool, seal
from surveillance.assurance.incidents import raise_incident
from surveillance.assurance.selectors import to_send
from surveillance.assurance.services import ask_daily, conclude, send_drill, watch_over
from surveillance.audit.services import seal_rows
from surveillance.capture import progress
from surveillance.capture.progress import Claim
from surveillance.capture.services import collect_watched
from surveillance.capture.walls import behind, raise_for_named, raise_for_user
from surveillance.celery import app
from surveillance.changes.selectors import standing_still as runs_standing_still
from surveillance.changes.services import advance, halt
from surveillance.consent import services as consent
from surveillance.consent.selectors import heard_notice
from surveillance.consent.told import Changed, Notice
from surveillance.core.errors import Conflict, Fault, Transient
from surveillance.custody.nights import is_due, watch_the_night
from surveillance.detection.services import screen
from surveillance.indexing.forgetting import take_out
from surveillance.indexing.services import index
from surveillance.learning.services import gather, read_weeks, shadow
from surveillance.mentions.selectors import calls_naming, people_named
from surveillance.mentions.services import mention
from surveillance.oversight.services import watch as watch_deeds
from surveillance.retention.carrying_out import carry_out, disposals_under_way, tell_overdue
from surveillance.retention.holds import hold_again, hold_arrival
from surveillance.retention.locking import follow_holds
from surveillance.retention.selectors import first_lock
from surveillance.retention.services import keep_as_decided
from surveillance.rulebook.services import take_in_settings
from surveillance.second_reader.services import read_waiting
from surveillance.transcription.selectors import newest_words
from surveillance.transcription.services import opening, transcribe

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """A station: its name, the service that does it, the queue its workers listen to."""

    name: str
    do: Callable[[Claim], None]
    queue: str


def seal_as_decided(claim: Claim) -> None:
    """Seal under the lock that the rules of retention ask for; a hold on its people takes it in before."""
    hold_arrival(recording=claim.recording)
    seal(claim, retain_until=first_lock(claim.recording))


def index_and_hold(claim: Claim) -> None:
    """A hold by words takes in what says them; then make the words findable."""
    hold_arrival(recording=claim.recording)
    index(claim)


def clear_to_hear(claim: Claim) -> None:
    """Whether it may be heard, by machine and by man; its opening is listened to where only a notice can tell."""
    enforced = settings.EARSHOT.consent == consent.ENFORCE
    consent.clear(claim, listen=first_notice if enforced else None)


def first_notice(recording: UUID) -> Notice | None:
    """The notice in the first seconds of a call. What else is said there is thrown away."""
    seconds = float(settings.EARSHOT.consent_seconds)
    return heard_notice(opening(recording, seconds=seconds), within=seconds)


def raise_walls(*, username: str, actor: str) -> int:
    """Raise the walls of a user whose names or manager were entered, over calls they are on or named in."""
    raise_for_user(username=username, actor=actor)
    for one in known([username]):
        for name in one.names:
            if len(name) > 1:
                for recording, names in calls_naming(max(name, key=len)).items():
                    raise_for_named(recording, names)
    return len(behind(Scope(actor=username)))


def consent_changed(changed: Changed) -> None:
    """Take out of the index what is withheld from now on; send on its way what is free again."""

    def follow() -> None:
        for recording in changed.withheld:
            take_out(recording)
        for recording in changed.released:
            progress.reopen(recording, ["indexing"])
            forward(recording)

    transaction.on_commit(follow)


def tell_of_glass(row: GlassRow) -> None:
    """An emergency was opened: an incident, for everybody who watches over the system, until somebody closes it."""
    raise_incident(
        kind="break_glass",
        subject=f"glass:{row.number}",
        title=f"{row.username} was given {row.role_name}, {row.desk_name} for {row.hours} hours by {row.opened_by}",
        cure="Read what is done under it on /access and in the ledger; close this when it was right.",
        detail={"reason": row.reason, "until": row.until.isoformat() if row.until else ""},
    )


def words_corrected(recording: UUID) -> None:
    """Somebody wrote down what was really said: names, findings and the index follow."""
    again(recording, "mentions")


# capture → archive → consent → transcription → mentions → detection → indexing → review
ORDER = (
    Stage("archive", seal_as_decided, "io"),
    Stage("consent", clear_to_hear, "speech" if settings.EARSHOT.consent == consent.ENFORCE else "io"),
    Stage("transcription", transcribe, "nemo" if settings.EARSHOT.speech_engine == "nemo" else "speech"),
    Stage("mentions", mention, "screen"),
    Stage("detection", screen, "screen"),
    Stage("indexing", index_and_hold, "index"),
)
NAMES = tuple(stage.name for stage in ORDER)
DEATHS = 20
SHADOWS_AN_HOUR = 200  # calls a challenger scores beside the champion; the rest waits its turn
DRILLS_AT_ONCE = 5  # under way together, so that real calls do not wait behind hundreds of drills


def send(recording: UUID, stage: Stage) -> None:
    """Put the id on the stage's queue. A dead broker loses nothing: the sweep sends it again."""
    progress.note_sent(recording, stage.name)
    try:
        run.apply_async(args=(str(recording), stage.name), queue=stage.queue, retry=False)
    except (BrokerAway, OSError) as fault:
        log.warning("the broker is away (%s); the sweep will send %s on", fault, recording)


def forward(recording: UUID) -> None:
    """Send a recording to the first stage that does not lie behind it."""
    done = progress.done_stages(recording)
    stage = next((stage for stage in ORDER if stage.name not in done), None)
    if stage is not None:
        transaction.on_commit(lambda: send(recording, stage))


def again(recording: UUID, since: str) -> None:
    """Do `since` and every stage after it once more."""
    progress.reopen(recording, NAMES[NAMES.index(since) :])
    forward(recording)


def pass_through(recording: UUID, stage: Stage) -> bool:
    """Do one stage of one recording, if nobody else does or did; True when it is done now."""
    lease = settings.EARSHOT.lease_seconds
    claim = progress.take(recording, stage.name, lease=lease)
    if claim is None:
        return False
    try:
        with progress.kept(claim, lease=lease):
            stage.do(claim)
    except Conflict as fault:
        log.info("%s", fault)
        return False
    except (Transient, OperationalError, OSError) as fault:
        _rest(claim, fault)
        return False
    except Fault as fault:
        log.warning("%s of %s failed: %s", stage.name, recording, fault)
        progress.put_back(claim, fault=fault.message, cure=fault.cure, pause=None)
        return False
    return True


def _rest(claim: Claim, fault: Exception) -> None:
    """Something is away — a service, the disk: try again, more slowly each time, every ten minutes at last."""
    tries = progress.rests(claim) + 1
    log.warning("%s of %s rests, time %d: %s", claim.stage, claim.recording, tries, fault)
    cure = getattr(fault, "cure", "") or "Earshot tries again by itself."
    progress.put_back(claim, fault=str(fault), cure=cure, pause=min(2.0**tries, 600.0))


@app.task(name="surveillance.run", acks_late=True)
def run(recording: str, stage: str) -> None:
    """The one task: an id in, one service call, the id onward."""
    station = ORDER[NAMES.index(stage)]
    if pass_through(UUID(recording), station):
        if station.name == "transcription":
            said = newest_words(UUID(recording))
            notice = heard_notice(said, within=settings.EARSHOT.consent_seconds) if said else None
            consent_changed(consent.note_heard(recording=UUID(recording), notice=notice))
        if station.name == "mentions":
            raise_for_named(UUID(recording), people_named(UUID(recording)))
            # A call from before this stage was there is indexed already, without what it names.
            progress.reopen(UUID(recording), ["indexing"])
        forward(UUID(recording))


@app.task(name="surveillance.sweep")
def sweep() -> int:
    """Send on whatever stands still: after a lost broker, a killed worker, a full disk."""
    progress.give_up(deaths=DEATHS)
    clear_spool()
    still = progress.standing_still(NAMES, patience=settings.EARSHOT.sweep_seconds)
    for recording, stage in still:
        send(recording, ORDER[NAMES.index(stage)])
    for number in runs_standing_still(patience=settings.EARSHOT.sweep_seconds):
        send_walk(number)
    return len(still)


@app.task(name="surveillance.keep_ledger")
def keep_ledger() -> int:
    """Bind row changes that no deed took up; sign how far the ledger has come, and lock that away."""
    seal_rows()
    try:
        return lock_away()
    except Transient as fault:
        log.warning("the checkpoint of the ledger waits: %s", fault)
        return 0


@app.task(name="surveillance.keep")
def keep() -> int:
    """Decide until when what is new or has moved is kept; let the store's locks follow."""
    swept = keep_as_decided()
    for recording, fault in swept.faults.items():
        log.warning("the lock of %s waits: %s", recording, fault)
    return swept.decided


@app.task(name="surveillance.hold")
def hold() -> int:
    """Let the store's own holds follow what people placed and released."""
    followed = follow_holds()
    if followed.away:
        log.warning("%d locks of holds wait for the store: %s", followed.waiting, followed.away)
    return followed.done


def send_holds() -> None:
    """Let the store follow a hold at once. A dead broker loses nothing: the beat sends it within seconds."""
    transaction.on_commit(partial(_queue, hold))


def send_disposals() -> None:
    """Begin what was approved. A dead broker loses nothing: the beat sends it."""
    transaction.on_commit(partial(_queue, dispose))


def _queue(task: Any) -> None:
    try:
        task.apply_async(queue="io", retry=False)
    except (BrokerAway, OSError) as fault:
        log.warning("the broker is away (%s); the beat will send %s", fault, task.name)


@app.task(name="surveillance.dispose")
def dispose() -> int:
    """Go on with disposals that two people decided on; what stands against a recording meanwhile wins."""
    gone = 0
    for number in disposals_under_way():
        done = carry_out(disposal=number)
        gone += done.gone
        if done.away:
            log.warning("disposal %d waits: %s", number, done.away)
    return gone


@app.task(name="surveillance.hold_again")
def match_new_holds() -> int:
    """Match holds placed a moment ago once more: what was on its way meanwhile is taken in."""
    return hold_again()


@app.task(name="surveillance.hold_all")
def hold_all() -> int:
    """Match every standing hold against the whole archive: what slipped past its arrival is taken in."""
    return hold_again(every=True)


@app.task(name="surveillance.fixity")
def fixity() -> int:
    """A night of looking, once a day: is everything that is kept as it was?"""
    return watch_the_night() if is_due() else 0


@app.task(name="surveillance.oversee")
def oversee() -> int:
    """Judge the days that are over: what did those who may hear calls do with that power?"""
    return watch_deeds()


@app.task(name="surveillance.second_reading")
def second_reading() -> int:
    """Let the second reader write beside findings; on a queue of its own, so that nothing waits for it."""
    return read_waiting()


@app.task(name="surveillance.watch")
def watch() -> int:
    """Take in what recorders dropped into the watched folder."""
    taken = collect_watched()
    for recording in taken:
        forward(recording)
    return len(taken)


def send_drills(runs: Iterable[UUID]) -> None:
    """Put drills that were asked for on the queue, as many as may be under way; the beat sends the others.

    A dead broker loses none.
    """
    for asked in list(runs)[:DRILLS_AT_ONCE]:
        transaction.on_commit(partial(_queue_drill, asked))


def _queue_drill(asked: UUID) -> None:
    try:
        drill.apply_async(args=(str(asked),), queue="io", retry=False)
    except (BrokerAway, OSError) as fault:
        log.warning("the broker is away (%s); the beat will send the drill %s", fault, asked)


@app.task(name="surveillance.drill", acks_late=True)
def drill(asked: str) -> None:
    """Hand in one drill and send it on its way like any recording."""
    recording = send_drill(run=UUID(asked))
    if recording is not None:
        forward(recording)


@app.task(name="surveillance.drills")
def drills() -> None:
    """Send what was asked for and not sent."""
    for asked in to_send(most=DRILLS_AT_ONCE):
        drill(str(asked))


@app.task(name="surveillance.judge_drills")
def judge_drills() -> int:
    """Judge what is through. It reads the words once more, so it is done where the reader is at home."""
    return len(conclude(stages=NAMES))


@app.task(name="surveillance.assure")
def assure() -> int:
    """Today's drills, and a look at whether the surveillance itself still works."""
    send_drills(ask_daily(most=settings.EARSHOT.drills_a_day))
    tell_overdue()
    return len(watch_over(stages=NAMES))


@app.task(name="surveillance.watch_over")
def look_round() -> int:
    """The look alone, when the beat starts: a system that comes up sick says so at once."""
    take_in_settings()
    return len(watch_over(stages=NAMES))


@app.task(name="surveillance.forget_sent")
def forget_sent() -> None:
    """A worker that was killed took its messages along: whatever waits may be sent again at the next sweep."""
    progress.forget_sent()


@worker_ready.connect
def _at_work(**_: object) -> None:
    try:
        forget_sent.apply_async(queue="io", retry=False)
    except (BrokerAway, OSError) as fault:
        log.warning("the broker is away (%s); messages that were lost are given their time", fault)


@beat_init.connect
@beat_embedded_init.connect
def _at_start(**_: object) -> None:
    try:
        look_round.apply_async(queue="io", retry=False)
    except (BrokerAway, OSError) as fault:
        log.warning("the broker is away (%s); the surveillance is looked at within the hour", fault)


@app.task(name="surveillance.learn")
def learn() -> int:
    """Decisions become labels, challengers score in the shadow, weeks are read for drift."""
    made = gather().made
    shadow(most=SHADOWS_AN_HOUR)
    read_weeks()
    return made


def send_walk(number: int) -> None:
    """Put a run over the archive on the queue of those who screen. A dead broker loses none: the sweep sends it."""
    try:
        walk.apply_async(args=(number,), queue="screen", retry=False)
    except (BrokerAway, OSError) as fault:
        log.warning("the broker is away (%s); the sweep will send run %d on", fault, number)


@app.task(name="surveillance.walk", acks_late=True)
def walk(number: int) -> None:
    """A few seconds of a back-test or retro-scan, then the rest behind whatever waits to be screened."""
    try:
        more = advance(run=number, screen_again=lambda recording: again(recording, "detection"))
    except (Transient, OperationalError, OSError) as fault:
        log.warning("run %d rests: %s", number, fault)
        return
    except Fault as fault:
        halt(run=number, fault=fault)
        return
    if more:
        send_walk(number)


def _every(seconds: float, task: str, queue: str = "io") -> dict[str, object]:
    """A beat entry; one that no worker took up before the next is due is dropped, not queued."""
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": seconds}}


app.conf.beat_schedule = {
    "sweep": _every(settings.EARSHOT.sweep_seconds, "surveillance.sweep"),
    "keep-ledger": _every(300.0, "surveillance.keep_ledger"),
    "keep": _every(30.0, "surveillance.keep"),
    "hold": _every(10.0, "surveillance.hold"),
    "dispose": _every(30.0, "surveillance.dispose"),
    "hold-again": _every(300.0, "surveillance.hold_again"),
    "hold-all": _every(86400.0, "surveillance.hold_all"),
    "oversee": _every(3600.0, "surveillance.oversee"),
    "fixity": _every(3600.0, "surveillance.fixity"),
    "watch": _every(10.0, "surveillance.watch"),
    "drills": _every(20.0, "surveillance.drills"),
    "judge-drills": _every(20.0, "surveillance.judge_drills", "screen"),
    "assure": _every(3600.0, "surveillance.assure"),
    # A challenger may load a reader of its own, which the io workers have no room for.
    "learn": {
        "task": "surveillance.learn",
        "schedule": 3600.0,
        "options": {"queue": "screen", "expires": 3600.0},
    },
}
if settings.EARSHOT.second_reader_url:
    # One that no worker of that queue took up before the next is due is dropped, not queued.
    app.conf.beat_schedule["second-reading"] = {
        "task": "surveillance.second_reading",
        "schedule": 20.0,
        "options": {"queue": "second", "expires": 20.0},
    }
