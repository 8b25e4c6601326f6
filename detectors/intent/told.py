"""What is worth keeping of a reading: likely risks and intents by turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from detectors.intent.reader import Read

LEAST_RISK: Final = 0.05
LEAST_INTENT: Final = 0.5


def told(reads: Sequence[Read]) -> list[dict[str, Any]]:
    """By passage: first and last turn, risks above 0.05, and for single turns the intents that are likely."""
    kept: list[dict[str, Any]] = []
    for read in reads:
        risks = {name: round(value, 3) for name, value in read.risks.items() if value >= LEAST_RISK}
        intents = {name: round(value, 3) for name, value in read.intents.items() if value >= LEAST_INTENT}
        intents = intents if read.passage.is_turn else {}
        if risks or intents:
            place = {"first": read.passage.first, "last": read.passage.last}
            kept.append({**place, "risks": risks, "intents": intents})
    return kept
