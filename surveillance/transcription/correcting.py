"""Writing down what was really said: a person's correction of one turn, as the next version of the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from uuid import UUID

from django.db import transaction

from search import compact
from search.tokens import FORMS, streams
from search.transcript import Transcript, Word
from surveillance.access.scope import Power, Scope
from surveillance.audit.services import record
from surveillance.capture.selectors import call
from surveillance.core.clock import now
from surveillance.core.errors import Invalid
from surveillance.transcription.models import Tokens, Version
from surveillance.transcription.sealing import opened_content, sealed_content, sealed_line
from surveillance.transcription.selectors import next_number

MOST_WORDS = 5000  # of a turn


@transaction.atomic
def correct(*, scope: Scope, recording: UUID, turn: int, words: str, because: str) -> int:
    """Write down what was said in one turn, as the next version; its number. Earlier versions stay as they are.

    Raises:
        Hidden, Missing: out of reach. Refused: the scope does not answer for the people on it.
        Invalid: there are no words yet, no such turn, no words given, or nothing changes.
    """
    facts = call(scope, recording, power=Power.LISTEN)
    scope.require(Power.PRIVACY, facts.desk, subject=f"recording:{recording}")
    last = Version.objects.filter(recording_id=recording).order_by("-number").first()
    if last is None:
        raise Invalid("It has no words yet.", cure="Wait until it is transcribed.")
    said = Transcript.from_json(opened_content(recording, last.number, last.content))
    if not 0 <= turn < len(said.turns) or not said.turns[turn].words:
        raise Invalid("There is no such turn.", cure="Reload the page.")
    if not (given := words.split()[:MOST_WORDS]):
        raise Invalid("Say what was said.", cure="A turn without a word cannot be kept.")
    before = said.turns[turn]
    if [word.text.strip() for word in before.words] == given:
        raise Invalid("Nothing changes by it.", cure="Write what was really said.")
    turns = (
        *said.turns[:turn],
        replace(before, words=reworded(before.words, given)),
        *said.turns[turn + 1 :],
    )
    told = replace(said, turns=turns)
    number = next_number(recording)
    version = Version.objects.create(
        recording_id=recording,
        number=number,
        engine="correction",
        model=f"written by {scope.actor}"[:200],
        model_sha256="",
        settings={"of": last.number, "turn": turn, "because": because[:400]},
        language=last.language,
        language_confidence=last.language_confidence,
        content=sealed_content(recording, number, told.to_json()),
        unheard=last.unheard,
        words=sum(len(one.words) for one in told.turns),
        seconds_taken=0.0,
        made_at=now(),
    )
    line = sealed_line(recording, number, compact.line(streams(told)))
    Tokens.objects.create(version=version, forms=FORMS, line=line)
    record(
        actor=scope.actor,
        action="words corrected",
        subject=f"recording:{recording}",
        detail={"version": number, "of": last.number, "turn": turn, "because": because},
    )
    return number


def reworded(before: Sequence[Word], given: Sequence[str]) -> tuple[Word, ...]:
    """Words of a turn as they were given: those that stay keep their seconds, others share the time between."""
    matcher = SequenceMatcher(
        None, [word.text.strip().casefold() for word in before], [w.casefold() for w in given]
    )
    made: list[Word] = []
    for tag, old, old_end, new, new_end in matcher.get_opcodes():
        if tag == "equal":
            made += [
                replace(word, text=text)
                for word, text in zip(before[old:old_end], given[new:new_end], strict=True)
            ]
        elif new_end > new:
            start = before[old].start if old < old_end else (before[old - 1].end if old else before[0].start)
            end = (
                before[old_end - 1].end
                if old < old_end
                else (before[old].start if old < len(before) else start)
            )
            step = max(end - start, 0.0) / (new_end - new)
            made += [
                Word(
                    text=text,
                    start=round(start + nth * step, 3),
                    end=round(start + (nth + 1) * step, 3),
                    confidence=1.0,
                    channel=before[0].channel,
                )
                for nth, text in enumerate(given[new:new_end])
            ]
    return tuple(made)
