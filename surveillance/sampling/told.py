"""What somebody says of a drawn call, before it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from policies.schema import CATEGORIES
from surveillance.core.errors import Invalid
from surveillance.sampling.models import Verdict


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A verdict; where something was missed also its kind, its seconds, the words, and why it matters."""

    verdict: str
    category: str = ""
    start: float | None = None
    end: float | None = None
    words: str = ""
    reason: str = ""

    def check(self, duration: float) -> None:
        """Raises:
        Invalid: it says too little, or points outside a call of `duration` seconds.
        """
        if self.verdict not in Verdict.values:
            raise Invalid("Choose what you heard.", cure="Nothing was recorded yet.")
        if self.verdict != Verdict.NOTHING and not self.reason.strip():
            raise Invalid("Say what you heard, or why it cannot be judged.", cure="One sentence is enough.")
        if self.verdict != Verdict.MISSED:
            return
        if self.category not in CATEGORIES:
            raise Invalid("Choose what kind of misconduct it is.", cure="Nothing was recorded yet.")
        if self.start is None or self.end is None or not 0 <= self.start <= self.end <= duration + 1:
            raise Invalid(
                "Say where it was heard, in seconds inside the call.",
                cure="Play it to there and press “From here”, or write the seconds.",
            )
