"""Whatever breaks in the surveillance is told within a day, until it is mended or closed with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from drilling import STAGES, drilled, nothing_of_it, sent
from floor import CLERK, Spoken, receive_call, say, take_through

from surveillance.access.scope import Scope, combine
from surveillance.assurance import watch
from surveillance.assurance.models import Incident
from surveillance.assurance.selectors import incidents
from surveillance.assurance.services import (
    acknowledge,
    announce_engine,
    close_incident,
    raise_incident,
    watch_over,
)
from surveillance.capture.models import Recording
from surveillance.core.errors import Conflict, Invalid, Refused
from surveillance.detection.models import Alert, Finding, Screening

pytestmark = pytest.mark.usefixtures("floor_of_policies")
WEDNESDAY = datetime(2026, 9, 2, 9, 0, tzinfo=UTC)
SOURCES = '[{name}]\nformat = "json"\nsidecar = ".json"\nfields = {{ started_at = "start" }}\n'


@pytest.fixture(autouse=True)
def no_sources(home: object, tmp_path: Path) -> None:
    """No recorder is declared, where a test declares none."""
    declare(tmp_path)


def declare(folder: Path, *names: str) -> None:
    path = folder / f"sources-{len(names)}-{'-'.join(names)}.toml"
    path.write_text("".join(SOURCES.format(name=name) for name in names))
    settings.EARSHOT = replace(settings.EARSHOT, sources=path)


def kinds() -> set[str]:
    watch_over(stages=STAGES)
    return {row.kind for row in incidents(CLERK)}


def delivered(source: str, moments: Iterable[datetime]) -> None:
    """Recordings of a recorder as they arrived; nobody listens to them here."""
    first = Recording.objects.first()
    assert first is not None
    Recording.objects.bulk_create(
        Recording(
            sha256=f"{source}-{moment:%m%d%H%M}", size=1, name="x", source=source, desk_id=first.desk_id,
            started_at=moment, received_at=moment, duration=1, container="wav", codec="pcm", sample_rate=8000,
            channels=1,
        )
        for moment in moments
    )  # fmt: skip


def hourly(since: datetime, until: datetime) -> list[datetime]:
    """Every hour from seven to six on working days."""
    hours = (
        since + timedelta(hours=number) for number in range(int((until - since).total_seconds() // 3600))
    )
    return [hour for hour in hours if hour.weekday() < 5 and 7 <= hour.hour < 18]


def test_a_sound_system_raises_nothing(tmp_path: Path) -> None:
    take_through(tmp_path, "rates", Spoken(name="one"))
    drilled("conduct.off-channel")
    assert kinds() == set()


def test_a_feed_that_falls_silent_is_told_within_a_day(set_clock: object, tmp_path: Path) -> None:
    receive_call(tmp_path, "rates", Spoken(name="one"))
    delivered("turret", hourly(WEDNESDAY - timedelta(weeks=6), WEDNESDAY))
    set_clock(WEDNESDAY + timedelta(hours=1))  # type: ignore[operator]
    assert watch.SILENT_FEED not in kinds()
    set_clock(WEDNESDAY + timedelta(hours=23))  # type: ignore[operator]
    assert watch.SILENT_FEED in kinds()
    delivered("turret", [WEDNESDAY + timedelta(hours=24)])
    set_clock(WEDNESDAY + timedelta(hours=25))  # type: ignore[operator]
    assert watch.SILENT_FEED not in kinds(), "it delivers again, and the incident is closed"
    (closed,) = [row for row in incidents(CLERK, closed=True) if row.kind == watch.SILENT_FEED]
    assert (closed.closed_by, closed.reason) == ("program:watch", "It no longer holds.")


def test_a_declared_feed_that_never_delivers_is_told_after_a_day(set_clock: object, tmp_path: Path) -> None:
    """FCA Market Watch 79: a feed never activated went unnoticed for more than three years."""
    declare(tmp_path, "hoot")
    set_clock(WEDNESDAY)  # type: ignore[operator]
    assert watch.NEVER_DELIVERED not in kinds()
    set_clock(WEDNESDAY + timedelta(hours=24, minutes=30))  # type: ignore[operator]
    assert watch.NEVER_DELIVERED in kinds()
    receive_call(tmp_path, "rates", Spoken(name="one", started_at=WEDNESDAY))
    Recording.objects.update(source="hoot")
    assert watch.NEVER_DELIVERED not in kinds()


def test_a_drill_that_was_caught_and_no_longer_is_raises_an_incident() -> None:
    drilled("conduct.off-channel")
    assert watch.DRILL_FAILS not in kinds()
    drilled("conduct.off-channel", nothing_of_it)
    assert watch.DRILL_FAILS in kinds()
    drilled("conduct.off-channel")
    assert watch.DRILL_FAILS not in kinds()


def test_recall_below_its_floor_raises_an_incident() -> None:
    for name in (
        "conduct.private-mail",
        "conduct.private-phone",
        "conduct.recorded-line",
        "conduct.unkept-place",
    ):
        drilled(name)
    assert watch.RECALL_FELL not in kinds(), "four drills are too few to say"
    drilled("conduct.unnamed-channel")
    assert watch.RECALL_FELL in kinds()


def screened(recording: UUID, moments: Iterable[datetime], *, policy: str = "", alert: int = 0) -> None:
    """Screenings of so many calls, each with a finding of a policy where one is named, some with an alert."""
    model = Recording.objects.get(pk=recording)
    version = model.versions.get()
    for number, moment in enumerate(moments):
        key = f"{moment.isoformat()}-{number}"
        call = Recording.objects.create(
            sha256=key, size=1, name="x", source="upload", desk_id=model.desk_id, started_at=moment,
            received_at=moment, duration=1, container="wav", codec="pcm", sample_rate=8000, channels=1,
        )  # fmt: skip
        for stage in STAGES:
            call.progress.create(stage=stage, state="done", since=moment)
        row = Screening.objects.create(
            recording=call, version=version, policies_sha256=key[-64:], policies=1, at=moment, risk=0.5,
            seconds_taken=0.1,
        )  # fmt: skip
        if policy:
            Finding.objects.create(
                screening=row, category="off_channel", policy=policy, policy_version=1, score=0.5, start=0, end=1,
                turn=0, channel=0, words="x",
            )  # fmt: skip
        if number < alert:
            Alert.objects.create(recording=call, screening=row, risk=0.5, raised_at=moment, changed_at=moment)


def spread(since: datetime, days: int, number: int) -> list[datetime]:
    return [since + timedelta(days=days * step / number) for step in range(number)]


def test_a_policy_that_used_to_fire_and_fell_silent_is_told_though_others_go_on(
    set_clock: object, tmp_path: Path
) -> None:
    """An error stayed hidden because "alerts in reasonable numbers" kept coming."""
    recording = take_through(tmp_path, "rates", Spoken(name="one"))
    today = WEDNESDAY
    screened(recording, spread(today - timedelta(days=100), 60, 12), policy="conduct.gone", alert=12)
    screened(recording, spread(today - timedelta(days=29), 28, 120), policy="conduct.still", alert=120)
    set_clock(today)  # type: ignore[operator]
    watch_over(stages=STAGES)
    silent = [row.subject for row in incidents(CLERK) if row.kind == watch.POLICY_SILENT]
    assert silent == ["conduct.gone"]


def test_a_sudden_change_in_the_alert_rate_is_told_and_chance_is_not(
    set_clock: object, tmp_path: Path
) -> None:
    recording = take_through(tmp_path, "rates", Spoken(name="one"))
    set_clock(WEDNESDAY)  # type: ignore[operator]
    screened(recording, spread(WEDNESDAY - timedelta(days=34), 26, 300), alert=30)
    screened(recording, spread(WEDNESDAY - timedelta(days=6.9), 6, 150), alert=18)
    assert watch.ALERTS_MOVED not in kinds()
    Alert.objects.filter(raised_at__gte=WEDNESDAY - timedelta(days=7)).delete()
    assert watch.ALERTS_MOVED in kinds()


def test_a_recording_that_stands_still_is_told(set_clock: object, tmp_path: Path) -> None:
    set_clock(WEDNESDAY)  # type: ignore[operator]
    receive_call(tmp_path, "rates", Spoken(name="one", started_at=WEDNESDAY - timedelta(hours=1)))
    sent("conduct.off-channel")
    assert watch.PIPELINE_STUCK not in kinds()
    set_clock(WEDNESDAY + timedelta(hours=3))  # type: ignore[operator]
    watch_over(stages=STAGES)
    (told,) = [row for row in incidents(CLERK) if row.kind == watch.PIPELINE_STUCK]
    assert told.title == "1 recording stands still before archive.", "the drill is counted apart"


def test_another_recogniser_is_told_unless_it_was_announced(tmp_path: Path) -> None:
    recording = take_through(tmp_path, "rates", Spoken(name="one"))
    assert watch.ENGINE_CHANGED not in kinds(), "the first one needs no announcement"
    version = Recording.objects.get(pk=recording).versions.get()
    announce_engine(scope=CLERK, engine="scripted", model="better", model_sha256="7" * 64)
    for number, sha256 in ((2, "7" * 64), (3, "8" * 64)):
        version.pk, version.number, version.model_sha256 = None, number, sha256
        version.save()
    watch_over(stages=STAGES)
    (told,) = [row for row in incidents(CLERK) if row.kind == watch.ENGINE_CHANGED]
    assert told.subject == "8" * 64
    close_incident(scope=CLERK, incident=told.id, reason="Agreed with the vendor, drills run.")
    assert watch.ENGINE_CHANGED not in kinds()


def test_policies_that_do_not_load_are_told(floor_of_policies: Path) -> None:
    assert watch.POLICIES_BROKEN not in kinds()
    path = floor_of_policies / "rules" / "conduct" / "off_channel.toml"
    path.write_text(path.read_text().replace("query = ", "queer = "))
    watch_over(stages=STAGES)
    (told,) = [row for row in incidents(CLERK) if row.kind == watch.POLICIES_BROKEN]
    assert told.subject == "on disk"
    assert "off_channel.toml" in told.title


def test_an_incident_is_told_once_and_closed_only_with_a_reason() -> None:
    told = {"kind": "drift", "subject": "fx", "title": "Scores moved.", "cure": "Look."}
    number = raise_incident(**told)  # type: ignore[arg-type]
    assert number is not None
    assert raise_incident(**told) is None  # type: ignore[arg-type]
    supervisor = combine("ruben", [("supervisor", "rates")])
    acknowledge(scope=supervisor, incident=number)
    assert incidents(CLERK)[0].acknowledged_by == "ruben"
    with pytest.raises(Invalid):
        close_incident(scope=supervisor, incident=number, reason="  ")
    close_incident(scope=supervisor, incident=number, reason="The desk moved to another floor.")
    with pytest.raises(Conflict):
        acknowledge(scope=supervisor, incident=number)
    assert raise_incident(**told) is not None, "one that still holds comes back"  # type: ignore[arg-type]
    watch_over(stages=STAGES)
    assert Incident.objects.filter(kind="drift", closed_at__isnull=True).exists(), "other rooms' stay theirs"


def test_an_officer_neither_sees_nor_closes_incidents(rates_officer: Scope) -> None:
    number = raise_incident(kind="drift", subject="", title="Scores moved.", cure="Look.")
    assert number is not None
    with pytest.raises(Refused):
        incidents(rates_officer)
    with pytest.raises(Refused):
        close_incident(scope=rates_officer, incident=number, reason="No.")


def test_a_rhythm_is_told_by_arrival_and_not_by_doors(tmp_path: Path) -> None:
    receive_call(tmp_path, "rates", Spoken(name="one"))
    say_nothing = Spoken(name="two", pitch=440)
    say(receive_call(tmp_path, "rates", say_nothing), say_nothing)
    assert watch.SILENT_FEED not in kinds()
