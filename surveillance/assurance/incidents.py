"""Incidents: raised by the watch, acknowledged and closed by people, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.assurance import watch
from surveillance.assurance.models import Incident, KnownEngine, KnownSource
from surveillance.assurance.sightings import Sighting
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Conflict, Invalid, Missing


def watch_over(*, stages: Sequence[str]) -> list[int]:
    """Look for everything that may be wrong with the surveillance itself; the incidents that are new.

    An incident whose cause is gone is closed by the program, and stays on record.
    """
    _note_sources()
    _note_engines()
    seen = watch.sightings(stages)
    fresh = [number for sighting in seen if (number := _sighted(sighting))]
    still = {(sighting.kind, sighting.subject) for sighting in seen}
    for incident in Incident.objects.filter(closed_at__isnull=True, kind__in=watch.KINDS):
        if (incident.kind, incident.subject) not in still:
            _close(incident, actor="program:watch", reason="It no longer holds.")
    return fresh


def raise_incident(
    *, kind: str, subject: str, title: str, cure: str, detail: dict[str, Any] | None = None
) -> int | None:
    """Raise an incident another room has come upon; None where it is open already."""
    return _sighted(Sighting(kind=kind, subject=subject, title=title, cure=cure, detail=detail or {}))


def _sighted(sighting: Sighting) -> int | None:
    with transaction.atomic():
        incident, made = Incident.objects.get_or_create(
            kind=sighting.kind,
            subject=sighting.subject,
            closed_at__isnull=True,
            defaults={
                "title": sighting.title,
                "cure": sighting.cure,
                "detail": dict(sighting.detail),
                "first_seen": now(),
                "last_seen": now(),
            },
        )
        if not made:
            incident.last_seen, incident.title, incident.detail = now(), sighting.title, dict(sighting.detail)
            incident.save()
            return None
        record(
            actor="program:watch",
            action="incident raised",
            subject=f"incident:{incident.pk}",
            detail={"kind": sighting.kind, "of": sighting.subject, "title": sighting.title},
        )
        return incident.pk


@transaction.atomic
def acknowledge(*, scope: Scope, incident: int) -> None:
    """Put on record that somebody has seen an incident and is at it.

    Raises:
        Refused: the scope may not. Missing: none of that number. Conflict: it is closed.
    """
    row = _open_incident(scope, incident)
    row.acknowledged_by, row.acknowledged_at = scope.actor, now()
    row.save()
    record(actor=scope.actor, action="incident acknowledged", subject=f"incident:{incident}")


@transaction.atomic
def close_incident(*, scope: Scope, incident: int, reason: str) -> None:
    """Close an incident with a reason. One about an engine announces that engine; one that still holds returns.

    Raises:
        Refused, Missing, Conflict: as `acknowledge`. Invalid: no reason.
    """
    row = _open_incident(scope, incident)
    if not reason.strip():
        raise Invalid("Say why it is closed.", cure="Write what was done about it: one sentence is enough.")
    if row.kind == watch.ENGINE_CHANGED:
        KnownEngine.objects.filter(model_sha256=row.subject).update(announced_by=scope.actor)
    _close(row, actor=scope.actor, reason=reason.strip())


def _open_incident(scope: Scope, incident: int) -> Incident:
    scope.require(Power.DRILL, subject=f"incident:{incident}")
    row = Incident.objects.select_for_update().filter(pk=incident).first()
    if row is None:
        raise Missing("There is no such incident.", cure="Reload the page.")
    if row.closed_at is not None:
        raise Conflict("This incident is closed.", cure="Reload the page.", subject=f"incident:{incident}")
    return row


def _close(incident: Incident, *, actor: str, reason: str) -> None:
    with transaction.atomic():
        incident.closed_by, incident.closed_at, incident.reason = actor, now(), reason
        incident.save()
        record(
            actor=actor,
            action="incident closed",
            subject=f"incident:{incident.pk}",
            detail={"kind": incident.kind, "of": incident.subject, "reason": reason},
        )


@transaction.atomic
def announce_engine(*, scope: Scope, engine: str, model: str, model_sha256: str) -> None:
    """Say beforehand that another recogniser will be at work, so that nobody is woken by its first words.

    Raises:
        Refused: the scope may not.
    """
    scope.require(Power.DRILL, subject="engine")
    KnownEngine.objects.update_or_create(
        model_sha256=model_sha256,
        defaults={"engine": engine, "model": model, "since": now(), "announced_by": scope.actor},
    )
    record(
        actor=scope.actor,
        action="engine announced",
        subject=f"engine:{engine}",
        detail={"sha256": model_sha256},
    )


def _note_sources() -> None:
    try:
        names = watch.declared_names()
    except Broken:
        return  # told by a sighting of its own
    for name in names:
        KnownSource.objects.get_or_create(name=name, defaults={"since": now()})


def _note_engines() -> None:
    """The first recogniser an installation works with needs no announcement; whatever follows it does."""
    first = not KnownEngine.objects.exists()
    for seen in watch.engines_at_work():
        KnownEngine.objects.get_or_create(
            model_sha256=seen.model_sha256,
            defaults={
                "engine": seen.engine,
                "model": seen.model,
                "since": seen.since,
                "announced_by": "program:first" if first else "",
            },
        )
        first = False
