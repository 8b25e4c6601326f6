"""Both indexes, each fresh and empty, behind one fixture."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from search.elastic import ElasticIndex
from search.index import Index
from search.sqlite import SqliteIndex


def elastic_settings() -> dict[str, str]:
    """Where Elasticsearch is, from the environment, which the services fill when they are up."""
    if "EARSHOT_ELASTIC_URL" not in os.environ:
        if os.environ.get("CI"):
            pytest.fail("Elasticsearch is not up; CI may skip nothing. Run `make services`.")
        pytest.skip("Elasticsearch is not up: run `make services` or set EARSHOT_ELASTIC_URL.")
    return {name: value for name, value in os.environ.items() if name.startswith("EARSHOT_ELASTIC_")}


@contextmanager
def elastic_index() -> Iterator[ElasticIndex]:
    """An index of its own, deleted afterwards."""
    told = elastic_settings()
    index = ElasticIndex(
        told["EARSHOT_ELASTIC_URL"],
        f"earshot-test-{uuid.uuid4().hex}",
        user=told.get("EARSHOT_ELASTIC_USER", ""),
        password=told.get("EARSHOT_ELASTIC_PASSWORD", ""),
        write_through=True,
    )
    index.ready()
    try:
        yield index
    finally:
        index.drop()


@contextmanager
def sqlite_index(folder: Path) -> Iterator[SqliteIndex]:
    index = SqliteIndex(folder / "index.sqlite3")
    index.ready()
    yield index


@pytest.fixture(params=["sqlite", pytest.param("elastic", marks=pytest.mark.services)])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    if request.param == "elastic":
        with elastic_index() as elastic:
            yield elastic
    else:
        with sqlite_index(tmp_path) as sqlite:
            yield sqlite


@pytest.fixture(scope="module")
def both_indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Index]]:
    with elastic_index() as elastic, sqlite_index(tmp_path_factory.mktemp("index")) as sqlite:
        yield sqlite, elastic
