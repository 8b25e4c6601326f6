"""Drills taken through the real stages; only the recogniser follows a script, the drill's own or a worse one."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from floor import CLERK, Script, claim

from detectors.speech.engine import Heard
from policies.library import Drill
from search.transcript import Transcript
from surveillance.archive.services import seal
from surveillance.assurance.library import Wanted, drills
from surveillance.assurance.selectors import RunRow, one_run
from surveillance.assurance.services import ask_drills, conclude, send_drill
from surveillance.detection.services import screen
from surveillance.indexing.services import index
from surveillance.transcription.services import keep

STAGES = ("archive", "transcription", "detection", "indexing")
Hearing = Callable[[Drill], Transcript]


def as_written(drill: Drill) -> Transcript:
    """Every word heard."""
    return drill.as_read()


def nothing_of_it(drill: Drill) -> Transcript:
    """A recogniser that understood something else."""
    return Transcript.from_turns([("A", "the weather is lovely and the garden is green")])


def sent(name: str, *, codec: str = "mulaw") -> tuple[UUID, UUID]:
    """A drill handed in; its run and its recording. Its innocent twin and other languages are not sent."""
    asked = ask_drills(scope=CLERK, wanted=Wanted(names=(name,)), codecs=[codec])
    run = next(run for run in asked if one_run(CLERK, run).drill == name)
    recording = send_drill(run=run)
    assert recording is not None, one_run(CLERK, run).fault
    return run, recording


def take_on(recording: UUID, transcript: Transcript, model: str = "script-1") -> None:
    """Through every stage with these words."""
    seal(claim(recording, "archive"))
    keep(
        claim(recording, "transcription"),
        Heard(transcript=transcript),
        Script(transcript, model),
        seconds=0.1,
    )
    screen(claim(recording, "detection"))
    index(claim(recording, "indexing"))


def drilled(name: str, hearing: Hearing = as_written, *, codec: str = "mulaw") -> RunRow:
    """Sent, through every stage, judged."""
    run, recording = sent(name, codec=codec)
    take_on(recording, hearing(drills()[name]))
    conclude(recording=recording, stages=STAGES)
    return one_run(CLERK, run)
