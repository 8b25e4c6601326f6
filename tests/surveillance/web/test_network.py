"""The network page draws who spoke with whom about what, within the desks and powers of whoever looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from floor import Spoken, take_through
from visitors import Browse

from surveillance.audit.models import Entry
from surveillance.web.layout import laid_out

pytestmark = pytest.mark.django_db
TALK = Spoken(
    name="talk",
    people=("Nadia Brandt", "Owen Pryce"),
    turns=((0, "will goldman show us cable in fifty mio"), (1, "they are away")),
    pitch=410.0,
)


@pytest.fixture
def talked(signed_in: Browse, tmp_path: Path) -> str:
    return str(take_through(tmp_path, "rates", TALK))


def test_the_picture_and_the_table_tell_the_same(signed_in: Browse, talked: str) -> None:
    page = signed_in("officer").get("/network").content.decode()
    assert page.count('class="tie') == 2
    for told in ("Nadia Brandt", "Owen Pryce", "Goldman Sachs", "GBPUSD"):
        assert told in page
    assert Entry.objects.filter(action="viewed", subject="page:network").count() == 1


def test_an_edge_opens_onto_its_calls(signed_in: Browse, talked: str) -> None:
    page = signed_in("officer").get("/network?one=Nadia+Brandt&other=Owen+Pryce").content.decode()
    assert f"/calls/{talked}" in page
    assert f"/calls/{talked}" not in signed_in("officer").get("/network").content.decode()


@pytest.mark.parametrize(
    ("query", "drawn"),
    [
        ("named=goldman", True),
        ("named=barclays", False),
        ("category=secrecy", False),
        ("since=2026-03-02", True),
        ("since=2026-03-03", False),
        ("desk=rates", True),
        ("desk=fx", False),
    ],
)
def test_filters_narrow_the_network(signed_in: Browse, talked: str, query: str, drawn: bool) -> None:
    page = signed_in("officer").get(f"/network?{query}").content.decode()
    assert ('class="tie' in page) is drawn


def test_another_desk_and_those_who_may_not_listen_learn_no_subject(signed_in: Browse, talked: str) -> None:
    assert "Nadia Brandt" not in signed_in("stranger").get("/network").content.decode()
    page = signed_in("auditor").get("/network").content.decode()
    assert "Nadia Brandt" in page
    assert "Goldman" not in page
    assert "GBPUSD" not in page
    assert signed_in("admin").get("/network").status_code == 403


def test_the_call_page_shows_what_is_named_to_those_who_listen(signed_in: Browse, talked: str) -> None:
    page = signed_in("officer").get(f"/calls/{talked}").content.decode()
    assert 'class="named kind-instrument' in page
    assert 'id="named"' in page
    assert "named kind-" not in signed_in("auditor").get(f"/calls/{talked}").content.decode()


def test_search_facets_name_houses_and_instruments(signed_in: Browse, talked: str) -> None:
    page = signed_in("officer").get("/search?q=instrument:cable").content.decode()
    assert "Goldman Sachs" in page
    assert "GBPUSD" in page
    assert "Nobody said that" in signed_in("officer").get("/search?organisation=Barclays").content.decode()


def test_the_same_network_is_laid_out_alike_and_inside_the_picture() -> None:
    names = [f"p{nth}" for nth in range(12)]
    ties = [(names[nth], names[(nth * 5 + 1) % 12], 1.0 + nth) for nth in range(12)]
    once = laid_out(names, ties, width=1000, height=600, margin=80)
    again = laid_out(list(reversed(names)), ties, width=1000, height=600, margin=80)
    assert once == again
    assert all(80 <= point.x <= 920 and 40 <= point.y <= 520 for point in once.values())
    assert len({(round(p.x), round(p.y)) for p in once.values()}) == 12
