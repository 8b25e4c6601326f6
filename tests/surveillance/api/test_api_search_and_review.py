"""Searching and deciding over the API: the same walls, the same record as on the pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from callers import Caller
from floor import START, Spoken, take_through, write_policies

from surveillance.audit.models import Entry
from surveillance.review.models import Disposition

ClientOf = Callable[[str], Caller]
DECISION = {"action": "no_concern", "reason": "Market colour only."}


def the_alert(client: Caller) -> str:
    return str(client.get("/api/alerts/").json()["results"][0]["id"])


def test_a_search_tells_where_to_hear_each_hit(recording: UUID, client_of: ClientOf) -> None:
    told = client_of("officer").get("/api/search/", {"q": "push w/3 quokka"}).json()
    assert told["total"] == 1
    [hit] = told["results"]
    assert (hit["recording"], hit["desk"], hit["start"], hit["speaker"]) == (
        str(recording),
        "rates",
        1.0,
        "Ann Alder",
    )
    lit = [hit["snippet"][first:last] for first, last in hit["lit"]]
    assert "quokka" in " ".join(lit)
    assert told["facets"]["category"] == [{"value": "market_manipulation", "count": 1}]
    assert "quokka" in told["query_in_words"]
    assert Entry.objects.get(action="searched").detail["query"] == "push w/3 quokka"


def test_a_search_beyond_the_wall_finds_and_counts_nothing(recording: UUID, client_of: ClientOf) -> None:
    told = client_of("stranger").get("/api/search/", {"q": "quokka"}).json()
    assert (told["total"], told["results"], told["next"]) == (0, [], None)
    assert not any(told["facets"].values())


def test_without_a_query_the_archive_is_browsed(recording: UUID, client_of: ClientOf) -> None:
    assert client_of("officer").get("/api/search/").json()["total"] == 1


@pytest.mark.parametrize("query", ["a and b or c", "((", '"open', "w/5"])
def test_a_query_that_cannot_be_understood_says_where_and_what_to_write(
    client_of: ClientOf, query: str
) -> None:
    answer = client_of("officer").get("/api/search/", {"q": query})
    assert (answer.status_code, answer.json()["code"]) == (400, "query")
    assert answer.json()["cure"]


def test_pages_of_a_search_hold_every_call_once(people: None, client_of: ClientOf, tmp_path: Path) -> None:
    write_policies(tmp_path / "policies", [("quokka", "secrecy", "quokka")])
    made = {
        str(
            take_through(
                tmp_path,
                "rates",
                Spoken(
                    name=f"r{nth}",
                    turns=((0, "a quokka again"), (1, "yes")),
                    started_at=START + timedelta(hours=nth // 2),
                    pitch=200 + 10 * nth,
                ),
            )
        )
        for nth in range(5)
    }
    orders = [{"order": order} for order in ("risk", "age", "newest")]
    for address, asked in [("/api/search/", {"q": "quokka"}), *[("/api/alerts/", order) for order in orders]]:
        seen, cursor = [], ""
        while cursor is not None:
            page = client_of("officer").get(address, {"limit": 2, "cursor": cursor, **asked}).json()
            seen += [row["recording"] for row in page["results"]]
            cursor = page["next"]
        assert sorted(seen) == sorted(made), (address, asked)


@pytest.mark.parametrize(
    "place",
    [
        [0.5, "soon", 1],
        [0.5, 7, 1],
        [0.5, "2026-03-02", 1],
        [1, 2],
        [float("nan"), "2026-03-02T00:00:00+00:00", 10**30],
        "x",
        None,
    ],
)
@pytest.mark.parametrize("order", ["risk", "age", "newest"])
def test_a_cursor_that_no_page_of_the_queue_gave_is_a_fault_or_a_page_and_never_a_breakdown(
    recording: UUID, client_of: ClientOf, place: object, order: str
) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    answer = client_of("officer").get("/api/alerts/", {"order": order, "cursor": cursor})
    assert answer.status_code in (200, 400)


def test_a_decision_closes_the_alert_and_stands_on_record(recording: UUID, client_of: ClientOf) -> None:
    officer = client_of("officer")
    number = the_alert(officer)
    answer = officer.post(f"/api/alerts/{number}/dispositions/", DECISION, format="json")
    assert (answer.status_code, answer.json()) == (201, {"state": "closed"})
    assert officer.get("/api/alerts/").json()["results"] == []
    assert officer.get("/api/alerts/?state=closed").json()["results"][0]["id"] == number
    [told] = officer.get(f"/api/alerts/{number}/dispositions/").json()["results"]
    assert (told["reviewer"], told["action"], told["reason"]) == ("officer", "no_concern", DECISION["reason"])
    assert Entry.objects.filter(actor="officer", action="decided").count() == 1


def test_opening_an_alert_is_not_deciding_on_it(recording: UUID, client_of: ClientOf) -> None:
    officer = client_of("officer")
    told = officer.get(f"/api/alerts/{the_alert(officer)}/").json()
    assert told["state"] == "open"
    assert told["recording"] == str(recording)
    assert not Disposition.objects.exists()


@pytest.mark.parametrize(
    "given",
    [{}, {"action": "no_concern"}, {"action": "no_concern", "reason": "  "}, {"action": "x", "reason": "y"}],
)
def test_a_decision_needs_a_known_action_and_a_reason(
    recording: UUID, client_of: ClientOf, given: dict[str, str]
) -> None:
    officer = client_of("officer")
    answer = officer.post(f"/api/alerts/{the_alert(officer)}/dispositions/", given, format="json")
    assert answer.status_code == 400
    assert not Disposition.objects.exists()


def test_a_closed_alert_is_not_decided_again(recording: UUID, client_of: ClientOf) -> None:
    officer = client_of("officer")
    number = the_alert(officer)
    statuses = [
        officer.post(f"/api/alerts/{number}/dispositions/", DECISION, format="json").status_code
        for _ in range(2)
    ]
    assert statuses == [201, 409]
    assert Disposition.objects.count() == 1


def test_where_two_people_must_decide_the_second_is_another(
    people: None, client_of: ClientOf, tmp_path: Path
) -> None:
    write_policies(tmp_path / "policies", [("quokka", "secrecy", "quokka")], second=True)
    take_through(tmp_path, "rates", Spoken(name="two", turns=((0, "the quokka"), (1, "yes"))))
    supervisor = client_of("supervisor")
    number = the_alert(supervisor)
    address = f"/api/alerts/{number}/dispositions/"
    assert supervisor.post(address, DECISION, format="json").json() == {"state": "second"}
    assert supervisor.post(address, DECISION, format="json").status_code == 403
    assert client_of("officer").post(address, DECISION, format="json").status_code == 403
    assert supervisor.get(f"/api/alerts/{number}/").json()["state"] == "second"


def test_an_alert_beyond_the_wall_does_not_exist_and_the_try_is_on_record(
    recording: UUID, client_of: ClientOf
) -> None:
    number = the_alert(client_of("officer"))
    stranger = client_of("stranger")
    for answer in (
        stranger.get(f"/api/alerts/{number}/"),
        stranger.get(f"/api/alerts/{number}/dispositions/"),
        stranger.post(f"/api/alerts/{number}/dispositions/", DECISION, format="json"),
    ):
        assert answer.status_code == 404
        assert answer.json() == stranger.get("/api/alerts/987654/").json()
    assert stranger.get("/api/alerts/?state=any").json()["results"] == []
    assert Entry.objects.filter(actor="stranger", action="refused", subject=f"alert:{number}").count() == 3


def test_who_sees_an_alert_may_not_therefore_decide(recording: UUID, client_of: ClientOf) -> None:
    number = the_alert(client_of("auditor"))
    answer = client_of("auditor").post(f"/api/alerts/{number}/dispositions/", DECISION, format="json")
    assert answer.status_code == 403
    assert not Disposition.objects.exists()
