"""The one tree of faults, and what each means to someone at a door."""

from __future__ import annotations


class Fault(Exception):
    """Something Earshot understands. `cure` says what the reader can do about it."""

    status = 500
    code = "fault"

    def __init__(self, message: str, *, cure: str = "", code: str = "", subject: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure
        self.code = code or type(self).code
        self.subject = subject

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class Refused(Fault):
    """May not: the scope of the asker does not reach it. The refusal itself goes on record."""

    status = 403
    code = "refused"


class Hidden(Refused):
    """May not even know: answered as if it did not exist, recorded as a refusal."""

    status = 404
    code = "missing"


class Missing(Fault):
    """There is no such thing."""

    status = 404
    code = "missing"


class Invalid(Fault):
    """The input is wrong; asking again with the same input fails again."""

    status = 400
    code = "invalid"


class Conflict(Invalid):
    """The thing has moved on since the asker looked at it."""

    status = 409
    code = "conflict"


class Transient(Fault):
    """A service is away for the moment; try again."""

    status = 503
    code = "try-again"


class Broken(Fault):
    """Wake someone: a promise of the system itself does not hold."""

    status = 500
    code = "broken"
