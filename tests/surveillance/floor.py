"""A call with known words on a desk, taken through the real stages by the rooms' own services.

Only the recogniser follows a script: the sound is made, so nobody speaks in it. Everything else is in service.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import sounds
from django.conf import settings

from detectors.audio import Audio
from detectors.speech.engine import EngineIdentity, Heard
from search.transcript import Transcript, Turn, Word
from surveillance.access.scope import program
from surveillance.archive.services import seal
from surveillance.capture.progress import Claim, reopen, take
from surveillance.capture.services import Said, Sidecar, receive
from surveillance.detection.services import screen
from surveillance.indexing.services import index
from surveillance.mentions.services import mention
from surveillance.rulebook.disk import differences
from surveillance.rulebook.editions import POLICY as POLICY_KIND
from surveillance.rulebook.selectors import is_open
from surveillance.rulebook.services import enact, propose_edition
from surveillance.transcription.selectors import current
from surveillance.transcription.services import keep

CLERK = program("clerk")
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

POLICY = """
id = "conduct.{name}"
version = 1
title = "Something that must be looked at"
category = "{category}"
severity = "high"
weight = 0.9
duty = ["MAR art. 16"]
owner = "Tests"
review_by = 2030-01-01
query = '{query}'
second_review = {second}
fires = [{{ say = "{say}" }}]
silent = [{{ say = "good morning" }}]
"""


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What a call is made of; each turn is (channel, words)."""

    name: str
    people: tuple[str, ...] = ("Ann Alder", "Ben Birch")
    numbers: tuple[str, ...] = ("+44 20 7946 0001", "+44 20 7946 0002")
    turns: tuple[tuple[int, str], ...] = ((0, "good morning how are you"), (1, "very well thank you"))
    started_at: datetime = START
    pitch: float = 220.0


class Script:
    """A recogniser that knows the words beforehand."""

    def __init__(self, transcript: Transcript, model: str = "script-1") -> None:
        self.transcript_ = transcript
        self.identity = EngineIdentity(
            engine="scripted", model=model, model_sha256="5" * 64, settings={"beam": 1}
        )

    def hear(self, audio: Audio, *, hotwords: tuple[str, ...] = (), language: str | None = None) -> Heard:
        return Heard(transcript=self.transcript_)

    def transcribe(
        self, audio: Audio, *, hotwords: tuple[str, ...] = (), language: str | None = None
    ) -> Transcript:
        return self.transcript_


def transcript(spoken: Spoken) -> Transcript:
    """The words with steady times, half a second each."""
    turns, second = [], 0.0
    for channel, text in spoken.turns:
        words = []
        for word in text.split():
            words.append(Word(text=word, start=second, end=second + 0.4, confidence=0.9, channel=channel))
            second += 0.5
        turns.append(Turn(speaker=spoken.people[channel], channel=channel, words=tuple(words)))
    return Transcript(turns=tuple(turns))


def vcon(spoken: Spoken) -> bytes:
    """The sidecar: who spoke, when."""
    parties = [
        {"name": person, "tel": tel} for person, tel in zip(spoken.people, spoken.numbers, strict=True)
    ]
    dialog = {"type": "recording", "start": spoken.started_at.isoformat(), "parties": [0, 1], "duration": 3.0}
    told = {"vcon": "0.3.0", "uuid": f"uuid-{spoken.name}", "parties": parties, "dialog": [dialog]}
    return json.dumps(told).encode()


def media(folder: Path, spoken: Spoken) -> Path:
    """Two sounding channels; another pitch makes another file."""
    return sounds.wav(folder / f"{spoken.name}.wav", channels=2, pitch=spoken.pitch)


def receive_call(folder: Path, desk: str, spoken: Spoken) -> UUID:
    """Hand it in, for a desk."""
    path = media(folder, spoken)
    arrival = receive(
        scope=CLERK,
        source="upload",
        path=path,
        name=path.name,
        sidecar=Sidecar(name=f"{spoken.name}.vcon.json", content=vcon(spoken)),
        said=Said(desk=desk),
    )
    assert arrival.recording is not None, arrival
    return arrival.recording


def claim(recording: UUID, stage: str) -> Claim:
    """The right to do a stage, taken as a worker takes it; once more where it was done before."""
    reopen(recording, [stage])
    taken = take(recording, stage, lease=60)
    assert taken is not None
    return taken


def say(recording: UUID, spoken: Spoken, model: str = "script-1") -> None:
    """Keep the words, as the recogniser's stage does."""
    script = Script(transcript(spoken), model)
    keep(claim(recording, "transcription"), Heard(transcript=script.transcript_), script, seconds=0.1)


def take_through(folder: Path, desk: str, spoken: Spoken) -> UUID:
    """Received, sealed, transcribed, screened, indexed."""
    recording = receive_call(folder, desk, spoken)
    seal(claim(recording, "archive"))
    say(recording, spoken)
    mention(claim(recording, "mentions"))
    screen(claim(recording, "detection"))
    index(claim(recording, "indexing"))
    assert current(CLERK, recording) is not None
    return recording


def screened_again(recording: UUID) -> None:
    screen(claim(recording, "detection"))


def indexed_again(recording: UUID) -> None:
    index(claim(recording, "indexing"))


def write_policies(folder: Path, rules: Sequence[tuple[str, str, str]], *, second: bool = False) -> None:
    """Policies of our own, (name, category, word or query), in force from now on."""
    for name, category, query in rules:
        path = folder / "rules" / "conduct" / f"{name.replace('-', '_')}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            POLICY.format(
                name=name, category=category, query=query, second=str(second).lower(), say=query.strip('"')
            )
        )
    settings.EARSHOT = replace(settings.EARSHOT, policies=folder)
    in_force_as_on_disk()


def in_force_as_on_disk() -> None:
    """Put in force what the folder holds; the way there, with its second person, has tests of its own."""
    if not is_open():
        return
    editions = [
        propose_edition(scope=CLERK, wording=one.wording, reason="A test.")
        for one in differences()
        if one.wording
    ]
    retired = [(POLICY_KIND, one.name) for one in differences() if one.state == "gone"]
    if editions or retired:
        enact(scope=CLERK, editions=editions, retired=retired, reason="A test.")
