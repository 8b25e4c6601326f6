"""`manage.py transcribe FILE…`: the words of sound files, without keeping anything."""

from __future__ import annotations

import json as json_format
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from detectors import audio
from detectors.audio import Audio, AudioUnreadable, DecoderUnavailable
from detectors.speech.engine import EngineIdentity
from search.transcript import Transcript
from surveillance.core.errors import Fault
from surveillance.transcription.services import engine


class Command(BaseCommand):
    help = "Print the words of one or more sound files. Several files cost one model load."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--json", action="store_true", help="one JSON document a file, one a line")

    def handle(self, *args: Any, files: list[Path], json: bool, **options: Any) -> None:
        audio.start()  # the decoder's process comes up while the model loads
        failed = 0
        sounds = _ahead(files)
        try:
            recogniser = engine(threads=os.cpu_count())  # alone on the machine, unlike a worker among others
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        for file, sound in zip(files, sounds, strict=True):
            try:
                said = recogniser.transcribe(sound.result())
            except (AudioUnreadable, DecoderUnavailable, OSError) as fault:
                failed += 1
                self.stderr.write(f"{file}: {fault}")
                if json and len(files) > 1:
                    self.stdout.write(json_format.dumps({"file": str(file), "error": str(fault)}))
                continue
            self.stdout.write(
                json_format.dumps(
                    _as_json(file, recogniser.identity, said, several=len(files) > 1), ensure_ascii=False
                )
                if json
                else said.text
            )
        if failed:
            raise CommandError(f"{failed} of {len(files)} files could not be transcribed.")


def _ahead(files: list[Path]) -> Iterator[Future[Audio]]:
    """Each file's sound, the next one decoded while this one is being recognised."""
    coming: Future[Audio] | None = None
    for at, file in enumerate(files):
        now = coming or audio.decode_later(file)
        coming = audio.decode_later(files[at + 1]) if at + 1 < len(files) else None
        yield now


def _as_json(file: Path, identity: EngineIdentity, said: Transcript, *, several: bool) -> dict[str, Any]:
    words = sorted(
        (word for turn in said.turns for word in turn.words), key=lambda word: (word.start, word.channel)
    )
    document = {
        "engine": str(identity),
        "text": said.text,
        "words": [
            {
                "text": word.text,
                "start": round(word.start, 3),
                "end": round(word.end, 3),
                "confidence": round(word.confidence, 4),
                "channel": word.channel,
            }
            for word in words
        ],
    }
    return {"file": str(file), **document} if several else document
