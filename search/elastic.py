"""The index that grows: Elasticsearch 8.19 or later, without plugins or custom analyzers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from elasticsearch import (
    ApiError,
    BadRequestError,
    Elasticsearch,
    NotFoundError,
    SerializationError,
    TransportError,
)

from search.effort import Effort
from search.elastic_query import FACETS, Body, filters_of, narrowing
from search.elastic_rows import MAPPINGS, Row, facets_of, in_order, source_of, stored_of, verified
from search.hits import Stored, asks_beyond_tokens, hit, streams_asked
from search.index import (
    Cursor,
    Document,
    IndexBroken,
    IndexDown,
    Page,
    Search,
    read_cursor,
)
from search.query import Query
from search.tokens import FORMS

_SORT = [{"started": "desc"}, {"recording": "asc"}]
_AT_ONCE = 200  # documents in one request …
_WORDS_AT_ONCE = 100_000  # … unless they are long
_SCANNED_AT_ONCE = 1000
_KEEP_OPEN = "2m"
_CONFLICTS = 5
_TRY_AGAIN = {408, 429, 502, 503, 504}


class ElasticIndex:
    """An alias `name` over one index; `write_through` makes every write findable before it returns."""

    def __init__(
        self,
        url: str,
        name: str,
        *,
        user: str = "",
        password: str = "",
        write_through: bool = False,
        shards: int = 1,
        replicas: int = 0,
        patience: float = 30.0,
    ) -> None:
        self._name = name
        self._refresh = write_through
        self._settings = {"number_of_shards": shards, "number_of_replicas": replicas}
        self._client = Elasticsearch(
            url, basic_auth=(user, password) if user else None, request_timeout=patience, max_retries=2
        )

    def ready(self) -> None:
        with _translated():
            try:
                found = self._client.indices.get(index=self._name)
            except NotFoundError:
                self._make()
                return
        for made in found.values():
            forms = made["mappings"].get("_meta", {}).get("forms")
            if forms != FORMS:
                raise IndexBroken(
                    f"the index holds normal forms {forms}, this release writes {FORMS}: reindex"
                )

    def renew(self) -> None:
        with _translated():
            for index in self._indices():
                self._client.indices.delete(index=index)
            self._make()

    def drop(self) -> None:
        """Delete the index and its alias."""
        with _translated():
            for index in self._indices():
                self._client.indices.delete(index=index)

    def put(self, documents: Iterable[Document]) -> None:
        for batch in _batches(documents):
            with _translated():
                self._put(batch)

    def remove(self, recordings: Iterable[str]) -> None:
        ids = list(recordings)
        for low in range(0, len(ids), _AT_ONCE):
            with _translated():
                self._bulk([{"delete": {"_id": one}} for one in ids[low : low + _AT_ONCE]])

    def holds(self, document: Document) -> bool:
        with _translated():
            told = self._client.mget(index=self._name, ids=[document.recording])["docs"][0]
            _answered(told)
        return bool(told.get("found")) and told["_source"] == source_of(document)

    def recordings(self) -> Iterator[tuple[str, int]]:
        with _translated(), self._snapshot() as pit:
            for found in self._scan(pit, {"match_all": {}}, ["recording", "version"]):
                yield found["_source"]["recording"], found["_source"]["version"]

    def count(self, expected: int = 0) -> int:
        with _translated():
            held: int = self._client.count(index=self._name)["count"]
            if held < expected:  # what was put a moment ago is counted only after a refresh
                self._client.indices.refresh(index=self._name)
                held = self._client.count(index=self._name)["count"]
            return held

    def search(self, wanted: Search) -> Page:
        cursor = read_cursor(wanted)
        filters = filters_of(wanted)
        with _translated():
            if wanted.query is None:
                return self._exact(wanted, filters, cursor)
            narrowed = narrowing(wanted.query)
            filters.append(narrowed.body)
            if narrowed.exact and wanted.order == "newest":
                return self._exact(wanted, filters, cursor)
            return self._verified(wanted, wanted.query, filters, cursor)

    def _exact(self, wanted: Search, filters: list[Body], cursor: Cursor | None) -> Page:
        """Elasticsearch is right by itself: one request counts, orders and pages."""
        found = self._client.search(
            index=self._name,
            query={"bool": {"filter": filters}},
            sort=_SORT,
            size=wanted.limit + 1,
            search_after=[cursor.started, cursor.recording] if cursor else None,
            source={"includes": ["recording", "version", "packed"]},
            aggs=FACETS,
            track_total_hits=True,
            allow_partial_search_results=False,
        )
        effort = Effort()
        rows = found["hits"]["hits"]
        shown = rows[: wanted.limit]
        following = None
        if len(rows) > wanted.limit:
            following = Cursor(wanted.order, 0.0, *shown[-1]["sort"]).text()
        return Page(
            total=found["hits"]["total"]["value"],
            hits=tuple(hit(stored_of(row["_source"]), wanted.query, effort) for row in shown),
            facets={
                name: [(bucket["key"], bucket["doc_count"]) for bucket in told["buckets"]]
                for name, told in found["aggregations"].items()
            },
            cursor=following,
        )

    def _verified(self, wanted: Search, query: Query, filters: list[Body], cursor: Cursor | None) -> Page:
        """Elasticsearch narrows, the matcher decides; all from one state of the index."""
        source = [*Row._fields, *streams_asked(query)]
        if asks_beyond_tokens(query):
            source = [*Row._fields, "packed"]
        del source[source.index("score")]
        effort = Effort()
        with self._snapshot() as pit:
            candidates = self._scan(pit, {"bool": {"filter": filters}}, source)
            found = list(verified(query, (one["_source"] for one in candidates), wanted.order, effort))
            rows, more = in_order(found, cursor, wanted.limit)
            stored = self._transcripts(pit, [row.recording for row in rows])
        following = None
        if more:
            following = Cursor(wanted.order, rows[-1].score, rows[-1].started, rows[-1].recording).text()
        return Page(
            total=len(found),
            hits=tuple(hit(stored[row.recording], query, effort) for row in rows),
            facets=facets_of(found),
            cursor=following,
        )

    def _transcripts(self, pit: str, recordings: Sequence[str]) -> dict[str, Stored]:
        found = self._scan(
            pit, {"terms": {"recording": list(recordings)}}, ["recording", "version", "packed"]
        )
        stored = [stored_of(one["_source"]) for one in found]
        return {one.recording: one for one in stored}

    def _put(self, batch: Sequence[Document]) -> None:
        """Write what is not older than what is there; another writer in between means looking again."""
        pending: dict[str, Document] = {}
        for document in batch:
            known = pending.get(document.recording)
            if known is None or known.version <= document.version:
                pending[document.recording] = document
        for _ in range(_CONFLICTS):
            operations = self._operations(pending)
            lost = self._bulk(operations) if operations else []
            if not lost:
                return
            pending = {recording: pending[recording] for recording in lost}
        raise IndexDown("other writers keep changing the same recordings")

    def _operations(self, pending: dict[str, Document]) -> list[Body]:
        told = self._client.mget(index=self._name, ids=list(pending), source=["version"])["docs"]
        operations: list[Body] = []
        for there in told:
            _answered(there)
            document = pending[there["_id"]]
            if not there["found"]:
                operations.append({"create": {"_id": document.recording}})
            elif there["_source"]["version"] <= document.version:
                seen = {"if_seq_no": there["_seq_no"], "if_primary_term": there["_primary_term"]}
                operations.append({"index": {"_id": document.recording, **seen}})
            else:
                continue
            operations.append(source_of(document))
        return operations

    def _bulk(self, operations: Sequence[Body]) -> list[str]:
        """Write at once; gives the ids that another writer changed meanwhile."""
        told = self._client.bulk(
            index=self._name, operations=operations, refresh=self._refresh, require_alias=True
        )
        lost: list[str] = []
        for item in told["items"]:
            [(verb, done)] = item.items()
            if done["status"] == 409:
                lost.append(done["_id"])
            elif done["status"] in _TRY_AGAIN:
                raise IndexDown(f"Elasticsearch is too busy to {verb} {done['_id']}")
            elif "error" in done:
                raise IndexBroken(f"Elasticsearch refused to {verb} {done['_id']}: {done['error']['reason']}")
        return lost

    def _indices(self) -> list[str]:
        try:
            return list(self._client.indices.get(index=self._name))
        except NotFoundError:
            return []

    def _make(self) -> None:
        try:
            self._client.indices.create(
                index=f"{self._name}-forms{FORMS}",
                aliases={self._name: {}},
                mappings=MAPPINGS,
                settings=self._settings,
            )
        except BadRequestError as fault:
            # Another worker has just made it.
            if fault.error != "resource_already_exists_exception":
                raise

    @contextmanager
    def _snapshot(self) -> Iterator[str]:
        """One state of the index, kept while it is read page by page."""
        pit: str = self._client.open_point_in_time(index=self._name, keep_alive=_KEEP_OPEN)["id"]
        try:
            yield pit
        finally:
            self._client.close_point_in_time(id=pit)

    def _scan(self, pit: str, query: Body, source: Sequence[str]) -> Iterator[dict[str, Any]]:
        after: list[Any] | None = None
        while True:
            found = self._client.search(
                pit={"id": pit, "keep_alive": _KEEP_OPEN},
                query=query,
                sort=[{"recording": "asc"}],
                size=_SCANNED_AT_ONCE,
                search_after=after,
                source={"includes": list(source)},
                track_total_hits=False,
                allow_partial_search_results=False,
            )["hits"]["hits"]
            yield from found
            if len(found) < _SCANNED_AT_ONCE:
                return
            after = found[-1]["sort"]


def _answered(told: Body) -> None:
    """IndexDown where the part of the index that holds it has not started yet, IndexBroken where it cannot be read."""
    if "error" in told:
        said = f"{told['error'].get('type', '')}: {told['error'].get('reason', '')}"
        starting = "no_shard_available" in said or "No shard available" in said
        raise (IndexDown if starting else IndexBroken)(f"the index does not answer: {said}")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SerializationError as fault:
        raise IndexBroken(f"Elasticsearch gave an answer that cannot be read: {fault}") from fault
    except TransportError as fault:
        raise IndexDown(f"Elasticsearch cannot be reached: {fault}") from fault
    except ApiError as fault:
        if fault.status_code in _TRY_AGAIN:
            raise IndexDown(f"Elasticsearch is too busy: {fault}") from fault
        raise IndexBroken(f"Elasticsearch refused: {fault}") from fault


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    words = 0
    for document in documents:
        batch.append(document)
        words += sum(len(turn.words) for turn in document.transcript.turns)
        if len(batch) == _AT_ONCE or words >= _WORDS_AT_ONCE:
            yield batch
            batch, words = [], 0
    if batch:
        yield batch
