"""No drill in any list, queue, search or count: every address there is, asked by people who see every desk.

Scripted misconduct among real alerts would spoil every figure a regulator is told. A new page or API list is asked
here without anybody adding it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import UUID

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from drilling import STAGES, sent, take_on
from floor import CLERK, Spoken, take_through

from search.transcript import Transcript
from surveillance.access.scope import program
from surveillance.access.services import enrol, grant
from surveillance.assurance.services import conclude
from surveillance.capture.passage import deliveries, failed, halted, tally, under_way
from surveillance.capture.selectors import calls, quarantine, rows, visible
from surveillance.detection.figures import alert_rate, fired
from surveillance.detection.selectors import QueueFilter, alerts, count
from surveillance.indexing.services import Question, drill_findable, find, rebuild, require_complete
from surveillance.transcription.selectors import transcribed

PASSWORD = "Harbour-Lantern-42"
SAID = "message me on whatsapp about the quetzalcoatlus"
ROLES = ("officer", "supervisor", "investigator", "records", "auditor", "admin")
# Made to show drills; and the ledger, which tells every deed, the sending of a drill among them.
OF_DRILLS = {
    "drills",
    "drills-run",
    "drills-under-way",
    "drill",
    "drill-sound",
    "incidents",
    "ledger",
    "chain",
}
QUERIES: Mapping[str, tuple[str, ...]] = {
    "search": ("?q=quetz*", "?q=whatsapp", "?category=off_channel", "?desk=drills", "?person=Drill"),
    "api:search": ("?q=quetz*", "?q=whatsapp", "?category=off_channel", "?desk=drills", "?person=Drill"),
    "queue": ("?state=open", "?state=closed", "?category=off_channel", "?desk=drills", "?order=newest"),
    "api:alerts": ("?state=any", "?category=off_channel", "?desk=drills"),
    "calls": ("?person=Drill", "?desk=drills"),
    "api:recordings": ("?person=Drill", "?desk=drills"),
    "api:quarantine": ("?withdrawn=true",),
}


@pytest.fixture
def drill(floor_of_policies: Path, tmp_path: Path) -> UUID:
    """One real call, flagged; and one drill with the same misconduct, flagged too."""
    take_through(tmp_path, "rates", Spoken(name="one", turns=((0, "message me on whatsapp"), (1, "fine"))))
    _, recording = sent("conduct.off-channel")
    take_on(recording, Transcript.from_turns([("A", SAID)]))
    conclude(recording=recording, stages=STAGES)
    return recording


@pytest.fixture
def people(drill: UUID) -> list[Client]:
    """Someone in each role over every desk, and one in all of them."""
    for name in (*ROLES, "everything"):
        enrol(scope=CLERK, username=name, full_name=name, password=PASSWORD)
        for role in ROLES if name == "everything" else (name,):
            grant(scope=CLERK, username=name, role=role, desk=None)
    clients = []
    for name in (*ROLES, "everything"):
        client = Client()
        assert client.post("/sign-in", {"username": name, "password": PASSWORD}).status_code == 302
        clients.append(client)
    return clients


def addresses(found: object = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address by its full name."""
    for entry in get_resolver().url_patterns if found is None else found:  # type: ignore[attr-defined]
        if isinstance(entry, URLResolver):
            yield from addresses(
                entry.url_patterns, f"{space}{entry.namespace}:" if entry.namespace else space
            )
        else:
            yield f"{space}{entry.name or entry.pattern}", entry


def told(answer: HttpResponseBase) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return body.decode("utf-8", "replace") + json.dumps(dict(answer.items()))


def traces(text: str, asked: str, drill: UUID) -> set[str]:
    """What of the drill an answer tells, beyond what the asker said."""
    signs = {str(drill), "conduct.off-channel.mulaw", "quetzalcoatlus", "Drill voice"}
    return {sign for sign in signs if sign.lower() in text.lower() and sign not in asked}


@pytest.mark.django_db
def test_no_address_shows_a_drill_to_anyone(drill: UUID, people: list[Client]) -> None:
    tried, faults = 0, []
    for name, entry in addresses():
        if name in OF_DRILLS or set(entry.pattern.converters) - {"recording"}:
            continue
        wanted = dict.fromkeys(entry.pattern.converters, drill)
        for client in people:
            for query in ("", *QUERIES.get(name, ())):
                address = reverse(name, kwargs=wanted) + query
                answer = client.get(address)
                tried += answer.status_code == 200
                if wanted and answer.status_code not in (404, 405):
                    faults.append(f"{address}: {answer.status_code}")
                if found := traces(told(answer), address, drill):
                    faults.append(f"{address} told {sorted(found)}")
    assert faults == []
    assert tried > 60, "the pages that were asked did answer"


@pytest.mark.django_db
def test_no_count_and_no_list_of_the_rooms_holds_a_drill(drill: UUID) -> None:
    everything = program("test")
    listed = calls(everything)
    assert listed.total == len(listed.rows) == 1
    assert visible(everything, [drill]) == set()
    assert rows(everything, [drill]) == {}
    assert [row.recording for row in alerts(everything, QueueFilter(state=""))] == [listed.rows[0].id]
    assert count(everything, QueueFilter(state="")) == 1
    assert {states["done"] for states in tally(everything).values()} == {1}
    assert transcribed() == [listed.rows[0].id]
    assert (
        sum(
            fired(
                since=listed.rows[0].started_at, until=listed.rows[0].received_at.replace(year=2099)
            ).values()
        )
        == 1
    )
    rate = alert_rate(since=listed.rows[0].started_at, until=listed.rows[0].received_at.replace(year=2099))
    assert (rate.screened, rate.alerts) == (1, 1)
    assert "drill" not in deliveries()


@pytest.mark.django_db
def test_no_search_of_calls_finds_a_drill_and_a_search_of_drills_does(drill: UUID) -> None:
    everything = program("test")
    for question in (
        Question(query="whatsapp"),
        Question(query="quetz*"),
        Question(),
        Question(desk="drills"),
    ):
        found = find(scope=everything, question=question)
        assert str(drill) not in {hit.hit.recording for hit in found.hits}
        assert "drills" not in dict(found.facets.get("desk", ()))
    assert find(scope=everything, question=Question(query="whatsapp")).total == 1
    assert drill_findable(drill, "quetzalcoatlus")
    assert rebuild() == (1, 0)
    assert require_complete() == 1
    assert drill_findable(drill, "quetzalcoatlus"), "the drills' own index is made anew beside it"


@pytest.mark.django_db
def test_a_drill_under_way_or_halted_is_in_no_list_of_calls_under_way(floor_of_policies: Path) -> None:
    everything = program("test")
    sent("conduct.off-channel", codec="alaw")
    assert under_way(everything, STAGES) == []
    assert failed(everything, STAGES) == []
    assert quarantine(everything) == []
    from datetime import timedelta

    assert halted(STAGES, older_than=timedelta(seconds=-1)) == {}


@pytest.mark.django_db
def test_nobody_hands_a_call_in_as_a_drill_to_hide_it(desks: tuple[str, ...], tmp_path: Path) -> None:
    from floor import media, vcon

    from surveillance.access.scope import Scope, combine
    from surveillance.capture.services import Said, Sidecar, receive
    from surveillance.core.errors import Refused

    everyone: Scope = combine("records", [("records", None), ("admin", None)])
    spoken = Spoken(name="hidden")
    sidecar = Sidecar(name="hidden.vcon.json", content=vcon(spoken))
    with pytest.raises(Refused):
        receive(
            scope=everyone, source="drill", path=media(tmp_path, spoken), name="hidden.wav", sidecar=sidecar,
            said=Said(desk="drills"),
        )  # fmt: skip
    arrival = receive(
        scope=everyone, source="drill", path=media(tmp_path, spoken), name="hidden.wav", sidecar=sidecar
    )
    assert arrival.recording is not None
    assert [row.id for row in calls(program("test")).rows] == [arrival.recording]
