"""Writing down the words: one new version of a transcript per pass of the recogniser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import transaction

from detectors.audio.faults import AudioUnreadable
from detectors.audio.media import Limits, decode
from detectors.speech.engine import Engine, get_engine
from search.transcript import Transcript
from surveillance.archive.selectors import native
from surveillance.audit.services import record
from surveillance.capture.progress import Claim, settle
from surveillance.capture.selectors import speakers
from surveillance.core.clock import now
from surveillance.core.errors import Broken
from surveillance.transcription.models import Version


def engine() -> Engine:
    """The recogniser of this installation; loaded once in a worker process."""
    env = settings.EARSHOT
    return get_engine(
        env.speech_engine, model=env.speech_model, threads=env.speech_threads, cache=env.cache / "weights"
    )


def transcribe(claim: Claim) -> None:
    """Hear a recording and keep its words as the next version.

    Raises:
        Broken: the sealed native can no longer be decoded.
    """
    recogniser = engine()
    began = monotonic()
    try:
        with native(claim.recording) as path:
            audio = decode(path, Limits(seconds=settings.EARSHOT.max_media_seconds))
    except AudioUnreadable as fault:
        raise Broken(fault.sentence, cure=fault.cure, code=fault.code) from fault
    heard = recogniser.transcribe(audio)
    keep(claim, named(heard, speakers(claim.recording)), recogniser, seconds=monotonic() - began)


def named(heard: Transcript, who: Mapping[int, str]) -> Transcript:
    """Give each turn the name of the party on its channel, where one is known."""
    turns = tuple(replace(turn, speaker=who.get(turn.channel, turn.speaker)) for turn in heard.turns)
    return replace(heard, turns=turns)


def keep(claim: Claim, heard: Transcript, recogniser: Engine, *, seconds: float) -> None:
    """Store one version, settle the claim, put it on record: together or not at all."""
    identity = recogniser.identity
    with transaction.atomic():
        settle(claim)
        version = Version.objects.create(
            recording_id=claim.recording,
            number=_next_number(claim.recording),
            engine=identity.engine,
            model=identity.model,
            model_sha256=identity.model_sha256,
            settings=dict(identity.settings),
            language=heard.language,
            content=heard.to_json(),
            words=sum(len(turn.words) for turn in heard.turns),
            seconds_taken=seconds,
            made_at=now(),
        )
        record(
            actor=f"program:{identity.engine}",
            action="transcribed",
            subject=f"recording:{claim.recording}",
            detail={"version": version.number, "model": identity.model, "words": version.words},
        )


def _next_number(recording: UUID) -> int:
    last = Version.objects.filter(recording_id=recording).order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1
