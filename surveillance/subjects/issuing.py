"""Issuing documents, and telling where what was issued no longer says what is configured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Missing
from surveillance.subjects.configured import configured
from surveillance.subjects.documents import KINDS, Document, changed_sections, written
from surveillance.subjects.models import IssuedDocument

NOTICE = "notice"


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A document as it was issued."""

    kind: str
    number: int
    content: Mapping[str, Any]
    sha256: str
    issued_by: str
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class DocumentRow:
    """A kind of document: as it would be written now, the last one issued, and the headings that differ."""

    kind: str
    title: str
    law: str
    now: Document
    last: Issued | None
    changed: Sequence[str]

    @property
    def stands(self) -> bool:
        return self.last is not None and not self.changed


def documents(scope: Scope) -> list[DocumentRow]:
    """Every kind of document. Raises Refused."""
    scope.require(Power.PRIVACY)
    facts = configured()
    return [_row(written(kind, facts)) for kind in KINDS]


def document(scope: Scope, kind: str) -> DocumentRow:
    """One of them. Raises Refused, Missing."""
    scope.require(Power.PRIVACY)
    return _row(_written(kind))


def issued(scope: Scope, kind: str) -> list[Issued]:
    """What was issued of a kind, newest first. Raises Refused."""
    scope.require(Power.PRIVACY)
    return [_issued(row) for row in IssuedDocument.objects.filter(kind=kind).order_by("-number")]


def standing_notice() -> Issued | None:
    """The notice as it was last issued: for everybody who works here, and so without a scope."""
    row = IssuedDocument.objects.filter(kind=NOTICE).order_by("-number").first()
    return _issued(row) if row else None


@transaction.atomic
def issue(*, scope: Scope, kind: str, sha256: str) -> int:
    """Issue a document as it was just shown; its number.

    Raises:
        Refused, Missing. Conflict: it says something else by now, or nothing new.
    """
    scope.require_everywhere(Power.PRIVACY, subject=f"document:{kind}")
    told = _written(kind)
    if told.sha256 != sha256:
        raise Conflict("What is configured has changed since you looked.", cure="Read it once more.")
    last = IssuedDocument.objects.select_for_update().filter(kind=kind).order_by("-number").first()
    if last is not None and last.sha256 == sha256:
        raise Conflict("It was issued like this already.", cure="Nothing is left to do.")
    row = IssuedDocument.objects.create(
        kind=kind,
        number=last.number + 1 if last else 1,
        content=told.content(),
        sha256=sha256,
        issued_by=scope.actor,
        issued_at=now(),
    )
    record(
        actor=scope.actor,
        action="document issued",
        subject=f"document:{kind}",
        detail={"number": row.number, "sha256": sha256},
    )
    return row.number


def _written(kind: str) -> Document:
    if kind not in KINDS:
        raise Missing("There is no such document.", cure=f"Choose one of {', '.join(KINDS)}.")
    return written(kind, configured())


def _row(told: Document) -> DocumentRow:
    row = IssuedDocument.objects.filter(kind=told.kind).order_by("-number").first()
    return DocumentRow(
        kind=told.kind,
        title=told.title,
        law=told.law,
        now=told,
        last=_issued(row) if row else None,
        changed=changed_sections(row.content, told.content()) if row else (),
    )


def _issued(row: IssuedDocument) -> Issued:
    return Issued(
        kind=row.kind,
        number=row.number,
        content=row.content,
        sha256=row.sha256,
        issued_by=row.issued_by,
        issued_at=row.issued_at,
    )
