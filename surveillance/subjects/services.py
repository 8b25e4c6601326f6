"""Taking in what people ask about their own voice, finding their calls, deciding what is given, answering by two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from surveillance.access.names import words
from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.capture.selectors import call
from surveillance.capture.withholding import standing
from surveillance.core.clock import now
from surveillance.core.errors import Conflict, Hidden, Invalid
from surveillance.subjects import clock
from surveillance.subjects.finding import calls_on, who
from surveillance.subjects.masking import STATES
from surveillance.subjects.models import FoundCall, Kind, Stage, SubjectRequest
from surveillance.subjects.selectors import asked, found, found_call, mask_of, masked, request_row
from surveillance.transcription.correcting import correct

MOST_NAMES = 20


@transaction.atomic
def enter_request(
    *,
    scope: Scope,
    kind: str,
    names: Sequence[str],
    numbers: Sequence[str],
    identity: str,
    told: str,
    received_at: datetime | None = None,
) -> int:
    """Take a request in, and start its clock; its number.

    Raises:
        Refused: the scope may not. Invalid: nobody is named, no identity, nothing asked, a day to come.
    """
    scope.require(Power.PRIVACY)
    named, numbered = _texts(names), _texts(numbers)
    if kind not in Kind.values:
        raise Invalid(f"{kind!r} is no kind of request.", cure=f"Choose one of {', '.join(Kind.values)}.")
    if not named or not all(map(words, named)):
        raise Invalid("Say who asks, by name.", cure="Write each name as calls may show it.")
    if not identity.strip():
        raise Invalid(
            "Say how it is known that it is them.",
            cure="A copy for somebody else is a breach: a personnel number, an identity seen, a call back.",
        )
    if not told.strip():
        raise Invalid("Say what they ask.", cure="In their own words, as far as they wrote any.")
    came = received_at or now()
    if came > now():
        raise Invalid("That day is still to come.", cure="Give the day on which it was received.")
    row = SubjectRequest.objects.create(
        kind=kind,
        names=named,
        numbers=numbered,
        identity=identity.strip()[:300],
        told=told.strip()[:4000],
        received_at=came,
        due_at=clock.due(came),
        entered_by=scope.actor,
        entered_at=now(),
    )
    record(
        actor=scope.actor,
        action="subject request entered",
        subject=f"subject-request:{row.pk}",
        detail={"kind": kind, "received_at": came, "due_at": row.due_at},
    )
    return row.pk


@transaction.atomic
def extend_request(*, scope: Scope, number: int, because: str) -> datetime:
    """Take two months more, once; the person is told why within the first month (art. 12(3)). The new day.

    Raises:
        Refused, Missing. Invalid: no reason, or the month is over. Conflict: extended already, or closed.
    """
    row = _open(scope, number)
    if row.extended_because:
        raise Conflict("It was extended already.", cure="Three months are all there are.")
    if not because.strip():
        raise Invalid("Say why it takes longer.", cure="How many calls, how complex: the person is told.")
    if now() > row.due_at:
        raise Invalid("The first month is over.", cure="It can only be extended within it.")
    row.extended_because, row.due_at = because.strip()[:1000], clock.due(row.received_at, months=clock.MORE)
    row.save()
    _note(scope, row, "subject request extended", because=row.extended_because, due_at=row.due_at)
    return row.due_at


def gather(*, scope: Scope, number: int) -> int:
    """Find the person's calls; how many are new. What was decided on earlier ones stays.

    Raises:
        Refused, Missing, Conflict: closed. Transient: the index is away.
    """
    scope.require(Power.PRIVACY, subject=f"subject-request:{number}")
    row = asked(number)
    told = calls_on(who(row.names, row.numbers), row.names)
    with transaction.atomic():
        row = _open(scope, number)
        known = {one.recording: one for one in FoundCall.objects.filter(request=row)}
        fresh = 0
        for recording, why in told.items():
            if recording in known:
                if known[recording].why != why:
                    known[recording].why = why
                    known[recording].save()
            elif (facts := standing(recording)) is not None and not facts.drill:
                FoundCall.objects.create(
                    request=row,
                    recording=recording,
                    desk=facts.desk,
                    started_at=facts.started_at,
                    why=why,
                )
                fresh += 1
        row.gathered_at = now()
        row.save()
        _note(scope, row, "subject's calls found", calls=len(told), new=fresh)
    return fresh


@transaction.atomic
def leave_out(*, scope: Scope, number: int, recording: UUID, because: str) -> None:
    """Leave a call out of what is given, as where another of that name speaks; an empty reason takes it in again.

    Raises:
        Refused, Hidden, Missing, Conflict.
    """
    row = _found(scope, number, recording)
    row.left_out_because = because.strip()[:1000]
    row.save()
    action = "subject's call left out" if row.left_out_because else "subject's call taken in"
    record(
        actor=scope.actor,
        action=action,
        subject=f"recording:{recording}",
        detail={"request": number, "because": row.left_out_because},
    )


@transaction.atomic
def mask_also(*, scope: Scope, number: int, phrases: Sequence[str]) -> None:
    """Say which words are masked beside names and numbers; every call is to be looked at anew.

    Raises:
        Refused, Missing, Conflict.
    """
    row = _open(scope, number)
    row.also_mask = _texts(phrases, most=200)
    row.save()
    _unchecked(FoundCall.objects.filter(request=row).exclude(checked_sha256=""))
    _note(scope, row, "subject's masking changed", phrases=len(row.also_mask))


@transaction.atomic
def decide_turn(*, scope: Scope, number: int, recording: UUID, turn: int, state: str) -> None:
    """Say what is given of one turn: words and sound, words alone, or nothing; "" leaves it to the rule.

    Raises:
        Refused, Hidden, Missing, Conflict. Invalid: no such state.
    """
    if state and state not in STATES:
        raise Invalid(f"{state!r} is not one of {', '.join(STATES)}.", cure="Choose one of them.")
    row = _found(scope, number, recording)
    others = {key: value for key, value in row.turns.items() if key != str(turn)}
    row.turns = {**others, str(turn): state} if state else others
    row.checked_sha256 = ""
    row.save()
    record(
        actor=scope.actor,
        action="subject's turn decided",
        subject=f"recording:{recording}",
        detail={"request": number, "turn": turn, "given": state or "by the rule"},
    )


@transaction.atomic
def check_call(*, scope: Scope, number: int, recording: UUID, sha256: str) -> None:
    """Say that exactly this mask was looked at and protects everybody else.

    Raises:
        Refused, Hidden, Missing. Conflict: it is another by now, or the request is closed.
    """
    row = _found(scope, number, recording)
    told = masked(scope, number, recording)
    if sha256 != (told.mask.sha256 if told.mask else "none"):
        raise Conflict("What is masked has changed since you looked.", cure="Look at it once more.")
    row.checked_sha256, row.checked_by, row.checked_at = sha256, scope.actor, now()
    row.save()
    record(
        actor=scope.actor,
        action="subject's call checked",
        subject=f"recording:{recording}",
        detail={"request": number, "mask_sha256": sha256},
    )


@transaction.atomic
def prepare_answer(*, scope: Scope, number: int, answer: str) -> None:
    """Hand the answer to a second person.

    Raises:
        Refused, Missing, Conflict. Invalid: no answer; nobody was looked for; calls wait to be looked at.
    """
    row = _open(scope, number)
    if not answer.strip():
        raise Invalid("Say what the person is answered.", cure="It goes with the copy, and stays on record.")
    if row.gathered_at is None:
        raise Invalid("Nobody has looked for their calls yet.", cure="Find their calls first.")
    if row.kind == Kind.ACCESS:
        told = found(scope, number)
        if told.unchecked:
            raise Invalid(
                f"{told.unchecked} calls were not looked at.",
                cure="Look at what is masked in each, or leave it out and say why.",
            )
        if changed := _changed(scope, row):
            raise Invalid(
                f"The words of {changed} calls changed since they were looked at.",
                cure="Look at them once more.",
            )
    row.stage, row.answer = Stage.PREPARED, answer.strip()[:8000]
    row.prepared_by, row.prepared_at = scope.actor, now()
    row.save()
    _note(scope, row, "subject's answer prepared")


@transaction.atomic
def release_answer(*, scope: Scope, number: int) -> None:
    """Let an answer go that somebody else prepared.

    Raises:
        Refused, Missing. Conflict: it is not prepared, or the asker prepared it.
    """
    row = _open(scope, number, stages=(Stage.PREPARED,))
    if row.prepared_by == scope.actor:
        raise Conflict(
            "You prepared this answer.", cure="Another person who answers for privacy releases it."
        )
    if row.kind == Kind.ACCESS and _changed(scope, row):
        raise Conflict(
            "Words changed since the calls were looked at.", cure="Send it back and look once more."
        )
    row.stage, row.closed_by, row.closed_at = Stage.ANSWERED, scope.actor, now()
    row.save()
    _note(scope, row, "subject answered", prepared_by=row.prepared_by, in_time=row.closed_at <= row.due_at)


@transaction.atomic
def send_back(*, scope: Scope, number: int, because: str) -> None:
    """Take a prepared answer back to be worked on.

    Raises:
        Refused, Missing. Invalid: no reason. Conflict: it is not prepared.
    """
    row = _open(scope, number, stages=(Stage.PREPARED,))
    if not because.strip():
        raise Invalid("Say what is to be mended.", cure="One sentence is enough.")
    row.stage = Stage.OPEN
    row.save()
    _note(scope, row, "subject's answer sent back", because=because.strip()[:1000])


@transaction.atomic
def refuse_request(*, scope: Scope, number: int, because: str) -> None:
    """Turn a request down with its reason, which the person is told with their right to complain (art. 12(4)).

    Raises:
        Refused, Missing, Conflict. Invalid: no reason.
    """
    row = _open(scope, number)
    if not because.strip():
        raise Invalid(
            "Say why it is turned down.", cure="Art. 12(5): unfounded or excessive; art. 23: which law."
        )
    row.stage, row.answer = Stage.REFUSED, because.strip()[:8000]
    row.closed_by, row.closed_at = scope.actor, now()
    row.save()
    _note(scope, row, "subject refused", because=row.answer)


@transaction.atomic
def correct_words(*, scope: Scope, number: int, recording: UUID, turn: int, words_said: str) -> int:
    """Write down what was really said in one turn, as a new version of the words; its number.

    What was there before stays in the version it stands in (art. 16; the record itself is not bent).

    Raises:
        Refused, Hidden, Missing, Conflict. Invalid: no such turn, no words, or nothing changes.
    """
    row = _found(scope, number, recording)
    version = correct(
        scope=scope, recording=recording, turn=turn, words=words_said, because=f"request {number}"
    )
    row.checked_sha256 = ""
    row.save()
    return version


def _changed(scope: Scope, row: SubjectRequest) -> int:
    """Checked calls whose mask is another by now. Those out of reach are the second person's to look at."""
    told, changed = request_row(row), 0
    for one in FoundCall.objects.filter(request=row, left_out_because=""):
        if standing(one.recording) is None:
            continue
        try:
            made = mask_of(scope, told, one)
        except Hidden:
            continue
        changed += one.checked_sha256 != (made.sha256 if made else "none")
    return changed


def _open(scope: Scope, number: int, stages: Iterable[str] = (Stage.OPEN,)) -> SubjectRequest:
    scope.require(Power.PRIVACY, subject=f"subject-request:{number}")
    asked(number)
    row = SubjectRequest.objects.select_for_update().get(pk=number)
    if row.stage not in set(stages):
        raise Conflict(f"This request is {Stage(row.stage).label.lower()}.", cure="Reload the page.")
    return row


def _found(scope: Scope, number: int, recording: UUID) -> FoundCall:
    """A call of an open request, for whoever answers for its desk."""
    _open(scope, number)
    row = found_call(number, recording)
    call(scope, recording, power=Power.LISTEN)
    scope.require(Power.PRIVACY, row.desk, subject=f"recording:{recording}")
    return row


def _unchecked(rows: Iterable[FoundCall]) -> None:
    for row in rows:
        row.checked_sha256 = ""
        row.save()


def _note(scope: Scope, row: SubjectRequest, action: str, **detail: object) -> None:
    record(actor=scope.actor, action=action, subject=f"subject-request:{row.pk}", detail=detail)


def _texts(told: Iterable[str], *, most: int = MOST_NAMES) -> list[str]:
    texts = dict.fromkeys(one.strip()[:120] for one in told if one.strip())
    if len(texts) > most:
        raise Invalid(f"{len(texts)} are too many.", cure=f"Give {most} at most.")
    return list(texts)
