"""The scene of the browser tests: two desks, their people, and calls taken through every stage by the real services.

Run inside an installation (`python tests/browser/scene.py`, with its environment). Only the recogniser follows a
script: the sound is made here, and the words are known; sealing, screening, indexing are what they are in service.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

RATE = 8000
PASSWORD = "Harbour-Lantern-42"
PEOPLE = (
    ("officer", "Amelia Hart", "officer", ("rates", "fx")),
    ("field-officer", "Jonas Whitaker", "officer", ("field",)),
    ("supervisor", "Ruben Adeyemi", "supervisor", ("rates", "fx")),
    ("auditor", "Sunita Rao", "auditor", (None,)),
    ("records", "Martin Osei", "records", (None,)),
    ("admin", "Dana Kowalski", "admin", (None,)),
    ("privacy", "Ingrid Solberg", "privacy", (None,)),
    ("second-line", "Lin Eland", "second_line", (None,)),
)
DESKS = (("rates", "Rates"), ("fx", "Foreign exchange"), ("field", "Field services"))

# (desk, start, (person and employer of each channel), turns of (channel, second, words))
CALLS: Sequence[dict[str, Any]] = (
    {
        "name": "rates-0001",
        "desk": "rates",
        "start": "2026-11-20T08:31:05+00:00",
        "people": (("Nadia Brandt", "Calder Vale"), ("Owen Pryce", "Hillgate Bank")),
        "turns": (
            (0, 1.0, "morning owen are you still looking at the ten year gilt"),
            (1, 6.0, "yes I want fifty but this line is recorded so not here"),
            (0, 12.0, "fine then ping me on whatsapp and delete it after"),
            (1, 18.0, "will do and keep this between us"),
            (0, 24.0, "thanks speak later"),
        ),
    },
    {
        "name": "rates-0005",
        "desk": "rates",
        "start": "2026-11-18T14:20:30+00:00",
        "people": (("Nadia Brandt", "Calder Vale"), ("Tomas Weil", "Kestrel Fund")),
        "turns": (
            (1, 1.0, "send me the prices on signal not on this line please"),
            (0, 6.0, "message me on my own phone and delete the messages after"),
            (1, 12.0, "good talk to you there"),
        ),
    },
    {
        "name": "fx-0002",
        "desk": "fx",
        "start": "2026-11-20T15:55:40+00:00",
        "people": (("Lena Sorel", "Calder Vale"), ("Marc Dufour", "Quai Capital")),
        "turns": (
            (0, 1.0, "marc the fix is in five minutes what are you doing"),
            (1, 6.0, "let us push the fixing up together before the window"),
            (0, 12.0, "you take the offers and I will hold my orders back"),
            (1, 18.0, "done we both win on this one"),
        ),
    },
    {
        "name": "rates-0003",
        "desk": "rates",
        "start": "2026-11-19T10:12:00+00:00",
        "people": (("Nadia Brandt", "Calder Vale"), ("Priya Nair", "Morrow Pension")),
        "turns": (
            (1, 1.0, "could you quote me twenty five million five year swap"),
            (0, 7.0, "four twelve bid four fourteen offered"),
            (1, 12.0, "mine at fourteen please"),
            (0, 16.0, "done you buy twenty five at four fourteen thank you"),
        ),
    },
    {
        "name": "field-0004",
        "desk": "field",
        "start": "2026-11-21T06:02:10+00:00",
        "people": (("Control room", "Calder Vale"), ("Crew 12", "Calder Vale")),
        "turns": (
            (1, 1.0, "control we opened the feeder without a permit the isolation was not checked"),
            (0, 9.0, "do not write that in the log we will bypass the alarm today"),
            (1, 16.0, "copy carrying on without the lockout"),
        ),
    },
    # Nothing in it for a policy: who hears a sample says that it was missed.
    {
        "name": "fx-0010",
        "desk": "fx",
        "start": "2026-11-12T16:20:00+00:00",
        "people": (("Lena Sorel", "Calder Vale"), ("Hugo Lindqvist", "Fjord Capital")),
        "turns": (
            (1, 1.0, "the boat is back at the pontoon and the children are asleep"),
            (0, 7.0, "good and the weather holds until sunday they say"),
            (1, 13.0, "then we sail on saturday morning"),
        ),
    },
    # A machine says what a policy listens for; it is silenced as noise. One call to undo, one to judge.
    *(
        {
            "name": name,
            "desk": "rates",
            "start": start,
            "people": (("Nadia Brandt", "Calder Vale"), ("Gridline Networks", "Gridline Networks")),
            "turns": (
                (1, 1.0 + late, "your call may be recorded for training and quality purposes"),
                (1, 5.5, "to report a power cut press one to report a smell of gas press two"),
                (0, 11.0, "oh for goodness sake another menu"),
                (1, 14.5, "thank you for holding an adviser will be with you shortly"),
                (0, 19.0, "hello it is about the lights in the office"),
            ),
        }
        for name, start, late in (
            ("menu-0006", "2026-11-17T09:05:00+00:00", 0.0),
            ("menu-0007", "2026-11-17T11:40:00+00:00", 0.1),
        )
    ),
    # One call from two recorders, whose clocks stand two seconds apart.
    *(
        {
            "name": name,
            "desk": "rates",
            "start": start,
            "people": (("Carla Mendes", "Calder Vale"), ("Piet Visser", "Amstel Bank")),
            "turns": (
                (
                    0,
                    1.0 + late,
                    "piet could you show me a two way in five year gilts for fifty million please",
                ),
                (
                    1,
                    7.0 + late,
                    "four twelve bid four fourteen offered and a little better to buy on the left",
                ),
                (0, 13.5 + late, "mine at fourteen and for the rest ping me on whatsapp not on this line"),
                (1, 19.5 + late, "will do and I will delete the messages after so keep it between us"),
            ),
        }
        for name, start, late in (
            ("turret-0008", "2026-11-16T15:30:02+00:00", 0.0),
            ("hoot-0009", "2026-11-16T15:30:00+00:00", 2.0),
        )
    ),
)


def main() -> None:
    import django

    django.setup()
    from surveillance.access.scope import program

    scope = program("scene")
    _people(scope)
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        for told in CALLS:
            made[told["name"]] = _call(scope, Path(folder), told)
        _broken(scope, Path(folder))
    print("@@" + json.dumps(made))


def _people(scope: Any) -> None:
    from surveillance.access.services import enrol, grant, open_desk

    for slug, name in DESKS:
        open_desk(scope=scope, slug=slug, name=name)
    for username, full_name, role, desks in PEOPLE:
        enrol(scope=scope, username=username, full_name=full_name, password=PASSWORD)
        for desk in desks:
            grant(scope=scope, username=username, role=role, desk=desk)


def _call(scope: Any, folder: Path, told: dict[str, Any]) -> str:
    """Taken in, then through every stage of the pipeline, here and now."""
    from surveillance.capture.services import Said, Sidecar, receive
    from surveillance.pipeline import ORDER, pass_through
    from surveillance.transcription import services as transcription

    path = folder / f"{told['name']}.wav"
    path.write_bytes(wav(told["turns"]))
    sidecar = Sidecar(name=f"{told['name']}.vcon.json", content=json.dumps(_vcon(told)).encode())
    said = Said(desk=told["desk"], started_at=datetime.fromisoformat(told["start"]))
    arrival = receive(scope=scope, source="upload", path=path, name=path.name, sidecar=sidecar, said=said)
    if arrival.recording is None:
        raise SystemExit(f"{told['name']}: {arrival.reason} {arrival.cure}")
    transcription.engine = lambda: Scripted(told["turns"])  # type: ignore[assignment]
    for stage in ORDER:
        if not pass_through(arrival.recording, stage):
            raise SystemExit(f"{told['name']} did not pass {stage.name}")
    return str(arrival.recording)


def _broken(scope: Any, folder: Path) -> None:
    from surveillance.capture.services import receive

    path = folder / "fax-machine.wav"
    path.write_bytes(b"this is no sound at all\n" * 40)
    receive(scope=scope, source="upload", path=path, name=path.name)


class Scripted:
    """A recogniser that knows the words beforehand."""

    def __init__(self, turns: Sequence[tuple[int, float, str]]) -> None:
        from detectors.speech.engine import EngineIdentity

        self.turns = turns
        self.identity = EngineIdentity(engine="scripted", model="scene", model_sha256="0" * 64, settings={})

    def hear(self, audio: object, **_: object) -> Any:
        from detectors.speech.engine import Heard
        from search.transcript import Transcript, Turn, Word

        transcript = Transcript(
            turns=tuple(
                Turn(
                    speaker=f"channel {channel}",
                    channel=channel,
                    words=tuple(
                        Word(text=word, start=start, end=end, confidence=0.95, channel=channel)
                        for word, start, end in timed(second, text)
                    ),
                )
                for channel, second, text in self.turns
            )
        )
        return Heard(transcript=transcript)


def timed(second: float, text: str) -> list[tuple[str, float, float]]:
    """Words of a turn, 0.32 s each."""
    return [
        (word, round(second + 0.34 * nth, 2), round(second + 0.34 * nth + 0.32, 2))
        for nth, word in enumerate(text.split())
    ]


def wav(turns: Sequence[tuple[int, float, str]]) -> bytes:
    """Two channels of G.711 µ-law; each word is a short voiced burst on its speaker's channel."""
    length = max(second + 0.34 * len(text.split()) for _, second, text in turns) + 2.0
    sound = np.random.default_rng(7).normal(0, 0.002, (int(length * RATE), 2))
    for channel, second, text in turns:
        for word, start, end in timed(second, text):
            first, last = int(start * RATE), int(end * RATE)
            clock = np.arange(last - first) / RATE
            pitch = 110 + 60 * channel + 9 * (len(word) % 5)
            voice = sum(np.sin(2 * np.pi * pitch * k * clock) / k for k in range(1, 9))
            sound[first:last, channel] += 0.18 * voice * np.hanning(last - first)
    content = mulaw(sound).tobytes()
    head = struct.pack("<HHIIHHH", 7, 2, RATE, RATE * 2, 2, 8, 0)
    chunks = b"fmt " + struct.pack("<I", len(head)) + head
    chunks += (
        b"fact"
        + struct.pack("<II", 4, len(content) // 2)
        + b"data"
        + struct.pack("<I", len(content))
        + content
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def mulaw(sound: np.ndarray) -> np.ndarray:
    """ITU-T G.711: 14-bit samples to eight bits."""
    linear = np.clip(np.rint(sound * 32767), -32635, 32635).astype(np.int32)
    sign = np.where(linear < 0, 0x80, 0)
    level = np.abs(linear) + 132
    exponent = np.floor(np.log2(level)).astype(np.int32) - 7
    mantissa = (level >> (exponent + 3)) & 0x0F
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)


def _vcon(told: dict[str, Any]) -> dict[str, Any]:
    start = datetime.fromisoformat(told["start"]).astimezone(UTC).isoformat()
    return {
        "vcon": "0.0.2",
        "uuid": f"scene-{told['name']}",
        "created_at": start,
        "parties": [{"name": person, "meta": {"employer": employer}} for person, employer in told["people"]],
        "dialog": [{"type": "recording", "start": start, "parties": [0, 1]}],
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "surveillance.settings")
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main()
