"""What is made of a native for ears and eyes: kept in a bounded cache, labelled a derivative, never the record."""

from __future__ import annotations

import fcntl
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from detectors.audio import AudioUnreadable, DecoderUnavailable, Limits
from detectors.audio import listening_copy as copy_for_ears
from detectors.audio import peaks as outline
from surveillance.archive.reading import proven
from surveillance.core.errors import Broken, Transient

CACHE_BYTES = 4 * 2**30
YOUNG_SECONDS = 900.0  # somebody may still be playing it
POINTS = 20_000  # of an outline; more than any screen is wide


def ears(key: str, sha256: str) -> Path:
    """A 16-bit WAV of a native; made once."""

    def make(native: Path, out: Path) -> None:
        copy_for_ears(native, out, _limits())

    return _kept("listening", f"{sha256}.wav", key, sha256, make)


def eyes(key: str, sha256: str, *, duration: float) -> dict[str, Any]:
    """The outline of each channel: {"per_second", "duration", "channels": [[low, high, low, high …] …]}."""
    per_second = max(1, min(20, int(POINTS / max(duration, 1.0))))

    def make(native: Path, out: Path) -> None:
        drawn = outline(native, _limits(), per_second=per_second).to_json()
        out.write_text(json.dumps(drawn, separators=(",", ":")), encoding="utf-8")

    drawn: dict[str, Any] = json.loads(
        _kept("peaks", f"{sha256}.{per_second}.json", key, sha256, make).read_text(encoding="utf-8")
    )
    return drawn


def _limits() -> Limits:
    # It was taken in under its own limits; what a person accepted as cut off must be playable too.
    return Limits(
        seconds=settings.EARSHOT.max_media_seconds + 60.0,
        file_bytes=settings.EARSHOT.max_media_bytes,
        accept_truncated=True,
    )


def _kept(kind: str, name: str, key: str, sha256: str, make: Callable[[Path, Path], None]) -> Path:
    """The derivative of that name; made by one process at a time, and moved into place whole."""
    folder = settings.EARSHOT.cache / kind
    place = folder / name
    if not _touched(place):
        with _alone(folder, name):
            if not _touched(place):
                _make(place, key, sha256, make)
                _bound(folder)
    return place


def _make(place: Path, key: str, sha256: str, make: Callable[[Path, Path], None]) -> None:
    part = place.with_name(f".{uuid.uuid4().hex}{place.suffix}")
    try:
        with proven(key, sha256) as native:
            make(native, part)
        part.replace(place)
    except AudioUnreadable as fault:
        raise Broken(fault.sentence, cure=fault.cure, code=fault.reason.value) from fault
    except DecoderUnavailable as fault:
        raise Transient(str(fault), cure="Try again in a minute.") from fault
    finally:
        part.unlink(missing_ok=True)


def _touched(place: Path) -> bool:
    """Is it there? Its time is moved to now, so that the cache forgets what nobody plays."""
    try:
        os.utime(place)
    except FileNotFoundError:
        return False
    return True


def _bound(folder: Path) -> None:
    """Forget what was not used for longest, until the rest fits."""
    files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob("[!.]*.*"))
    total = sum(size for _, size, _ in files)
    for used, size, path in files:
        if total <= CACHE_BYTES or time.time() - used < YOUNG_SECONDS:
            return
        path.unlink(missing_ok=True)
        total -= size


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    locks = folder / ".locks"
    locks.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (locks / f"{name[:2]}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
