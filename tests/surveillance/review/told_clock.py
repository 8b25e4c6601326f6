"""A clock for tests of what was heard."""

from __future__ import annotations

from datetime import datetime, timedelta

from floor import START


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
