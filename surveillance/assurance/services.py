"""Sending drills through the production path and judging them. Incidents: see incidents.py."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from django.db import transaction

from detectors.drill_codecs import CLEAN, CODECS
from detectors.screen import Screener
from surveillance.access.scope import DRILLS, Power, Scope, among_drills, program
from surveillance.access.selectors import desk_exists
from surveillance.access.services import open_desk
from surveillance.assurance import judging, library
from surveillance.assurance.incidents import (
    acknowledge,
    announce_engine,
    close_incident,
    raise_incident,
    watch_over,
)
from surveillance.assurance.judging import Caught, Verdict
from surveillance.assurance.library import Drill, Wanted, chosen, drills
from surveillance.assurance.models import DrillRun, RunState
from surveillance.audit.services import record
from surveillance.capture.progress import counts
from surveillance.capture.services import Said, Sidecar, receive
from surveillance.capture.sources import DRILL
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Invalid
from surveillance.detection.figures import newest_screening
from surveillance.detection.rules import screener
from surveillance.detection.selectors import findings
from surveillance.indexing.services import drill_findable
from surveillance.transcription.selectors import Words, current

__all__ = [
    "acknowledge",
    "announce_engine",
    "ask_daily",
    "ask_drills",
    "close_incident",
    "conclude",
    "raise_incident",
    "rehearse",
    "send_drill",
    "watch_over",
]

log = logging.getLogger(__name__)

ACTOR = "program:drill"
PATIENCE = timedelta(hours=6)  # after which a drill that is not through is lost
FIND = 3  # words of a drill that a search must find it by


@transaction.atomic
def ask_drills(*, scope: Scope, wanted: Wanted, codecs: Sequence[str]) -> list[UUID]:
    """Put drills down to be sent, each over each codec; their runs.

    Raises:
        Refused: the scope may not. Invalid: no such drill, policy or codec.
    """
    scope.require(Power.DRILL, subject="drills")
    unknown = sorted(set(codecs) - set(CODECS))
    if unknown:
        raise Invalid(f"There is no codec {', '.join(unknown)}.", cure=f"Choose of {', '.join(CODECS)}.")
    moment = now()
    made = [_asked(drill, codec, scope.actor) for drill in chosen(wanted) for codec in codecs]
    for run in made:
        run.asked_at = moment
    DrillRun.objects.bulk_create(made)
    record(
        actor=scope.actor,
        action="drills asked for",
        subject="drills",
        detail={
            "runs": len(made),
            "drills": sorted({run.drill for run in made})[:200],
            "codecs": list(codecs),
        },
    )
    return [run.id for run in made]


@transaction.atomic
def ask_daily(*, most: int) -> list[UUID]:
    """Put down today's drills: the `most` sent longest ago over a clean line, and one of them over each other codec.

    Nothing where the beat asked for some within the last day, so that restarts send none twice.
    """
    scope = program("drill")
    rows = DrillRun.objects.filter(rehearsal=False).order_by("asked_at")
    if most <= 0 or rows.filter(asked_by=scope.actor, asked_at__gt=now() - timedelta(days=1)).exists():
        return []
    names = [drill.id for drill in library.due(dict(rows.values_list("drill", "asked_at")), most=most)]
    asked = ask_drills(scope=scope, wanted=Wanted(only=tuple(names)), codecs=[CLEAN])
    for number, codec in enumerate(code for code in CODECS if code != CLEAN):
        asked += ask_drills(scope=scope, wanted=Wanted(only=(names[number % len(names)],)), codecs=[codec])
    return asked


def send_drill(*, run: UUID) -> UUID | None:
    """Hand one drill in as its recorder would; the recording to send on its way, None where it was sent before.

    Raises:
        Broken: its sound is not there. Transient: the disk is full.
    """
    row = DrillRun.objects.filter(pk=run, state=RunState.ASKED).first()
    if row is None:
        return None
    drill = drills().get(row.drill)
    if drill is None or drill.sha256 != row.drill_sha256:
        _lost(row, "The drill was changed or taken out of the library before it was sent.")
        return None
    from detectors.drill_sound import NotSpoken, recorded

    try:
        content, seconds = recorded(drill, row.codec, seed=str(row.id), others=tuple(drills().values()))
    except (NotSpoken, OSError) as fault:
        _lost(row, f"It has no sound: {fault}.")
        return None
    return _handed_in(row, drill, content, seconds)


def _handed_in(row: DrillRun, drill: Drill, content: bytes, seconds: float) -> UUID | None:
    _open_desk()
    name = f"{drill.id}.{row.codec}.{CODECS[row.codec].ending}"
    with TemporaryDirectory(prefix="drill-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        arrival = receive(
            scope=among_drills(program("drill")),
            source=DRILL.name,
            path=path,
            name=name,
            sidecar=Sidecar(name=f"{drill.id}.vcon.json", content=_vcon(row, drill, seconds)),
            said=Said(desk=DRILLS),
            # The same run again, after a crash, finishes the same arrival.
            receipt=row.id,
        )
    if arrival.recording is None:
        _lost(row, f"It was set aside: {arrival.reason} {arrival.cure}")
        return None
    with transaction.atomic():
        sent = DrillRun.objects.filter(pk=row.pk, state=RunState.ASKED)
        sent.update(state=RunState.SENT, recording=arrival.recording)
        record(
            actor=ACTOR,
            action="drill sent",
            subject=f"drill:{drill.id}",
            detail={"run": row.id, "recording": arrival.recording, "codec": row.codec},
        )
    return arrival.recording


def _open_desk() -> None:
    if not desk_exists(DRILLS):
        open_desk(scope=program("drill"), slug=DRILLS, name="Drills")


def _vcon(row: DrillRun, drill: Drill, seconds: float) -> bytes:
    parties = [{"name": f"Drill voice {voice}"} for voice in drill.voices]
    dialog = {
        "type": "recording",
        "start": (now() - timedelta(seconds=seconds)).isoformat(),
        "duration": round(seconds, 2),
        "parties": [0, 1],
    }
    told = {"vcon": "0.3.0", "uuid": str(row.id), "parties": parties, "dialog": [dialog]}
    return json.dumps(told).encode()


def conclude(*, recording: UUID | None = None, stages: Sequence[str]) -> list[UUID]:
    """Judge the drills that are through, or that of one recording; give up those that never came. Their runs.

    Raises:
        Transient: the policies do not load, or the index is away; they are judged later.
    """
    open_ = DrillRun.objects.filter(state=RunState.SENT).select_related("recording")
    if recording is not None:
        open_ = open_.filter(recording_id=recording)
    return [run.id for run in open_ if _concluded(run, stages)]


def _concluded(run: DrillRun, stages: Sequence[str]) -> bool:
    done, failed = counts([_recording(run)], stages)
    if all(done[stage] for stage in stages):
        _judge(run)
        return True
    if failed or now() - run.asked_at > PATIENCE:
        halted = next((stage for stage in stages if not done[stage]), "")
        _lost(run, f"It stands still at {halted}.")
        return True
    return False


def _recording(run: DrillRun) -> UUID:
    """What was sent; a run is on its way only once there is one."""
    if run.recording_id is None:
        raise Broken(f"The drill {run.drill} is on its way without a recording.", cure="Run it again.")
    return run.recording_id


def _judge(run: DrillRun) -> None:
    reader, recording = program("drill"), _recording(run)
    words = current(reader, recording)
    drill = drills().get(run.drill)
    if words is None or drill is None or drill.sha256 != run.drill_sha256:
        _lost(run, "The drill was changed while it was under way.")
        return
    rules = screener()
    screened = newest_screening(reader, recording)
    verdict = judging.judged(
        drill,
        words.transcript,
        rules,
        caught=_found(reader, recording),
    )
    run.policies_sha256 = screened.policies_sha256 if screened else ""
    run.reader_sha256 = screened.reader_sha256 if screened else ""
    run.findable = _findable(recording, words)
    _keep(run, verdict, words, rules)


def _found(reader: Scope, recording: UUID) -> list[Caught]:
    return [
        Caught(
            category=row.category,
            policies=tuple(
                dict.fromkeys([row.policy, *(str(one["policy"]) for one in row.why.get("reasons", []))])
            ),
            words=row.words,
            start=row.start,
            end=row.end,
        )
        for row in findings(reader, recording)
    ]


def _findable(recording: UUID, words: Words) -> bool:
    longest = max(words.transcript.turns, key=lambda turn: len(turn.words), default=None)
    return longest is not None and drill_findable(
        recording, " ".join(word.text for word in longest.words[:FIND])
    )


def _keep(run: DrillRun, verdict: Verdict, words: Words, rules: Screener) -> None:
    for name in (
        *("word_error", "heard", "flagged", "right_category", "by_policy", "bare_category", "bare_policy"),
        "cause",
    ):
        setattr(run, name, getattr(verdict, name))
    run.caught = [item.as_json() for item in verdict.caught]
    run.engine, run.model_sha256 = words.engine, words.model_sha256
    run.policy_version = _version_of(rules, run.policy)
    run.state, run.judged_at = RunState.JUDGED, now()
    run.seconds = (run.judged_at - run.asked_at).total_seconds()
    with transaction.atomic():
        run.save()
        record(
            actor=ACTOR,
            action="drill judged",
            subject=f"drill:{run.drill}",
            detail={
                "run": run.id,
                "codec": run.codec,
                "right_category": run.right_category,
                "by_policy": run.by_policy,
                "cause": run.cause,
            },
        )


def _version_of(rules: Screener, policy: str) -> int:
    return next((one.version for one in rules.policy_set.policies if one.id == policy), 0)


def _lost(run: DrillRun, fault: str) -> None:
    log.warning("the drill %s is lost: %s", run.drill, fault)
    with transaction.atomic():
        run.state, run.cause, run.fault, run.judged_at = RunState.LOST, "lost", fault, now()
        run.save()
        record(
            actor=ACTOR,
            action="drill lost",
            subject=f"drill:{run.drill}",
            detail={"run": run.id, "why": fault},
        )


@transaction.atomic
def rehearse(*, scope: Scope, screener: Screener, policies: Iterable[str] | None = None) -> list[Verdict]:
    """Let policies not yet in force read what was heard of the newest drill runs: those of `policies`, or all.

    What is judged is kept as a rehearsal, so that `drill_state` of a policy's next version is known before it
    is activated. Drills that never came through the production path cannot be rehearsed: send them first.

    Raises:
        Refused: the scope may not run drills.
    """
    scope.require(Power.DRILL, subject="drills")
    wanted = None if policies is None else frozenset(policies)
    verdicts = []
    for run in _newest_heard(wanted):
        drill = drills()[run.drill]
        words = current(program("drill"), _recording(run))
        if words is None:
            continue
        verdict = judging.judged(drill, words.transcript, screener)
        copy = _asked(drill, run.codec, scope.actor)
        copy.rehearsal, copy.recording_id, copy.asked_at, copy.findable = True, run.recording_id, now(), True
        copy.policies_sha256, copy.reader_sha256 = screener.policy_set.sha256, screener.reader_sha256
        _keep(copy, verdict, words, screener)
        verdicts.append(verdict)
    record(
        actor=scope.actor,
        action="drills rehearsed",
        subject="drills",
        detail={"policies": sorted(wanted) if wanted else "all", "runs": len(verdicts)},
    )
    return verdicts


def _newest_heard(policies: frozenset[str] | None) -> list[DrillRun]:
    """Of each drill as it stands now, the newest run that came through over a clean line."""
    rows = DrillRun.objects.filter(state=RunState.JUDGED, rehearsal=False, codec=CLEAN).order_by("judged_at")
    newest = {row.drill: row for row in rows if policies is None or row.policy in policies}
    known = drills()
    return [row for name, row in newest.items() if name in known and known[name].sha256 == row.drill_sha256]


def _asked(drill: Drill, codec: str, actor: str) -> DrillRun:
    return DrillRun(
        id=uuid4(),
        drill=drill.id,
        drill_version=drill.version,
        drill_sha256=drill.sha256,
        policy=drill.policy,
        category=drill.category,
        innocent=drill.innocent,
        language=drill.language,
        surveilled=drill.surveilled,
        codec=codec,
        asked_at=now(),
        asked_by=actor,
    )
