"""Script and transcript side by side, word by word: what was not heard, and what was heard instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from policies.library import Drill
from search.tokens import normal
from search.transcript import Transcript


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One word; `same`: it stands on the other side too."""

    text: str
    same: bool


@dataclass(frozen=True, kw_only=True)
class Said:
    """One turn on either side, `start` in seconds where it was heard."""

    speaker: str
    lane: int
    pieces: Sequence[Piece]
    start: float | None = None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Both sides."""

    script: Sequence[Said]
    heard: Sequence[Said]


def compared(drill: Drill, transcript: Transcript) -> Compared:
    """The script's turns and the transcript's, each word marked where the other side lacks it."""
    written = [("AB"[lane], lane, text.split(), None) for lane, text in drill.turns]
    heard = [
        ("AB"[turn.channel % 2], turn.channel % 2, [word.text for word in turn.words], turn.words[0].start)
        for turn in transcript.turns
        if turn.words
    ]
    left = [_key(word) for _, _, words, _ in written for word in words]
    right = [_key(word) for _, _, words, _ in heard for word in words]
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    same_left = {block.a + step for block in blocks for step in range(block.size)}
    same_right = {block.b + step for block in blocks for step in range(block.size)}
    return Compared(script=_marked(written, same_left), heard=_marked(heard, same_right))


def _key(word: str) -> str:
    """A word as it is compared: spoken form, without its stops."""
    return " ".join(normal(word))


def _marked(turns: Sequence[tuple[str, int, Sequence[str], float | None]], same: set[int]) -> list[Said]:
    made, at = [], 0
    for speaker, lane, words, start in turns:
        pieces = [Piece(text=word, same=at + step in same) for step, word in enumerate(words)]
        at += len(words)
        made.append(Said(speaker=speaker, lane=lane, pieces=pieces, start=start))
    return made
