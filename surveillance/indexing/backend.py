"""The index of this installation: SQLite beside the database, or an Elasticsearch cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import cast

from django.conf import settings

from search.grammar import QueryFault
from search.index import CursorFault, Index, IndexBroken, IndexDown
from surveillance.core.backends import load
from surveillance.core.errors import Broken, Invalid, Transient
from surveillance.settings.env import Environment

DRILLS_ENDING = "-drills"
BACKENDS: Mapping[str, str] = {
    "sqlite": "surveillance.indexing.backend:_sqlite",
    "elastic": "surveillance.indexing.backend:_elastic",
}


class BrokenIndex(Broken):
    """The index does not hold what it should, or does not answer, until it is made anew."""


def the_index(*, drills: bool = False) -> Index:
    """The one index of this installation, opened at first need and kept for the process.

    Drills lie in an index of their own, of the same kind: a search of calls cannot come upon one.
    """
    return _opened(settings.EARSHOT, drills)


@lru_cache(maxsize=4)
def _opened(env: Environment, drills: bool) -> Index:
    index = _built(env, drills)
    with translated():
        index.ready()
    return index


def _built(env: Environment, drills: bool) -> Index:
    build = cast("Callable[[Environment, str], Index]", load(BACKENDS, env.index))
    with translated():
        return build(env, DRILLS_ENDING if drills else "")


def index_name(*, drills: bool) -> str:
    """What receipts call the index."""
    return f"{settings.EARSHOT.index}{DRILLS_ENDING if drills else ''}"


def made_anew(*, drills: bool = False) -> None:
    """Replace the index by an empty one, however broken it is."""
    with translated():
        _built(settings.EARSHOT, drills).renew()
    _opened.cache_clear()


@contextmanager
def translated() -> Iterator[None]:
    """Faults of the index become faults of ours."""
    try:
        yield
    except IndexDown as fault:
        raise Transient(f"The search index is away: {fault}", cure="Try again in a minute.") from fault
    except CursorFault as fault:
        raise Invalid("This cursor belongs to no page of this search.", cure="Search again.") from fault
    except QueryFault as fault:
        raise Invalid(
            f"{fault.message[:1].upper()}{fault.message[1:]}.", cure=fault.cure, code="query"
        ) from fault
    except IndexBroken as fault:
        raise BrokenIndex(f"The search index is broken: {fault}", cure="Run manage.py reindex.") from fault


def _sqlite(env: Environment, ending: str) -> Index:
    from search.sqlite import SqliteIndex

    return SqliteIndex(env.home / f"index{ending}.sqlite3")


def _elastic(env: Environment, ending: str) -> Index:
    from search.elastic import ElasticIndex

    return ElasticIndex(
        env.elastic_url,
        f"{env.elastic_name}{ending}",
        user=env.elastic_user,
        password=env.elastic_password,
        # A drill is looked for as soon as it was put.
        write_through=ending == DRILLS_ENDING,
    )
