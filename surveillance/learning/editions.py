"""Freezing labels as an edition, its approval by a second person, and its export for training."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Conflict, Invalid, Missing, Refused
from surveillance.learning.gathering import gather
from surveillance.learning.models import DataSet, Exclusion, Label, Row
from surveillance.learning.words import Span, side, text_of
from surveillance.transcription.lines import transcript_of


@dataclass(frozen=True, kw_only=True)
class Export:
    """The lines of an edition; `left_out` labels no longer stand and are not in them. `whole`: none is."""

    edition: int
    sha256: str
    lines: tuple[str, ...]
    left_out: int

    @property
    def whole(self) -> bool:
        return self.left_out == 0


@transaction.atomic
def freeze_data_set(*, scope: Scope, title: str, reason: str) -> int:
    """Freeze every label that stands as a new edition; the number of it. It waits for a second person.

    Raises:
        Refused: the scope does not propose changes on every desk. Invalid: no title, no reason, or no labels.
    """
    scope.require_everywhere(Power.PROPOSE, subject="labels")
    if not title.strip() or not reason.strip():
        raise Invalid("Give the edition a name and say what it is for.", cure="One sentence is enough.")
    gather()
    labels = list(Label.objects.filter(withdrawn_at__isnull=True).order_by("pk"))
    if not labels:
        raise Invalid("There are no labels to freeze.", cure="Decisions on alerts and hearings make them.")
    row = DataSet.objects.create(
        title=title.strip()[:200],
        reason=reason.strip(),
        frozen_by=scope.actor,
        frozen_at=now(),
        sha256=_sha256(_lines(labels)),
        labels=len(labels),
        counts=_counts(labels),
    )
    Row.objects.bulk_create(
        Row(data_set=row, label=label, split=side(label.recording_id)) for label in labels
    )
    record(
        actor=scope.actor,
        action="data set frozen",
        subject=f"data set:{row.pk}",
        detail={"labels": len(labels), "sha256": row.sha256, "reason": reason.strip()},
    )
    return row.pk


@transaction.atomic
def approve_data_set(*, scope: Scope, number: int) -> None:
    """Approve an edition for training: by somebody other than who froze it.

    Raises:
        Refused: the scope may not, or froze it. Missing: there is none. Conflict: it is approved.
    """
    scope.require_everywhere(Power.ACTIVATE, subject=f"data set:{number}")
    row = _edition(number)
    if row.frozen_by == scope.actor:
        raise Refused(
            "You froze this edition.", cure="Somebody else must approve it.", subject=f"data set:{number}"
        )
    if row.approved_by:
        raise Conflict("This edition is approved.", cure="Reload the page.", subject=f"data set:{number}")
    row.approved_by, row.approved_at = scope.actor, now()
    row.save()
    record(
        actor=scope.actor,
        action="data set approved",
        subject=f"data set:{number}",
        detail={"sha256": row.sha256},
    )


@transaction.atomic
def export_data_set(*, scope: Scope, number: int) -> Export:
    """The lines of an approved edition, for training; that they left is on record.

    What was withdrawn since — a decision taken back, a desk excluded — is left out. Who decided is not told: a model
    needs no names. Text is read from the version that was judged; the hash proves that it is the same.

    Raises:
        Refused: nobody approved it, or the scope does not listen to one of its desks. Missing: there is none.
        Broken: nothing was withdrawn and the lines are not those that were frozen.
    """
    row = _edition(number)
    if not row.approved_by:
        raise Refused(
            "Nobody approved this edition.",
            cure="A supervisor who did not freeze it approves it on the learning page.",
            subject=f"data set:{number}",
        )
    labels = list(Label.objects.filter(rows__data_set=row).order_by("pk"))
    shut = set(Exclusion.objects.filter(lifted_at__isnull=True).values_list("desk", flat=True))
    kept = [label for label in labels if label.withdrawn_at is None and label.desk not in shut]
    for desk in sorted({label.desk for label in kept}):
        scope.require(Power.LISTEN, desk, subject=f"data set:{number}")
    made = Export(
        edition=number, sha256=row.sha256, lines=tuple(_lines(kept)), left_out=len(labels) - len(kept)
    )
    if made.whole and _sha256(made.lines) != row.sha256:
        raise Broken(
            "The words of this edition are not those that were frozen.", cure="Tell an administrator."
        )
    record(
        actor=scope.actor,
        action="data set exported",
        subject=f"data set:{number}",
        detail={"lines": len(made.lines), "left_out": made.left_out, "sha256": row.sha256},
    )
    return made


def _edition(number: int) -> DataSet:
    row = DataSet.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise Missing("There is no such edition.", cure="See the learning page for those there are.")
    return row


def _lines(labels: Iterable[Label]) -> Iterator[str]:
    for label in labels:
        yield json.dumps(_told(label), ensure_ascii=False, sort_keys=True)


def _told(label: Label) -> dict[str, Any]:
    span = Span(first=label.first_word, last=label.last_word)
    before, text = text_of(transcript_of(label.version_id), span)
    return {
        "id": label.pk,
        "text": text,
        "before": before,
        "category": label.category,
        "violating": label.violating,
        "verdict": label.verdict,
        "source": label.source,
        "policy": label.policy,
        "recording": str(label.recording_id),
        "version": label.version_id,
        "words": [span.first, span.last],
        "split": side(label.recording_id),
    }


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _counts(labels: Iterable[Label]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for label in labels:
        kind = "violating" if label.violating else "innocent"
        counts.setdefault(label.category, Counter())[f"{kind} {side(label.recording_id)}"] += 1
    return {category: dict(told) for category, told in sorted(counts.items())}
