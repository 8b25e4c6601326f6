"""Until when a record is kept: the longest duty wins, the shortest limit waits, and the sentence says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.retention import Facts, Kind, RuleFaults, RuleSet, decide, load
from policies.retention.rules import CLASSES, INSTRUMENTS, JURISDICTIONS, SECTORS, STARTS
from policies.retention.terms import Term

MARCH = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


def facts(*where: str, **other: object) -> Facts:
    told = {
        "created": MARCH,
        "sectors": frozenset({"trading"}),
        "classes": frozenset({"communication"}),
        "instruments": frozenset({"bond"}),
    }
    return Facts(jurisdictions=frozenset(where), **(told | other))  # type: ignore[arg-type]


def ids(told: Facts, rules: RuleSet) -> set[str]:
    return {ruling.rule.id for ruling in decide(told, rules).because}


def test_a_call_on_a_german_desk_is_kept_five_years_and_the_sentence_says_why(rules: RuleSet) -> None:
    decision = decide(facts("DE"), rules)
    assert decision.keep_until == datetime(2031, 3, 2, 9, 30, tzinfo=UTC)
    assert decision.in_words() == (
        "kept until 2031-03-02 because MiFID II 2017/565 art. 76(10): 5 years from creation; "
        "a limit of 90 days (GDPR art. 5(1)(e)) does not apply while this duty stands"
    )


def test_the_longest_duty_wins_where_two_laws_meet(rules: RuleSet) -> None:
    decision = decide(facts("US", "GB", sectors=frozenset({"broker_dealer", "trading"})), rules)
    assert decision.because[0].rule.id == "gb.sysc-10a"
    assert {"us.sec-17a-4-b4", "us.finra-3170"} <= {ruling.rule.id for ruling in decision.because}
    assert decision.worm


def test_seven_years_stand_only_where_the_authority_asked(rules: RuleSet) -> None:
    asked = facts("FR", requests=frozenset({"eu.mifid2-art-76-request"}))
    assert decide(asked, rules).keep_until == datetime(2033, 3, 2, 9, 30, tzinfo=UTC)
    assert decide(facts("FR"), rules).keep_until == datetime(2031, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("us.cftc-1-31-oral", {"sectors": {"futures"}, "instruments": {"future"}, "classes": {"order"}}),
        ("us.cftc-23-203-oral", {"sectors": {"swap_dealing"}, "instruments": {"swap"}, "classes": {"order"}}),
        ("us.finra-4511", {"sectors": {"broker_dealer"}, "classes": {"near_miss"}}),
        ("us.nerc-com-002", {"sectors": {"utilities"}, "classes": {"operations"}}),
        ("us.hipaa-documentation", {"sectors": {"care"}, "classes": {"complaint"}}),
    ],
)
def test_each_duty_meets_the_desk_it_was_written_for(
    rule: str, told: dict[str, set[str]], rules: RuleSet
) -> None:
    assert rule in ids(facts("US", **{key: frozenset(words) for key, words in told.items()}), rules)


def test_a_limit_applies_where_no_duty_stands_and_the_shortest_of_them(rules: RuleSet) -> None:
    decision = decide(
        facts("DE", classes=frozenset({"personal"}), sectors=frozenset({"contact_centre"})), rules
    )
    assert not decision.because
    assert decision.limit is not None
    assert decision.limit.rule.id == "eu.gdpr-personal"
    assert decision.must_go_at == MARCH + timedelta(days=30)
    assert "it goes by 2026-04-01 because of a limit of 30 days" in decision.in_words()
    assert not decision.is_overdue(MARCH + timedelta(days=29))
    assert decision.is_overdue(MARCH + timedelta(days=30))


def test_a_limit_that_ran_out_under_a_duty_is_overdue_the_moment_the_duty_ends(rules: RuleSet) -> None:
    decision = decide(facts("DE"), rules)
    assert decision.keep_until is not None
    assert decision.must_go_at == decision.keep_until
    assert decision.stands(decision.keep_until - timedelta(seconds=1))
    assert not decision.stands(decision.keep_until)
    assert decision.is_overdue(decision.keep_until)


def test_a_record_that_no_rule_meets_stays(rules: RuleSet) -> None:
    decision = decide(Facts(created=MARCH), rules)
    assert decision.undecided
    assert decision.stands(MARCH + timedelta(days=100_000))
    assert "complete the desk's profile" in decision.in_words()


def test_a_field_left_empty_escapes_no_duty_and_earns_no_limit(rules: RuleSet) -> None:
    decision = decide(Facts(created=MARCH, jurisdictions=frozenset({"FR"})), rules)
    assert "eu.mifid2-art-76" in {ruling.rule.id for ruling in decision.because}
    assert decision.limit is not None
    assert decision.limit.rule.id == "eu.gdpr-storage-limitation"


def test_a_duty_whose_clock_has_not_begun_keeps_without_end(rules: RuleSet) -> None:
    told = {"sectors": frozenset({"swap_dealing"}), "instruments": frozenset({"swap"})}
    waiting = facts("US", classes=frozenset({"minutes"}), **told)
    assert decide(waiting, rules).open_ended
    assert decide(waiting, rules).stands(datetime(9000, 1, 1, tzinfo=UTC))
    assert "which has not come" in decide(waiting, rules).in_words()
    over = facts("US", classes=frozenset({"minutes"}), events={"end_of_transaction": MARCH}, **told)
    assert decide(over, rules).keep_until == datetime(2031, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "term", "duty", "limit"),
    [
        ("2024-02-29", Term(years=5), "2029-03-01", "2029-02-28"),
        ("2024-02-29", Term(years=4), "2028-02-29", "2028-02-29"),
        ("2026-08-31", Term(months=6), "2027-03-01", "2027-02-28"),
        ("2026-12-31", Term(days=90), "2027-03-31", "2027-03-31"),
        ("2026-11-30", Term(years=1, months=1, days=1), "2027-12-31", "2027-12-31"),
    ],
)
def test_a_duty_is_never_a_day_short_and_a_limit_never_a_day_long(
    start: str, term: Term, duty: str, limit: str
) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert f"{term.after(begun, late=True):%Y-%m-%d}" == duty
    assert f"{term.after(begun, late=False):%Y-%m-%d}" == limit


def test_years_run_in_utc_whatever_zone_the_recorder_told() -> None:
    tokyo = datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=9)))
    assert Term(years=1).after(tokyo, late=True) == datetime(2026, 12, 31, 18, tzinfo=UTC)
    with pytest.raises(ValueError, match="UTC"):
        Facts(created=datetime(2026, 1, 1))  # noqa: DTZ001


some = {
    "jurisdictions": st.frozensets(st.sampled_from(sorted(JURISDICTIONS)), max_size=4),
    "sectors": st.frozensets(st.sampled_from(sorted(SECTORS)), max_size=3),
    "instruments": st.frozensets(st.sampled_from(sorted(INSTRUMENTS)), max_size=3),
    "classes": st.frozensets(st.sampled_from(sorted(CLASSES)), max_size=3),
}
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    st.builds(
        Facts, created=moments, events=st.dictionaries(st.sampled_from(sorted(STARTS)), moments), **some
    )
)
def test_no_duty_ends_after_the_day_that_is_told_and_no_limit_comes_before_it(told: Facts) -> None:
    decision = decide(told, load_once())
    for ruling in decision.because:
        assert decision.open_ended or (
            ruling.until and decision.keep_until and ruling.until <= decision.keep_until
        )
    if decision.must_go_at is not None:
        assert not decision.stands(decision.must_go_at)
    assert not (decision.undecided and decision.is_overdue(datetime(9999, 1, 1, tzinfo=UTC)))


_loaded: list[RuleSet] = []


def load_once() -> RuleSet:
    if not _loaded:
        _loaded.append(load())
    return _loaded[0]


def test_every_rule_cites_its_source_and_every_sort_of_field_is_served(rules: RuleSet) -> None:
    assert len(rules) >= 30
    assert {rule.kind for rule in rules.rules} == set(Kind)
    served = frozenset().union(*(rule.sectors for rule in rules.rules))
    assert {"utilities", "rail", "care", "aviation", "security"} <= served


def test_all_faults_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[rule]\n")
    (tmp_path / "wrong.toml").write_text(
        """
[[rule]]
id = "eu.one"
kind = "hope"
title = "One"
citation = "Nowhere 1"
jurisdictions = ["Atlantis"]
starts_from = "creation"
years = 0
[[rule]]
id = "eu.one"
kind = "limit"
title = ""
jurisdictions = []
starts_from = "creation"
colour = "red"
"""
    )
    with pytest.raises(RuleFaults) as told:
        load(tmp_path)
    text = str(told.value)
    for words in (
        "broken.toml",
        "hope",
        "Atlantis",
        "above 0",
        "another rule",
        "citation is missing",
        "colour",
        "title",
    ):
        assert words in text
    with pytest.raises(RuleFaults, match="holds no rules"):
        load(tmp_path / "nowhere")
