"""Opening the rulebook, proposing an edition, and putting editions in force."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from policies.schema import PolicyFaults
from surveillance.access.scope import Power, Scope, program
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Invalid, Missing, Transient
from surveillance.rulebook import selectors
from surveillance.rulebook.configured import configured
from surveillance.rulebook.disk import wordings
from surveillance.rulebook.editions import Wording, digest
from surveillance.rulebook.models import Edition, Reading, Shelf, Term, Text

log = logging.getLogger(__name__)

SETTINGS = "Taken from the settings of this installation; nobody proposed it."
BASELINE = "Baseline: what stood in the folder and the settings when Earshot was first started."


def open_book() -> None:
    """Take in what the folder and the settings say, where nothing is in force yet. Once; then it changes nothing.

    Raises:
        Transient: the folder has faults; what arrives meanwhile waits.
    """
    if selectors.is_open():
        return
    try:
        written = list(wordings().values())
    except PolicyFaults as faults:
        raise Transient(
            f"The policies do not load: {faults}", cure="Run manage.py check_policies."
        ) from faults
    scope = program("rulebook")
    with transaction.atomic():
        _lock()
        if selectors.is_open():
            return
        made = [_kept(scope, wording, BASELINE) for wording in (*written, *configured())]
        moment = now()
        Term.objects.bulk_create(_term(edition, scope.actor, moment, moment, BASELINE) for edition in made)
        record(
            actor=scope.actor,
            action="rulebook opened",
            subject="rulebook",
            detail={"policies": len(written), "set": selectors.policy_set(selectors.mark(moment)).sha256},
        )


@transaction.atomic
def take_in_settings() -> list[str]:
    """Note thresholds, reader and speech engine where the settings moved since; return the names of those that did.

    Whoever runs the installation chooses them, and they are in use at once. So that an alert can name what was in
    force, the choice is dated and on record, as nobody's proposal.
    """
    if not selectors.is_open():
        return []
    _lock()
    moved = []
    for wording in configured():
        standing = selectors.one_in_force(wording.kind, wording.name)
        if standing is not None and standing.sha256 == wording.sha256:
            continue
        known = Edition.objects.filter(kind=wording.kind, name=wording.name, sha256=wording.sha256).first()
        edition = known or _kept(program("rulebook"), wording, SETTINGS)
        moment, actor = now(), program("rulebook").actor
        _end(wording.kind, wording.name, moment, actor)
        _term(edition, actor, moment, moment, SETTINGS).save()
        moved.append(wording.name)
        record(
            actor=actor,
            action="settings taken in",
            subject=f"{wording.kind}:{wording.name}",
            detail={"is": dict(wording.settings), "was": dict(standing.settings) if standing else {}},
        )
    return moved


@transaction.atomic
def propose_edition(*, scope: Scope, wording: Wording, reason: str) -> int:
    """Keep a wording as an edition, and return its key; the same wording is kept once.

    Raises:
        Refused: the asker may not propose.
    """
    scope.require(Power.PROPOSE, subject=f"{wording.kind}:{wording.name}")
    _lock()
    known = Edition.objects.filter(kind=wording.kind, name=wording.name, sha256=wording.sha256).first()
    if known is not None:
        return known.pk
    edition = _kept(scope, wording, reason)
    record(
        actor=scope.actor,
        action="edition proposed",
        subject=f"{edition.kind}:{edition.name}",
        detail={"number": edition.number, "version": edition.version, "sha256": edition.sha256},
    )
    return edition.pk


@transaction.atomic
def enact(
    *,
    scope: Scope,
    editions: Sequence[int],
    retired: Iterable[tuple[str, str]] = (),
    reason: str,
    effective_from: datetime | None = None,
    change: int | None = None,
) -> datetime:
    """Put editions in force, each in the place of the one before it, retire others; return from when on.

    That a second person decides, after a back-test, is for the room that keeps changes: it alone calls this.

    Raises:
        Refused: the asker may not put anything in force. Missing: no such edition, or nothing to retire.
        Conflict: the edition is in force already, or another is about to be. Invalid: the moment lies behind us.
    """
    scope.require(Power.ACTIVATE, subject=f"change:{change}" if change else "rulebook")
    moment = now()
    since = effective_from or moment
    if since < moment:
        raise Invalid("What is in force cannot be changed backwards.", cure="Choose a moment to come.")
    _lock()
    wanted = {row.pk: row for row in Edition.objects.filter(pk__in=editions)}
    if len(wanted) != len(set(editions)):
        raise Missing("There is no such edition.", cure="Propose it first.")
    for row in wanted.values():
        _end(row.kind, row.name, since, scope.actor, but=row)
        _term(row, scope.actor, since, moment, reason, change).save()
    for kind, name in retired:
        if not _end(kind, name, since, scope.actor):
            raise Missing(f"{name} is not in force.", cure="Reload the page.")
    record(
        actor=scope.actor,
        action="put in force",
        subject=f"change:{change}" if change else "rulebook",
        detail={
            "editions": [f"{row.name} {row.sha256[:12]}" for row in wanted.values()],
            "retired": [name for _, name in retired],
            "from": since,
            "reason": reason,
        },
    )
    return since


def note_reading(*, sha256: str, editions: Sequence[str]) -> None:
    """Remember which editions stand behind the hash of a set, so that its alerts can be told again.

    Once for each set; the first time is on record.
    """
    if Reading.objects.filter(pk=sha256).exists():
        return
    with transaction.atomic():
        _, made = Reading.objects.get_or_create(
            sha256=sha256, defaults={"editions": list(editions), "first_at": now()}
        )
        if made:
            record(
                actor="program:rulebook",
                action="set first used",
                subject=f"set:{sha256[:12]}",
                detail={"sha256": sha256, "editions": digest(list(editions))},
            )


def _lock() -> None:
    Shelf.objects.get_or_create(id=1)
    Shelf.objects.select_for_update().get(id=1)


def _end(kind: str, name: str, since: datetime, actor: str, *, but: Edition | None = None) -> bool:
    """End what is in force under a name; False where nothing was."""
    term = Term.objects.filter(kind=kind, name=name, until__isnull=True).select_related("edition").first()
    if term is None:
        return False
    if but is not None and term.edition_id == but.pk:
        raise Conflict(f"{but} is in force already.", cure="Reload the page.", subject=f"{kind}:{name}")
    if term.effective_from > since:
        raise Conflict(
            f"Another edition of {name} takes effect on {term.effective_from:%d %B %Y}.",
            cure="Choose a later moment.",
            subject=f"{kind}:{name}",
        )
    term.until, term.ended_by, term.ended_at = since, actor, now()
    term.save(update_fields=["until", "ended_by", "ended_at"])
    return True


def _kept(scope: Scope, wording: Wording, reason: str) -> Edition:
    last = Edition.objects.filter(kind=wording.kind, name=wording.name).order_by("-number").first()
    return Edition.objects.create(
        kind=wording.kind,
        name=wording.name,
        number=(last.number if last else 0) + 1,
        version=wording.version,
        sha256=wording.sha256,
        meaning=wording.meaning,
        text=_text(wording.text),
        lists=_text(wording.lists),
        settings=dict(wording.settings),
        facts=dict(wording.facts),
        proposed_by=scope.actor,
        proposed_at=now(),
        reason=reason,
    )


def _text(content: str) -> Text | None:
    if not content:
        return None
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    return Text.objects.get_or_create(sha256=sha256, defaults={"content": content})[0]


def _term(
    edition: Edition, actor: str, since: datetime, moment: datetime, reason: str, change: int | None = None
) -> Term:
    return Term(
        edition=edition,
        kind=edition.kind,
        name=edition.name,
        effective_from=since,
        activated_by=actor,
        activated_at=moment,
        reason=reason,
        change=change,
    )
