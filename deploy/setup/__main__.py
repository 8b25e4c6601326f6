"""`python3 -m deploy.setup STEP…`: what the Makefile runs before anything else; every step repeatable."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .faults import REPOSITORY, SetUpFault
from .packages import need, need_program
from .python import environment, product, side_environment
from .turns import one_at_a_time
from .web import front_end


def dev() -> None:
    """What the tests and the checks need; OpenSSL plays the time stamping authority."""
    environment("dev")
    need_program(["openssl"], "openssl")


def browser() -> None:
    """A Chromium for the browser tests."""
    need_program(["chromium", "chromium-browser", "google-chrome"], "chromium")


def prompts() -> None:
    """Real telephone speech with its text, for the bench of the recogniser."""
    for path, package in (
        ("/usr/share/asterisk/sounds/en", "asterisk-core-sounds-en-wav"),
        ("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz", "asterisk-core-sounds-en"),
    ):
        if not Path(path).exists():
            need(package, "a set of telephone prompts")


STEPS: Mapping[str, Callable[[], object]] = {
    "product": product,
    "dev": dev,
    "voices": lambda: side_environment("voices"),
    "web": front_end,
    "browser": browser,
    "prompts": prompts,
}


def main(steps: Sequence[str]) -> int:
    """Runs the steps in order; 1 with a cure on a fault, 2 on a wrong call."""
    unknown = [step for step in steps if step not in STEPS]
    if unknown or not steps:
        print(f"usage: python3 -m deploy.setup {'|'.join(STEPS)}", file=sys.stderr)
        return 2
    try:
        with one_at_a_time(REPOSITORY / ".stamps/lock", "set-up"):
            for step in steps:
                STEPS[step]()
    except SetUpFault as fault:
        print(f"\nset-up: {fault.what}\n  cure: {fault.cure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
