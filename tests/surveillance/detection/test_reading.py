"""Screening with the real reader beside the policies: what it read is kept, and it finds what no policy names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from floor import Spoken, receive_call, say, screened_again, write_policies

from surveillance.access.scope import Scope
from surveillance.detection import rules
from surveillance.detection.figures import reader_in_use
from surveillance.detection.models import Screening
from surveillance.detection.selectors import QueueFilter, alerts, findings

CALL = Spoken(
    name="call-1",
    turns=(
        (
            0,
            "my cousin in the legal team says the bid is announced on Monday so buy as much as you can today",
        ),
        (1, "right I will put it in my wife's account before the close and we split whatever it makes"),
    ),
)
PLAIN = Spoken(
    name="call-2", turns=((0, "good morning what is the weather doing over there"), (1, "raining again"))
)


@pytest.fixture
def with_reader() -> Iterator[None]:
    """The packaged reader, as an installation has it; the other tests hold policies over the words alone."""
    settings.EARSHOT = replace(settings.EARSHOT, reader="packaged")
    for cached in (rules.reader, rules.screener_of):
        cached.cache_clear()
    yield
    settings.EARSHOT = replace(settings.EARSHOT, reader="none")
    for cached in (rules.reader, rules.screener_of):
        cached.cache_clear()


@pytest.fixture
def quokkas(desks: tuple[str, ...], tmp_path: Path) -> None:
    write_policies(tmp_path / "policies", [("quokka", "market_manipulation", "push w/3 quokka")])


def _screened(tmp_path: Path, call: Spoken) -> UUID:
    made = receive_call(tmp_path, "rates", call)
    say(made, call)
    screened_again(made)
    return made


@pytest.mark.usefixtures("with_reader", "quokkas")
def test_a_tip_that_no_policy_names_is_found_and_explained(tmp_path: Path, rates_officer: Scope) -> None:
    recording = _screened(tmp_path, CALL)
    found = findings(rates_officer, recording)
    assert "insider_dealing" in {row.category for row in found}
    row = next(row for row in found if row.category == "insider_dealing")
    assert row.policy == "reader.insider_dealing"
    assert row.why["shown"]
    assert row.why["silent_score"] < row.score
    assert row.why["exemplars"][0]["text"]
    [raised] = alerts(rates_officer, QueueFilter())
    assert raised.recording == recording
    assert raised.per_minute > 0


@pytest.mark.usefixtures("with_reader", "quokkas")
def test_what_was_read_is_kept_with_the_hash_of_what_read_it(tmp_path: Path) -> None:
    recording = _screened(tmp_path, CALL)
    kept = Screening.objects.get(recording_id=recording)
    assert kept.reader_sha256 == reader_in_use() == rules.reader().sha256  # type: ignore[union-attr]
    assert any("insider_dealing" in told["risks"] for told in kept.read)


@pytest.mark.usefixtures("with_reader", "quokkas")
def test_ordinary_talk_raises_nothing(tmp_path: Path, rates_officer: Scope) -> None:
    assert findings(rates_officer, _screened(tmp_path, PLAIN)) == []


@pytest.mark.usefixtures("quokkas")
def test_without_a_reader_the_policies_stand_alone(tmp_path: Path, rates_officer: Scope) -> None:
    assert settings.EARSHOT.reader == "none"
    assert findings(rates_officer, _screened(tmp_path, CALL)) == []
