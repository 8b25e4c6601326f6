"""What of a call one person is given: their own words, others protected, and the sound silent wherever it is not."""

from __future__ import annotations

import io
import wave
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.transcript import Transcript, Turn, Word
from surveillance.archive.derivatives import Derivative
from surveillance.capture.calls import PartyRow
from surveillance.core.errors import Broken
from surveillance.mentions.selectors import MentionRow
from surveillance.subjects.finding import who
from surveillance.subjects.masking import CLOSED, MARK, OPEN, WORDS, mask
from surveillance.subjects.quieting import quieted

ANN = who(["Ann Alder"], ["+44 20 7946 0001"])
APART = (
    PartyRow(
        channel=0, name="Ann Alder", person="Ann Alder", number="+44 20 7946 0001", line="", employer=""
    ),
    PartyRow(channel=1, name="Ben Birch", person="Ben Birch", number="", line="", employer=""),
)
SHARED = tuple(
    PartyRow(channel=0, name=one.name, person=one.person, number=one.number, line="", employer="")
    for one in APART
)


def said(*turns: tuple[str, int, str]) -> Transcript:
    made, second = [], 0.0
    for speaker, channel, text in turns:
        spoken = []
        for word in text.split():
            spoken.append(Word(text=word, start=second, end=second + 0.4, channel=channel))
            second += 0.5
        made.append(Turn(speaker=speaker, channel=channel, words=tuple(spoken)))
        second += 1.0
    return Transcript(turns=tuple(made))


def named(turn: int, first: int, last: int, value: str, kind: str = "person") -> MentionRow:
    return MentionRow(
        kind=kind,
        text=value,
        value=value,
        start=0.0,
        end=0.0,
        turn=turn,
        first=first,
        last=last,
        speaker="",
        channel=0,
        link="",
        candidates=(),
        confidence=0.9,
    )


CALL = said(
    ("Ann Alder", 0, "hello Ben tell Carla Dunn I said so"),
    ("Ben Birch", 1, "will do"),
    ("Ben Birch", 1, "Ann Alder never told me"),
)
NAMES = [named(0, 1, 1, "Ben"), named(0, 3, 4, "Carla Dunn"), named(2, 0, 1, "Ann Alder")]


def test_ones_own_words_are_given_and_others_named_in_them_are_masked() -> None:
    told = mask(CALL, version=1, person=ANN, parties=APART, mentions=NAMES)
    assert [part.state for part in told.parts] == [OPEN, CLOSED, WORDS]
    assert told.parts[0].text == f"hello {MARK} tell {MARK} I said so"
    assert told.parts[1].text == ""
    assert told.parts[2].text == "Ann Alder never told me"


def test_the_sound_of_others_and_of_masked_words_is_not_let_through() -> None:
    told = mask(CALL, version=1, person=ANN, parties=APART, mentions=NAMES)
    assert set(told.audible) == {0}
    for start, end in told.audible[0]:
        assert end <= 0.5 - 0.14 or start >= 0.9  # "Ben", 0.5 to 0.9 s
        assert end <= 1.5 - 0.14 or start >= 2.4  # "Carla Dunn", 1.5 to 2.4 s
        assert end <= 4.2


def test_on_one_channel_for_two_nothing_goes_that_nobody_decided_on() -> None:
    mono = said(("Ann Alder / Ben Birch", 0, "hello there"), ("Ann Alder / Ben Birch", 0, "good bye"))
    told = mask(mono, version=1, person=ANN, parties=SHARED, mentions=())
    # A name of two is nobody's voice: it stays closed, or goes as words where the person is named in it.
    assert [part.state for part in told.parts] == [CLOSED, CLOSED]
    assert told.parts[0].why == "who speaks is not told apart"
    assert told.audible == {}
    told = mask(mono, version=1, person=ANN, parties=SHARED, mentions=(), decided={"1": OPEN})
    assert told.parts[1].text == "good bye"
    assert told.audible[0][0][0] >= 1.9


def test_where_voices_overlap_on_one_channel_the_closed_one_wins() -> None:
    both = Transcript(
        turns=(
            Turn(speaker="Ann Alder", channel=0, words=(Word(text="yes", start=0.0, end=4.0),)),
            Turn(speaker="Ben Birch", channel=0, words=(Word(text="no", start=1.0, end=2.0),)),
        )
    )
    told = mask(both, version=1, person=ANN, parties=SHARED, mentions=())
    assert told.audible == {0: [(0.0, 1.0), (2.0, 4.1)]}


def test_phrases_are_masked_and_another_mask_is_another_hash() -> None:
    plain = mask(CALL, version=1, person=ANN, parties=APART, mentions=NAMES)
    more = mask(CALL, version=1, person=ANN, parties=APART, mentions=NAMES, also=["said, SO"])
    assert more.parts[0].text == f"hello {MARK} tell {MARK} I {MARK}"
    again = mask(CALL, version=1, person=ANN, parties=APART, mentions=NAMES)
    assert plain.sha256 == again.sha256
    later = mask(CALL, version=2, person=ANN, parties=APART, mentions=NAMES)
    assert len({plain.sha256, more.sha256, later.sha256}) == 3


def test_a_strange_decision_closes() -> None:
    told = mask(CALL, version=1, person=ANN, parties=APART, mentions=NAMES, decided={"0": "nonsense"})
    assert told.parts[0].state == CLOSED


def sounding(seconds: float, channels: int, rate: int = 8000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.full(int(seconds * rate) * channels, 1234, "<i2").tobytes())
    return out.getvalue()


def copy_of(content: bytes) -> Derivative:
    return Derivative(size=len(content), read=lambda start, length: iter([content[start : start + length]]))


def test_everything_is_silent_but_what_is_let_through() -> None:
    copy = quieted(copy_of(sounding(2.0, 2)), {1: [(0.5, 1.0)]})
    with wave.open(io.BytesIO(copy.whole())) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert not samples[:, 0].any()
    assert (samples[4000:8000, 1] == 1234).all()
    assert not samples[:4000, 1].any()
    assert not samples[8000:, 1].any()


@given(
    cuts=st.lists(st.integers(0, 8044), max_size=6),
    spans=st.lists(st.tuples(st.floats(0, 0.6), st.floats(0, 0.6)), max_size=4),
    channel=st.integers(0, 1),
)
def test_a_range_holds_the_same_bytes_as_the_whole(
    cuts: list[int], spans: list[tuple[float, float]], channel: int
) -> None:
    content = sounding(0.25, 2)
    copy = quieted(copy_of(content), {channel: [(min(one), max(one)) for one in spans]})
    whole = copy.whole()
    assert len(whole) == len(content)
    marks = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    pieces = [b"".join(copy.read(start, end - start)) for start, end in pairwise(marks)]
    assert b"".join(pieces) == whole
    frames = np.frombuffer(whole[44:], "<i2").reshape(-1, 2)
    assert not frames[:, 1 - channel].any()


def test_what_is_no_wav_of_ours_is_said_to_be_broken() -> None:
    with pytest.raises(Broken, match="no WAV"):
        quieted(copy_of(b"OggS" + bytes(100)), {})
