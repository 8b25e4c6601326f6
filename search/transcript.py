"""What was said: words with their seconds, gathered into turns and a transcript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

# A text without audio gets a steady clock, so that "within ten seconds" still means something.
SECONDS_PER_UNTIMED_WORD = 0.4


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One word as heard: times in seconds from the start of the recording, confidence 0–1."""

    text: str
    start: float
    end: float
    confidence: float = 1.0
    channel: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What one speaker says before another does."""

    speaker: str
    channel: int
    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        return self.words[0].start if self.words else 0.0

    @property
    def end(self) -> float:
        return self.words[-1].end if self.words else 0.0

    @property
    def text(self) -> str:
        return " ".join(word.text.strip() for word in self.words)


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What some words name: words `first` to `last` of a turn, both inclusive. `value` is its normal form;
    `amount` is the figure of a sum, in `unit` (a currency's ISO code, "lots", or "" where none was said)."""

    kind: str
    value: str
    turn: int
    first: int
    last: int
    amount: float | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """One version of the words of a recording. `timed` is False where no audio stands behind it.

    `named` is empty unless somebody read the words for names, sums and the like.
    """

    turns: tuple[Turn, ...]
    language: str = "en"
    timed: bool = True
    named: tuple[Named, ...] = ()

    @property
    def text(self) -> str:
        """One line a turn."""
        return "\n".join(turn.text for turn in self.turns)

    @property
    def duration(self) -> float:
        """Seconds until the last word has ended."""
        return max((turn.end for turn in self.turns), default=0.0)

    def to_json(self) -> dict[str, Any]:
        return {
            "language": self.language,
            "timed": self.timed,
            "turns": [
                {
                    "speaker": turn.speaker,
                    "channel": turn.channel,
                    "words": [_word_json(w) for w in turn.words],
                }
                for turn in self.turns
            ],
            **({"named": [asdict(one) for one in self.named]} if self.named else {}),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Transcript:
        """Read what `to_json` wrote; ValueError when it is something else."""
        try:
            return cls(
                turns=tuple(_turn(turn) for turn in told["turns"]),
                language=str(told.get("language", "en")),
                timed=bool(told.get("timed", True)),
                named=tuple(_named(one) for one in told.get("named", ())),
            )
        except (KeyError, TypeError, AttributeError) as fault:
            raise ValueError(f"not a transcript: {fault!r}") from fault

    @classmethod
    def from_text(cls, text: str) -> Transcript:
        """One turn of one unnamed speaker, without audio."""
        return cls.from_turns([("", text)])

    @classmethod
    def from_turns(cls, turns: Iterable[tuple[str, str]]) -> Transcript:
        """Turns of (speaker, text) without audio; each speaker gets a channel."""
        channels: dict[str, int] = {}
        made: list[Turn] = []
        spoken = 0
        for speaker, text in turns:
            channel = channels.setdefault(speaker, len(channels))
            texts = text.split()
            words = tuple(_untimed(word, spoken + nth, channel) for nth, word in enumerate(texts))
            made.append(Turn(speaker=speaker, channel=channel, words=words))
            spoken += len(texts)
        return cls(turns=tuple(made), timed=False)


def _untimed(text: str, nth: int, channel: int) -> Word:
    start = round(nth * SECONDS_PER_UNTIMED_WORD, 3)
    end = round(start + SECONDS_PER_UNTIMED_WORD, 3)
    return Word(text=text, start=start, end=end, channel=channel)


def _word_json(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "start": word.start,
        "end": word.end,
        "confidence": word.confidence,
        "channel": word.channel,
    }


def _turn(told: Mapping[str, Any]) -> Turn:
    channel = int(told.get("channel", 0))
    return Turn(
        speaker=str(told["speaker"]),
        channel=channel,
        words=tuple(
            Word(
                text=str(word["text"]),
                start=float(word["start"]),
                end=float(word["end"]),
                confidence=float(word.get("confidence", 1.0)),
                channel=int(word.get("channel", channel)),
            )
            for word in told["words"]
        ),
    )


def _named(told: Mapping[str, Any]) -> Named:
    amount = told.get("amount")
    return Named(
        kind=str(told["kind"]),
        value=str(told["value"]),
        turn=int(told["turn"]),
        first=int(told["first"]),
        last=int(told["last"]),
        amount=None if amount is None else float(amount),
        unit=str(told.get("unit", "")),
    )
