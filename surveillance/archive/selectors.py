"""Reading the archive: for machines, for ears, for eyes, and as it was received."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from surveillance.access.scope import Power, Scope
from surveillance.archive.derivatives import Derivative, ears, eyes
from surveillance.archive.models import Seal
from surveillance.archive.reading import FOLDER, proven, sealed_bytes
from surveillance.archive.seals import Download, SealFacts
from surveillance.archive.stores.configured import store
from surveillance.capture.selectors import call
from surveillance.core.errors import Invalid, Missing


@contextmanager
def native(recording: UUID) -> Iterator[Path]:
    """The sealed bytes as a local file for Earshot's own stages, just held against their hash. Never written to.

    Raises:
        Missing: not sealed yet. Broken: the bytes are gone or changed. Transient: the store is away.
    """
    with proven(_seal(recording)) as path:
        yield path


def listening_copy(scope: Scope, recording: UUID) -> Derivative:
    """A 16-bit WAV for ears, made once and cached; a derivative, and labelled as one.

    Raises:
        Hidden, Refused: the recording lies outside the scope, or may be seen and not heard.
        Missing: no such recording, or not sealed yet. Broken, Transient: as `native`.
    """
    call(scope, recording, power=Power.LISTEN)
    return ears(_seal(recording))


def peaks(scope: Scope, recording: UUID) -> dict[str, Any]:
    """The outline of each channel for drawing; see `derivatives.eyes`. Raises as `listening_copy`."""
    facts = call(scope, recording, power=Power.LISTEN)
    return eyes(_seal(recording), duration=facts.duration)


def open_native(scope: Scope, recording: UUID, *, start: int = 0, length: int | None = None) -> Download:
    """The native as it was received, or a range of it.

    Raises:
        Invalid: the range lies outside the file. Otherwise as `listening_copy`.
    """
    facts = call(scope, recording, power=Power.LISTEN)
    seal = _seal(recording)
    if not 0 <= start < max(seal.size, 1) or (length is not None and length < 0):
        raise Invalid("The range lies outside the recording.", cure=f"It has {seal.size} bytes.")
    many = seal.size - start if length is None else min(length, seal.size - start)
    return Download(
        name=facts.name,
        sha256=seal.sha256,
        size=seal.size,
        start=start,
        length=many,
        chunks=sealed_bytes(seal, start=start, length=many),
    )


def sealed(scope: Scope, recording: UUID) -> SealFacts | None:
    """How and until when a recording is sealed; None while it is not.

    Raises:
        Hidden, Missing: no such recording within the scope.
    """
    call(scope, recording, power=Power.SEE)
    seal = Seal.objects.filter(recording_id=recording).first()
    if seal is None:
        return None
    last = seal.checks.order_by("-at", "-pk").first()
    return SealFacts(
        recording=recording,
        store=seal.store,
        key=seal.key,
        sha256=seal.sha256,
        size=seal.size,
        sealed_at=seal.sealed_at,
        retain_until=seal.retain_until,
        checked_at=last.at if last else None,
        outcome=last.outcome if last else "",
    )


def unaccounted() -> tuple[list[UUID], list[str]]:
    """Recordings whose native is not in the store, and keys in the store that no seal knows. Raises StoreAway."""
    keys = set(store().keys(f"{FOLDER}/"))
    sealed = dict(Seal.objects.values_list("key", "recording_id"))
    gone = [recording for key, recording in sealed.items() if key not in keys]
    return gone, sorted(keys - sealed.keys())


def _seal(recording: UUID) -> Seal:
    seal = Seal.objects.filter(recording_id=recording).first()
    if seal is None:
        raise Missing("This recording is not sealed yet.", cure="The intake page shows how far it is.")
    return seal
