"""Writing down the words: one new version of a transcript per pass of the recogniser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from detectors.audio import Audio, AudioUnreadable, DecoderUnavailable, Limits, decode
from detectors.speech.engine import Engine, EngineSettings, Heard, get_engine
from detectors.speech.vocabulary import vocabulary
from detectors.speech.weights import WeightsUnusable
from search import compact
from search.tokens import FORMS, streams
from search.transcript import Transcript
from surveillance.access.scope import Power, Scope
from surveillance.archive.selectors import native
from surveillance.audit.services import record
from surveillance.capture.progress import Claim, settle
from surveillance.capture.selectors import speakers
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Invalid, Transient
from surveillance.transcription.models import Tokens, Version
from surveillance.transcription.sealing import opened_content, opened_lines, sealed_content, sealed_line
from surveillance.transcription.selectors import next_number

BATCH = 200  # versions sealed in one transaction


def engine(*, threads: int | None = None) -> Engine:
    """The recogniser of this installation; loaded once in a worker process. `threads` goes before the setting.

    Raises:
        Broken: its weights are missing or are not the pinned ones.
    """
    env = settings.EARSHOT
    wanted = EngineSettings(
        model=env.speech_model,
        model_sha256=env.speech_model_sha256,
        device=env.speech_device,
        threads=threads or env.speech_threads,
        cache=env.cache / "weights",
    )
    try:
        return get_engine(env.speech_engine, wanted)
    except WeightsUnusable as fault:
        raise Broken(fault.sentence, cure=fault.cure, code="weights") from fault


def transcribe(claim: Claim) -> None:
    """Hear a recording and keep its words as the next version.

    Raises:
        Broken: the sealed native can no longer be decoded. Transient: the decoder could not start.
    """
    recogniser = engine()
    began = monotonic()
    audio = _decoded(claim.recording)
    told = vocabulary()
    heard = named(recogniser.hear(audio, hotwords=told), speakers(claim.recording))
    keep(claim, heard, recogniser, seconds=monotonic() - began, told=told)


def opening(recording: UUID, *, seconds: float) -> Transcript:
    """What is said in the first seconds of a call; nothing of it is kept.

    Raises as `transcribe`.
    """
    heard = engine().transcribe(_decoded(recording).first(seconds))
    record(
        actor="program:consent",
        action="opening heard",
        subject=f"recording:{recording}",
        detail={"seconds": seconds, "kept": False},
    )
    return heard


def _decoded(recording: UUID) -> Audio:
    try:
        with native(recording) as path:
            return decode(path, Limits(seconds=settings.EARSHOT.max_media_seconds, accept_truncated=True))
    except AudioUnreadable as fault:
        raise Broken(fault.sentence, cure=fault.cure, code=fault.reason.value) from fault
    except DecoderUnavailable as fault:
        raise Transient(str(fault), cure="Earshot tries again by itself.") from fault


def named(heard: Heard, who: Mapping[int, str]) -> Heard:
    """Give each turn the name of the party on its channel, where one is known."""
    turns = tuple(
        replace(turn, speaker=who.get(turn.channel, turn.speaker)) for turn in heard.transcript.turns
    )
    return replace(heard, transcript=replace(heard.transcript, turns=turns))


def keep(
    claim: Claim, heard: Heard, recogniser: Engine, *, seconds: float, told: tuple[str, ...] = ()
) -> None:
    """Store one version, settle the claim, put it on record: together or not at all.

    `told` are the words the recogniser was told to expect; they belong to what made this version.
    """
    identity, said = recogniser.identity, heard.transcript
    with transaction.atomic():
        settle(claim)
        number = next_number(claim.recording)
        version = Version.objects.create(
            recording_id=claim.recording,
            number=number,
            engine=identity.engine,
            model=identity.model,
            model_sha256=identity.model_sha256,
            settings={**identity.settings, **({"vocabulary": list(told)} if told else {})},
            language=said.language,
            language_confidence=heard.language_confidence,
            content=sealed_content(claim.recording, number, said.to_json()),
            unheard=[[part.channel, part.start, part.end] for part in heard.unheard],
            words=sum(len(turn.words) for turn in said.turns),
            seconds_taken=seconds,
            made_at=now(),
        )
        line = sealed_line(claim.recording, number, compact.line(streams(said)))
        Tokens.objects.create(version=version, forms=FORMS, line=line)
        record(
            actor=f"program:{identity.engine}",
            action="transcribed",
            subject=f"recording:{claim.recording}",
            detail={"version": version.number, "model": identity.model, "words": version.words},
        )


def fill_tokens(*, versions: Sequence[int]) -> None:
    """Make the tokens of those versions that have none, or have them in older normal forms."""
    wanting = Version.objects.filter(pk__in=versions).exclude(tokens__forms=FORMS)
    rows = wanting.values_list("pk", "recording_id", "number", "content")
    made = [
        Tokens(
            version_id=version,
            forms=FORMS,
            line=sealed_line(recording, number, _line(opened_content(recording, number, content))),
        )
        for version, recording, number, content in rows
    ]
    if made:
        Tokens.objects.bulk_create(
            made, update_conflicts=True, unique_fields=["version"], update_fields=["forms", "line"]
        )


def encrypt_words(*, scope: Scope, told: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Seal the words that were stored in the clear; how many versions. Killed, it goes on where it was.

    Raises:
        Refused: the scope may not. Invalid: encryption is off. Broken, Transient: the keeper of the keys.
    """
    scope.require(Power.ADMINISTER)
    if not settings.EARSHOT.encryption:
        raise Invalid("Encryption is off.", cure="Set EARSHOT_ENCRYPTION=1, then seal the words.")
    plain = Version.objects.exclude(content__has_key="sealed").order_by("pk")
    total, done, last = plain.count(), 0, 0
    while batch := list(plain.filter(pk__gt=last)[:BATCH]):
        with transaction.atomic():
            for version in batch:
                _seal_again(version)
        done, last = done + len(batch), batch[-1].pk
        told(done, total)
    record(actor=scope.actor, action="words encrypted", subject="archive", detail={"versions": done})
    return done


def _seal_again(version: Version) -> None:
    recording, number = version.recording_id, version.number
    stored = sealed_content(recording, number, opened_content(recording, number, version.content))
    Version.objects.filter(pk=version.pk).update(content=stored)
    for tokens in Tokens.objects.filter(version=version):
        line = next(opened_lines([(recording, number, tokens.line)]))
        Tokens.objects.filter(pk=tokens.pk).update(line=sealed_line(recording, number, line))


def _line(content: Mapping[str, Any]) -> str:
    return compact.line(streams(Transcript.from_json(content)))
