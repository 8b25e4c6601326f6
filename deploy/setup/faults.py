"""What stopped the set-up, said with its cure, and the one way progress is printed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


class SetUpFault(Exception):
    """A step failed; `cure` is what a person does about it."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


def say(line: str) -> None:
    """One line of progress, shown at once even into a pipe."""
    print(line, flush=True)


def last_lines(text: str, count: int = 8) -> str:
    """The end of a program's output, indented; that is where it says why it stopped."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:])


def run_or_cure(command: Sequence[str | Path], *, what: str, cure: str, env: Mapping[str, str]) -> None:
    """Runs a set-up program in the repository; its output is shown only when it fails.

    Raises:
        SetUpFault: it could not be started or ended with a fault.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=REPOSITORY,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as fault:
        raise SetUpFault(f"{what}: {fault}", cure) from fault
    if done.returncode:
        raise SetUpFault(f"{what}:\n{last_lines(done.stdout + done.stderr)}", cure)
