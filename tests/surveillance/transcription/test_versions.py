"""The words of a recording are numbered versions; none is ever changed."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from floor import CLERK, Script, Spoken, claim, receive_call, say, transcript

from detectors.speech.engine import Heard, Stretch
from search.transcript import Transcript, Turn, Word
from surveillance.access.scope import Scope, combine
from surveillance.audit.models import Entry
from surveillance.capture.selectors import progress_of
from surveillance.core.errors import Conflict, Hidden, Refused
from surveillance.transcription.models import Version
from surveillance.transcription.selectors import current, transcribed, versions
from surveillance.transcription.services import keep, named

CALL = Spoken(name="call-1", turns=((0, "good morning desk"), (1, "morning what can I do")))


@pytest.fixture
def recording(desks: tuple[str, ...], tmp_path: Path) -> UUID:
    return receive_call(tmp_path, "rates", CALL)


def test_words_are_kept_with_who_wrote_them(recording: UUID, rates_officer: Scope) -> None:
    assert current(rates_officer, recording) is None
    say(recording, CALL)
    words = current(rates_officer, recording)
    assert words is not None
    assert (words.number, words.engine, words.model, words.model_sha256) == (
        1,
        "scripted",
        "script-1",
        "5" * 64,
    )
    assert words.settings == {"beam": 1}
    assert words.transcript == transcript(CALL)


def test_hearing_again_makes_the_next_version_and_leaves_the_first_as_it_was(
    recording: UUID, rates_officer: Scope
) -> None:
    say(recording, CALL)
    first = Version.objects.values().get()
    say(recording, Spoken(name="call-1", turns=((0, "good morning desks"), (1, "what"))), model="script-2")
    assert [(words.number, words.model) for words in versions(rates_officer, recording)] == [
        (2, "script-2"),
        (1, "script-1"),
    ]
    assert Version.objects.filter(number=1).values().get() == first
    assert transcribed() == [recording]


def test_each_version_stands_in_the_ledger_and_its_stage_is_done(recording: UUID) -> None:
    say(recording, CALL)
    entry = Entry.objects.get(action="transcribed")
    assert (entry.actor, entry.subject) == ("program:scripted", f"recording:{recording}")
    assert entry.detail == {"version": 1, "model": "script-1", "words": 8}
    assert [(row.stage, row.state) for row in progress_of(CLERK, recording)] == [("transcription", "done")]


def test_a_worker_that_lost_its_claim_writes_no_words(recording: UUID) -> None:
    lost = claim(recording, "transcription")
    claim(recording, "transcription")
    script = Script(transcript(CALL))
    with pytest.raises(Conflict):
        keep(lost, Heard(transcript=script.transcript_), script, seconds=1.0)
    assert not Version.objects.exists()
    assert not Entry.objects.filter(action="transcribed").exists()


def test_what_was_spoken_and_not_understood_is_kept_beside_the_words(
    recording: UUID, rates_officer: Scope
) -> None:
    script = Script(transcript(CALL))
    heard = Heard(transcript=script.transcript_, unheard=(Stretch(start=3.0, end=5.5, channel=1),))
    keep(claim(recording, "transcription"), heard, script, seconds=1.0)
    assert Version.objects.get().unheard == [[1, 3.0, 5.5]]


def test_a_channel_takes_the_name_of_its_party_and_keeps_its_own_where_none_is_known() -> None:
    word = Word(text="hello", start=0.0, end=0.4)
    heard = Heard(
        transcript=Transcript(
            turns=tuple(Turn(speaker=f"channel {nth}", channel=nth, words=(word,)) for nth in (0, 1))
        )
    )
    assert [turn.speaker for turn in named(heard, {1: "Ben Birch"}).transcript.turns] == [
        "channel 0",
        "Ben Birch",
    ]


def test_who_may_see_a_call_may_not_therefore_read_its_words(recording: UUID) -> None:
    say(recording, CALL)
    with pytest.raises(Refused) as refused:
        current(combine("auditor", [("auditor", "rates")]), recording)
    assert refused.value.status == 403
    with pytest.raises(Hidden):
        current(combine("stranger", [("officer", "fx")]), recording)
