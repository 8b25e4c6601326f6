"""Consent as data and as a decision: who, where, on what evidence; the citation stands in each case's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.consent.decision import Participant, decide
from policies.consent.rules import ConsentFaults, Rule, load

LAW = load()


def who(told: str) -> list[Participant]:
    """ "DE+contract, GB" as participants; "?" is somewhere unknown, "-" in front somebody who took consent back."""
    people = []
    for nth, one in enumerate(filter(None, told.split(", "))):
        places, *evidence = one.removeprefix("-").split("+")
        people.append(
            Participant(
                name=f"p{nth}",
                places=() if places == "?" else tuple(places.split("/")),
                evidence=tuple(evidence),
                withdrawn=one.startswith("-"),
            )
        )
    return people


# people, evidence for everybody, may it be heard, whose rule it is.
CASES = [
    ("US", "", False, "US"),
    ("US+contract", "", True, "US"),
    ("US+notice", "", True, "US"),
    ("US-NY+contract, US-NY", "", True, "US-NY"),
    ("US-NY, US-NJ", "", False, "US-NY"),
    ("US-NY+contract, US-CA", "", False, "US-CA"),
    ("US-NY+contract, US-CA", "heard", True, "US-CA"),
    ("US-NY+contract, US-CA", "recorder", True, "US-CA"),
    ("US-NY+contract, US-CA+explicit", "", True, "US-CA"),
    ("US-CA+notice, US-CA+contract", "", False, "US-CA"),
    ("US-IL+contract, US-IL", "", False, "US-IL"),
    ("US-FL+contract, US-TX", "", False, "US-FL"),
    ("US-TX+contract, US-TX", "", True, "US-TX"),
    ("US-WA+contract, US-OR+contract", "", True, "US-WA"),
    ("US-PA, US-PA", "recorder", True, "US-PA"),
    ("US-MA+contract, US-NH+contract", "", True, "US-MA"),
    ("US-MD, US-DC+contract", "", False, "US-MD"),
    ("US-NY+contract, US-NV", "", False, "US-NV"),
    ("US-CT+contract, US-NY", "heard", True, "US-CT"),
    ("US-DE+contract, US-DE", "", False, "US-DE"),
    ("GB+notice, GB", "", False, "GB"),
    ("GB+notice, GB+notice", "", True, "GB"),
    ("GB+contract, GB", "heard", True, "GB"),
    ("GB+contract, US-NY", "", False, "GB"),
    ("GB+contract, US-CA", "", False, "US-CA"),
    ("GB+contract, DE", "", False, "DE"),
    ("GB+notice, DE+notice", "", False, "DE"),
    ("GB+contract, DE+contract", "", True, "DE"),
    ("DE+contract, DE", "heard", True, "DE"),
    ("FR+contract, IE", "", False, "FR"),
    ("IE+notice, IE+contract", "", True, "IE"),
    ("NL+contract, NL", "", True, "NL"),
    ("SE+contract, DK", "", True, "SE"),
    ("SE+contract, FI, GR", "", False, "GR"),
    ("CH+contract, CH", "", False, "CH"),
    ("CH+contract, CH", "recorder", True, "CH"),
    ("SG+notice, SG", "", False, "SG"),
    ("SG+notice, HK+notice", "", True, "SG"),
    ("IN+contract, SG", "heard", True, "IN"),
    ("AU-VIC+contract, AU-VIC", "", True, "AU-VIC"),
    ("AU-VIC+contract, AU-NSW", "", False, "AU-NSW"),
    ("AU-VIC/AU-TAS+contract, AU-QLD", "", False, "AU-TAS"),
    ("AU-QLD+contract, AU-NSW/AU-ACT", "heard", True, "AU-NSW"),
    ("ZA+contract, ZA", "", True, "ZA"),
    ("AE+contract, AE-DIFC+contract", "", True, "AE"),
    ("AE-DIFC+notice, AE-DIFC", "", False, "AE-DIFC"),
    ("CA+contract, CA-QC", "", False, "CA"),
    ("BR+contract, BR", "recorder", True, "BR"),
    ("JP+notice, JP+notice", "", True, "JP"),
    ("?", "", False, ""),
    ("?", "heard", True, ""),
    ("GB+contract, ?", "", False, ""),
    ("GB+contract, ?", "recorder", True, ""),
    ("", "", False, ""),
    ("", "heard", True, ""),
    ("-GB+contract, GB+contract", "", False, "GB"),
    ("-GB, GB+contract", "heard", False, "GB"),
    ("-US-NY, US-NY+contract", "recorder", False, "US-NY"),
]


def named(case: tuple[str, str, bool, str]) -> str:
    people, everybody, clear, place = case
    cited = LAW.by_id[place].citation if place else "place unknown"
    return f"{people or 'nobody named'} {everybody} {'clear' if clear else 'withheld'} by {cited}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_matrix(case: tuple[str, str, bool, str]) -> None:
    people, everybody, clear, place = case
    told = decide(who(people), law=LAW, everybody=tuple(filter(None, [everybody])))
    assert told.clear is clear
    assert (told.strictest.id if told.strictest else "") == place
    assert told.words


def test_the_order_of_people_and_more_evidence_change_no_decision_for_the_worse() -> None:
    for people, everybody, clear, _ in CASES:
        given = tuple(filter(None, [everybody]))
        assert decide(who(people)[::-1], law=LAW, everybody=given).clear is clear
        if "-" not in {one[:1] for one in people.split(", ")}:
            assert decide(who(people), law=LAW, everybody=(*given, "heard")).clear


def test_the_default_for_unknown_places_is_the_settings() -> None:
    people = who("GB+contract, ?")
    assert decide(people, law=LAW, unknown=Rule.one_party).clear is False  # GB still asks that all are told
    assert decide(who("US-NY+contract, ?"), law=LAW, unknown=Rule.one_party).clear


def test_at_least_thirty_jurisdictions_stand_with_a_citation() -> None:
    assert len(LAW.by_id) >= 60
    assert all(one.citation and one.name for one in LAW.by_id.values())
    union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
    assert set(union) <= LAW.by_id.keys()
    assert len(LAW.within("US")) == 52
    all_party = {one.id for one in LAW.within("US") if one.rule is Rule.all_party}
    assert {"US-CA", "US-FL", "US-IL", "US-MD", "US-MA", "US-MT", "US-NH", "US-PA", "US-WA"} <= all_party
    assert LAW.by_id["US-IL"].biometric
    assert LAW.by_id["DE"].biometric


def test_every_fault_of_the_data_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[[jurisdiction]]\nid = "XX"\nname = "X"\nrule = "some"\ncitation = "c"\n'
        '[[jurisdiction]]\nid = "lower"\nname = "Y"\nrule = "notice"\ncitation = "c"\nwhat = 1\n'
    )
    (tmp_path / "b.toml").write_text('[[jurisdiction]]\nid = "YY"\nname = "Y"\nrule = "notice"\n')
    (tmp_path / "c.toml").write_text("this is no TOML")
    with pytest.raises(ConsentFaults) as found:
        load(tmp_path)
    told = str(found.value)
    for fault in (
        "'some' is none of",
        "what is no key",
        "citation is missing",
        "c.toml: file: cannot be read",
    ):
        assert fault in told
