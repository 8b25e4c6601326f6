"""Making words findable, and finding them within a scope."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from search.grammar import QueryFault, parse
from search.index import Document, Hit, Page, Search
from search.query import Phrase, Query, Word, in_words
from search.tokens import normal
from surveillance.access.scope import DRILLS, Power, Scope, program
from surveillance.audit.services import record
from surveillance.capture.calls import Call
from surveillance.capture.progress import Claim, settle
from surveillance.capture.selectors import call, is_drill, visible
from surveillance.capture.walls import behind
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Invalid
from surveillance.indexing.backend import BrokenIndex, index_name, made_anew, the_index, translated
from surveillance.indexing.documents import document_of, receipted
from surveillance.indexing.models import IndexReceipt
from surveillance.transcription.selectors import transcribed, transcribed_drills

log = logging.getLogger(__name__)
ACTOR = "program:index"
MENDINGS = 3


@dataclass(frozen=True, kw_only=True)
class Question:
    """What someone looks for; empty fields do not narrow. Dates in UTC, `until` excluded."""

    query: str = ""
    desk: str = ""
    person: str = ""
    category: str = ""
    named: Mapping[str, str] = field(default_factory=dict)  # a facet of search.named.FACETS and its value
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 20
    cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class FoundCall:
    """One call with a hit: the facts of the call and the place in it."""

    call: Call
    hit: Hit


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page of hits, and how the query was understood."""

    total: int
    query_in_words: str
    hits: tuple[FoundCall, ...]
    facets: Mapping[str, Sequence[tuple[str, int]]]
    cursor: str


def index(claim: Claim) -> None:
    """Put the newest words of a recording into the index.

    Raises:
        Transient: the index is away. Broken: there are no words.
    """
    document = document_of(claim.recording)
    if document is None:
        raise Broken("There are no words to index.", cure="Let it be transcribed again.")
    drill = is_drill(claim.recording)
    with translated():
        the_index(drills=drill).put([document])
    with transaction.atomic():
        settle(claim)
        _receipt(document, drills=drill)
        record(
            actor=ACTOR,
            action="indexed",
            subject=f"recording:{claim.recording}",
            detail={"index": index_name(drills=drill), "version": document.version},
        )


def renew(*, recording: UUID) -> None:
    """Put a recording into the index once more, as after it was read for names anew.

    Raises:
        Transient: the index is away. Broken: there are no words.
    """
    document = document_of(recording)
    if document is None:
        raise Broken("There are no words to index.", cure="Let it be transcribed again.")
    drill = is_drill(recording)
    with translated():
        the_index(drills=drill).put([document])
    with transaction.atomic():
        _receipt(document, drills=drill)
        detail = {"index": index_name(drills=drill), "version": document.version}
        record(actor=ACTOR, action="indexed", subject=f"recording:{recording}", detail=detail)


def drill_findable(recording: UUID, said: str) -> bool:
    """Does a search of the drills for words said in a row find this one? No search of calls can."""
    words = tuple(map(Word, normal(said)))
    if not words:
        return False
    query = words[0] if len(words) == 1 else Phrase(words)
    with translated():
        page = the_index(drills=True).search(Search(query=query, desks=frozenset({DRILLS}), limit=50))
    return str(recording) in {hit.recording for hit in page.hits}


def find(*, scope: Scope, question: Question) -> Found:
    """Search the spoken archive within a scope; the words of the search go on record.

    The scope narrows the index query itself, and each hit is checked once more against the database.

    Raises:
        Refused: the scope may not search. Invalid: the query does not parse, or is too wide to be answered.
        Transient: the index is away. Broken: it has lost recordings, so that what it finds proves nothing.
    """
    scope.require(Power.SEARCH)
    query = parsed(question.query)
    require_complete()
    page = _within(scope, _search(scope, question, query))
    hits = tuple(
        FoundCall(call=call(scope, UUID(hit.recording), power=Power.SEARCH), hit=hit) for hit in page.hits
    )
    record(
        actor=scope.actor,
        action="searched",
        detail={
            "query": question.query,
            "filters": {
                **{
                    name: getattr(question, name) for name in ("desk", "person", "category", "since", "until")
                },
                **{name: value for name, value in question.named.items() if value},
            },
            "total": page.total,
        },
    )
    return Found(
        total=page.total,
        query_in_words=in_words(query) if query else "",
        hits=hits,
        facets=page.facets,
        cursor=page.cursor or "",
    )


def _within(scope: Scope, search: Search) -> Page:
    """The page of a search, each hit held against the database; what lies outside the scope is put right first.

    Raises:
        Broken: the index gives what the database denies, even after it was told the truth.
    """
    for _ in range(MENDINGS):
        with translated():
            page = the_index().search(search)
        asked = {UUID(hit.recording) for hit in page.hits}
        strays = asked - visible(scope, asked, power=Power.SEARCH)
        if not strays:
            return page
        # The page's total and facets count the strays too, so none of it may be shown.
        log.error("the index gave %d hits outside the scope of %s; put right", len(strays), scope.actor)
        _put_right(strays)
    raise Broken("The search index does not agree with the archive.", cure="Run manage.py reindex.")


def _put_right(strays: Iterable[UUID]) -> None:
    """Replace what the index holds of these recordings by what the database says of them."""
    named = sorted(str(stray) for stray in strays)
    with translated():
        the_index().remove(named)
        _receipts().filter(recording_id__in=named).delete()
        for recording in visible(program("index"), map(UUID, named)):
            document = document_of(recording)
            if document is not None:
                the_index().put([document])
                _receipt(document)
    record(actor=ACTOR, action="index put right", detail={"recordings": named})


def parsed(text: str) -> Query | None:
    """The tree of a query; None for an empty one.

    Raises:
        Invalid: with the place and the cure.
    """
    if not text.strip():
        return None
    try:
        return parse(text)
    except QueryFault as fault:
        place = f" (at character {fault.position + 1})" if fault.position is not None else ""
        raise Invalid(f"{fault.message}{place}", cure=fault.cure, code="query") from fault


def require_complete() -> int:
    """How many recordings the index holds, which must be all that receipts say it holds.

    Raises:
        BrokenIndex: it holds fewer, as when its file was deleted. Transient: it is away.
    """
    receipts = _receipts().count()  # before the index is asked: a recording is put first and receipted after
    with translated():
        held = the_index().count(expected=receipts)
    if held < receipts:
        raise BrokenIndex(
            f"The search index holds {held} of the {receipts} recordings it should hold.",
            cure="Run manage.py reindex.",
        )
    return held


def rebuild() -> tuple[int, int]:
    """Put every transcribed recording into the index anew, drop what no longer exists; (put, dropped).

    An index that is broken is replaced. Receipts of what could not be put back go only at the end, so that
    nobody searches a half-filled index unawares. The drills' own index is made anew beside it, and not counted.
    """
    begun = now()
    put, dropped, anew = _made_whole(drills=False)
    _made_whole(drills=True)
    with transaction.atomic():
        for drills in (False, True):
            _receipts(drills=drills).filter(indexed_at__lt=begun).delete()
        detail = {"put": put, "dropped": dropped}
        record(actor=ACTOR, action="reindexed", detail={**detail, "anew": True} if anew else detail)
    return put, dropped


def _made_whole(*, drills: bool) -> tuple[int, int, bool]:
    """How many were put and dropped, and whether the index had to be replaced for it."""
    try:
        return *_refilled(drills=drills), False
    except BrokenIndex as fault:
        log.error("the index is broken and is made anew: %s", fault)
        made_anew(drills=drills)
        return *_refilled(drills=drills), True


def _refilled(*, drills: bool) -> tuple[int, int]:
    """How many recordings were put, and how many stale ones were dropped."""
    index = the_index(drills=drills)
    with translated():
        held = {number for number, _ in index.recordings()}
    wanted = transcribed_drills() if drills else transcribed()
    put = 0
    for recording in wanted:
        document = document_of(recording)
        if document is not None:
            with translated():
                index.put([document])
            _receipt(document, drills=drills)
            put += 1
    gone = held - {str(recording) for recording in wanted}
    with translated():
        index.remove(sorted(gone))
    return put, len(gone)


def _receipts(*, drills: bool = False) -> QuerySet[IndexReceipt]:
    return IndexReceipt.objects.filter(index=index_name(drills=drills))


def _search(scope: Scope, question: Question, query: Query | None) -> Search:
    return Search(
        query=query,
        desks=scope.desks(Power.SEARCH).as_filter,
        desk=question.desk or None,
        person=question.person or None,
        category=question.category or None,
        without=behind(scope),
        named=tuple((facet, value) for facet, value in question.named.items() if value),
        since=question.since,
        until=question.until,
        limit=question.limit,
        cursor=question.cursor or None,
    )


def _receipt(document: Document, *, drills: bool = False) -> None:
    IndexReceipt.objects.update_or_create(
        recording_id=UUID(document.recording),
        index=index_name(drills=drills),
        defaults={"version": receipted(document), "indexed_at": now()},
    )
