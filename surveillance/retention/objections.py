"""What stands against the going of a recording, told from the facts alone: listing, deleting and the tests ask it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from policies.retention import Decision

HELD, DUTY, UNDECIDED, LOCKED = "held", "duty", "undecided", "locked"
KINDS: Final = {
    HELD: "under a legal hold",
    DUTY: "a duty stands",
    UNDECIDED: "no rule says how long",
    LOCKED: "the store's lock has not ended",
}


def objection(
    *, holds: Sequence[int], decision: Decision, locked_until: datetime | None, at: datetime
) -> tuple[str, str]:
    """The kind (of KINDS) and the words of what stands against it at that moment; two empty ones where nothing does.

    `holds`: the numbers of those that stand on it. Holds come first: they outlast everything.
    """
    if holds:
        return HELD, f"under a legal hold ({', '.join(f'hold {number}' for number in holds)})"
    if decision.undecided:
        return UNDECIDED, decision.in_words()
    if decision.stands(at):
        return DUTY, decision.in_words()
    if locked_until is not None and locked_until > at:
        return LOCKED, f"locked in the store until {locked_until:%Y-%m-%d}; a lock is never shortened"
    return "", ""
