"""Reading what people asked, the calls they are on, what of them is given, and what is restricted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from surveillance.access.scope import Power, Scope
from surveillance.access.selectors import accounts_named
from surveillance.archive.derivatives import Derivative
from surveillance.archive.selectors import listening_copy
from surveillance.audit.selectors import Filter, entries
from surveillance.capture.calls import CallRow
from surveillance.capture.selectors import call
from surveillance.capture.withholding import answerable, withheld_as
from surveillance.consent.selectors import statements_of
from surveillance.core.clock import now
from surveillance.core.errors import Hidden, Missing
from surveillance.mentions.selectors import mentions
from surveillance.retention.hold_selectors import holds_on_custodian
from surveillance.subjects.finding import who
from surveillance.subjects.masking import Mask, mask
from surveillance.subjects.models import FoundCall, Kind, Restriction, Stage, SubjectRequest
from surveillance.subjects.quieting import quieted
from surveillance.subjects.told import (
    Elsewhere,
    FoundPage,
    FoundRow,
    MaskedCall,
    RequestRow,
    RestrictionRow,
)
from surveillance.transcription.selectors import current

PAGE = 50
KINDS = tuple(Kind.choices)


def requests(scope: Scope, *, closed: bool = False) -> list[RequestRow]:
    """What was asked, the most pressing first; closed ones newest first. Raises Refused."""
    scope.require(Power.PRIVACY)
    found = SubjectRequest.objects.filter(closed_at__isnull=not closed)
    return [request_row(row) for row in (found.order_by("-closed_at") if closed else found)]


def request(scope: Scope, number: int) -> RequestRow:
    """One request. Raises Refused, Missing."""
    scope.require(Power.PRIVACY, subject=f"subject-request:{number}")
    return request_row(asked(number))


def found(scope: Scope, number: int, *, page: int = 1) -> FoundPage:
    """The calls of a request within the scope, oldest first. Raises as `request`."""
    request(scope, number)
    every = list(FoundCall.objects.filter(request_id=number))
    there = withheld_as(row.recording for row in every)
    mine = answerable(scope, there)
    shown = [row for row in every if row.recording in mine]
    pages = max(1, -(-len(shown) // PAGE))
    page = min(max(page, 1), pages)
    some = shown[(page - 1) * PAGE : page * PAGE]
    return FoundPage(
        rows=tuple(_found(row, mine[row.recording], there[row.recording]) for row in some),
        total=len(shown),
        page=page,
        pages=pages,
        out_of_reach=len(there) - len(mine),
        gone=len(every) - len(there),
        left_out=sum(bool(row.left_out_because) for row in shown),
        unchecked=sum(
            not row.left_out_because and not row.checked_sha256 for row in every if row.recording in there
        ),
    )


def masked(scope: Scope, number: int, recording: UUID) -> MaskedCall:
    """One call of a request as it would be given.

    Raises:
        Hidden: the call is not the asker's to answer for. Missing: it was not found on that request. Refused.
    """
    asked_for = request(scope, number)
    row = found_call(number, recording)
    facts = answerable(scope, [recording]).get(recording)
    if facts is None:
        raise Hidden("There is no such call.", cure="Check the address.", subject=f"recording:{recording}")
    told = mask_of(scope, asked_for, row)
    return MaskedCall(
        row=_found(row, facts, withheld_as([recording]).get(recording, "")),
        mask=told,
        checked=bool(row.checked_sha256) and row.checked_sha256 == (told.sha256 if told else "none"),
    )


def mask_of(scope: Scope, asked_for: RequestRow, row: FoundCall) -> Mask | None:
    """What is given of a call as things stand; None where it has no words."""
    words = current(scope, row.recording)
    if words is None:
        return None
    return mask(
        words.transcript,
        version=words.number,
        person=who(asked_for.names, asked_for.numbers),
        parties=call(scope, row.recording, power=Power.LISTEN).parties,
        mentions=mentions(scope, row.recording),
        also=asked_for.also_mask,
        decided=row.turns,
    )


def masked_sound(scope: Scope, number: int, recording: UUID) -> Derivative:
    """The sound of it, silent wherever it is not given. Raises as `masked`; Broken, Transient as the archive."""
    told = masked(scope, number, recording)
    return quieted(listening_copy(scope, recording), told.mask.audible if told.mask else {})


def elsewhere(scope: Scope, number: int) -> list[Elsewhere]:
    """What else is kept of the person. Raises as `request`."""
    asked_for = request(scope, number)
    person = who(asked_for.names, asked_for.numbers)
    told = statements_of(asked_for.names, asked_for.numbers)
    rows = [
        Elsewhere(where="Statements of consent", many=len(told), given=True, note="Consent"),
    ]
    for account in accounts_named(person):
        acts = entries(Filter(actor=account)).count()
        rows.append(Elsewhere(where=f"Acts of their account {account}", many=acts, given=True, note="Ledger"))
    holds = holds_on_custodian([*asked_for.names, *asked_for.numbers])
    if holds:
        note = "Not given: legal claims and privilege (art. 23(1)(j), national law)"
        rows.append(Elsewhere(where="Legal holds that name them", many=holds, given=False, note=note))
    return rows


def restrictions(scope: Scope, *, lifted: bool = False) -> list[RestrictionRow]:
    """What is restricted within the scope, the next review first. Raises Refused."""
    scope.require(Power.PRIVACY)
    return _restrictions(scope, Restriction.objects.filter(lifted_at__isnull=not lifted))


def restrictions_of(scope: Scope, number: int) -> list[RestrictionRow]:
    """What was restricted for one request. Raises as `request`."""
    request(scope, number)
    return _restrictions(scope, Restriction.objects.filter(request_id=number))


def restriction_on(scope: Scope, recording: UUID) -> RestrictionRow | None:
    """What restricts a recording now; None where nothing does. Raises Hidden, Missing."""
    call(scope, recording)
    row = Restriction.objects.filter(recording=recording, lifted_at__isnull=True).first()
    return _restriction(row, "") if row else None


def asked(number: int) -> SubjectRequest:
    """The row of a request. Raises Missing."""
    row = SubjectRequest.objects.filter(pk=number).first()
    if row is None:
        raise Missing("There is no such request.", cure="Look for it on /subjects.")
    return row


def found_call(number: int, recording: UUID) -> FoundCall:
    """The row of a call found for a request. Raises Missing."""
    row = FoundCall.objects.filter(request_id=number, recording=recording).first()
    if row is None:
        raise Missing("The person was not found on that call.", cure="Look for them anew.")
    return row


def request_row(row: SubjectRequest) -> RequestRow:
    """A request as doors see it."""
    return RequestRow(
        number=row.pk,
        kind=row.kind,
        kind_name=Kind(row.kind).label,
        person=row.names[0],
        names=tuple(row.names),
        numbers=tuple(row.numbers),
        identity=row.identity,
        told=row.told,
        received_at=row.received_at,
        due_at=row.due_at,
        left=(row.due_at.date() - now().date()).days,
        extended_because=row.extended_because,
        also_mask=tuple(row.also_mask),
        gathered_at=row.gathered_at,
        stage=row.stage,
        stage_name=Stage(row.stage).label,
        entered_by=row.entered_by,
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        answer=row.answer,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )


def _found(row: FoundCall, facts: CallRow, withheld: str) -> FoundRow:
    return FoundRow(
        recording=row.recording,
        title=facts.title,
        desk=facts.desk_name,
        started_at=row.started_at,
        duration=facts.duration,
        why=tuple(row.why),
        left_out_because=row.left_out_because,
        checked_by=row.checked_by if row.checked_sha256 else "",
        checked_at=row.checked_at if row.checked_sha256 else None,
        withheld=withheld,
    )


def _restrictions(scope: Scope, rows: Iterable[Restriction]) -> list[RestrictionRow]:
    kept: Sequence[Restriction] = list(rows)
    mine = answerable(scope, [row.recording for row in kept])
    reach = scope.desks(Power.PRIVACY)
    there = withheld_as(row.recording for row in kept)
    return [
        _restriction(row, mine[row.recording].title if row.recording in mine else "disposed of since")
        for row in kept
        if row.recording in mine or (row.recording not in there and row.desk in reach)
    ]


def _restriction(row: Restriction, title: str) -> RestrictionRow:
    return RestrictionRow(
        number=row.pk,
        recording=row.recording,
        title=title,
        desk=row.desk,
        started_at=row.started_at,
        request=row.request_id,
        reason=row.reason,
        kept_because=row.kept_because,
        review_on=row.review_on,
        due=row.lifted_at is None and row.review_on <= now().date(),
        placed_by=row.placed_by,
        placed_at=row.placed_at,
        lifted_by=row.lifted_by,
        lifted_at=row.lifted_at,
        lifted_because=row.lifted_because,
    )
