"""Drills of the browser tests: sent through the real stages, heard by a script; and an incident.

Run inside an installation, `seed` once and `on` for what the pages asked for. Drills named in MISHEARD are not
understood by the recogniser; everything else is what it is in service.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

DRILLS = (
    *(
        "conduct.off-channel",
        "conduct.private-mail",
        "conduct.recorded-line",
        "secrecy.deny",
        "market.spoofing",
    ),
    *("bribery.cash-in-hand", "collusion.bid-rigging", "safety.skipped-check", "sales.guarantee"),
    *("complaint.formal", "market.false-story", "secrecy.destroy-evidence.de"),
)
MISHEARD = {"market.spoofing", "sales.guarantee"}


def main() -> None:
    import django

    django.setup()
    if sys.argv[1:] == ["seed"]:
        _seed()
    _take_on()


def _seed() -> None:
    from surveillance.access.scope import program
    from surveillance.assurance.library import Wanted
    from surveillance.assurance.models import DrillRun
    from surveillance.assurance.services import ask_drills, raise_incident
    from surveillance.core.clock import now

    scope = program("scene")
    for days, codec, names in ((9, "mulaw", DRILLS[:6]), (4, "alaw", DRILLS[:9]), (0, "mulaw", DRILLS)):
        wanted = Wanted(only=tuple(names))
        asked = ask_drills(scope=scope, wanted=wanted, codecs=[codec])
        _take_on()
        if days:
            past = now() - timedelta(days=days)
            DrillRun.objects.filter(pk__in=asked).update(asked_at=past, judged_at=past)
    ask_drills(scope=scope, wanted=Wanted(only=("conduct.off-channel",)), codecs=["opus", "amr", "babble"])
    raise_incident(
        kind="feed silent",
        subject="turret",
        title="turret has delivered nothing for 23 hours. In each of the 8 weeks before, these hours brought calls.",
        cure="Ask the recorder's owner; look at its connection and the watched folder. On a holiday, say so.",
    )


def _take_on() -> None:
    from scene import Scripted

    from surveillance.assurance.models import DrillRun
    from surveillance.assurance.services import conclude, send_drill
    from surveillance.pipeline import NAMES, ORDER, pass_through
    from surveillance.transcription import services as transcription

    for run in DrillRun.objects.filter(state="asked"):
        recording = send_drill(run=run.id)
        if recording is None:
            raise SystemExit(f"{run.drill} was not sent: {DrillRun.objects.get(pk=run.pk).fault}")
        transcription.engine = partial(Scripted, _heard(run.drill))  # type: ignore[assignment]
        for stage in ORDER:
            if not pass_through(recording, stage):
                raise SystemExit(f"{run.drill} did not pass {stage.name}")
        conclude(recording=recording, stages=NAMES)


def _heard(name: str) -> list[tuple[int, float, str]]:
    """The script as a recogniser writes it, or something else."""
    from surveillance.assurance.library import drills

    if name in MISHEARD:
        return [(0, 0.5, "so three hundred in the coffin but I do not want to be filmed")]
    turns: list[Any] = []
    second = 0.5
    for lane, said in drills()[name].turns:
        turns.append((lane, second, said.replace("WhatsApp", "what's app")))
        second += 0.34 * len(said.split()) + 0.3
    return turns


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "surveillance.settings")
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    sys.path.insert(0, str(Path(__file__).parent))
    main()
