"""What is made of a native for ears and eyes: kept in a bounded cache, labelled a derivative, never the record."""

from __future__ import annotations

import fcntl
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from detectors.audio import AudioUnreadable, DecoderUnavailable, Limits
from detectors.audio import listening_copy as copy_for_ears
from detectors.audio import peaks as outline
from surveillance.archive.envelope import head_at_random, sealing
from surveillance.archive.keys import key_of
from surveillance.archive.models import Seal
from surveillance.archive.reading import proven, scratch_file
from surveillance.archive.streaming_aead import Sealing
from surveillance.core.errors import Broken, Transient

CHUNK = 256 * 1024
CACHE_BYTES = 4 * 2**30
YOUNG_SECONDS = 900.0  # somebody may still be playing it
POINTS = 20_000  # of an outline; more than any screen is wide


@dataclass(frozen=True, kw_only=True)
class Derivative:
    """Something made of a native, in the cache, sealed as the native is. `size` in plain bytes."""

    size: int
    read: Callable[[int, int], Iterator[bytes]]

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self.read(0, self.size))


def ears(seal: Seal) -> Derivative:
    """A 16-bit WAV of a native; made once."""

    def make(native: Path, out: Path) -> None:
        copy_for_ears(native, out, _limits())

    return _kept("listening", f"{seal.sha256}.wav", seal, make)


def eyes(seal: Seal, *, duration: float) -> dict[str, Any]:
    """The outline of each channel: {"per_second", "duration", "channels": [[low, high, low, high …] …]}."""
    per_second = max(1, min(20, int(POINTS / max(duration, 1.0))))

    def make(native: Path, out: Path) -> None:
        drawn = outline(native, _limits(), per_second=per_second).to_json()
        out.write_text(json.dumps(drawn, separators=(",", ":")), encoding="utf-8")

    drawn: dict[str, Any] = json.loads(_kept("peaks", f"{seal.sha256}.{per_second}.json", seal, make).whole())
    return drawn


def _limits() -> Limits:
    # It was taken in under its own limits; what a person accepted as cut off must be playable too.
    return Limits(
        seconds=settings.EARSHOT.max_media_seconds + 60.0,
        file_bytes=settings.EARSHOT.max_media_bytes,
        accept_truncated=True,
    )


def _kept(kind: str, name: str, seal: Seal, make: Callable[[Path, Path], None]) -> Derivative:
    """The derivative of that name; made by one process at a time, and moved into place whole."""
    folder = settings.EARSHOT.cache / kind
    key = key_of(seal.recording_id)
    place = folder / (f"{name}.sealed" if key else name)
    if not _touched(place):
        with _alone(folder, name):
            if not _touched(place):
                _make(place, kind, key, seal, make)
                _bound(folder)
    return _of_file(place, sealing(key, seal.recording_id, kind) if key else None)


def _make(place: Path, kind: str, key: bytes | None, seal: Seal, make: Callable[[Path, Path], None]) -> None:
    part = place.with_name(f".{uuid.uuid4().hex}")
    try:
        with proven(seal) as native, scratch_file(Path(place.name.removesuffix(".sealed")).suffix) as plain:
            make(native, plain)
            with plain.open("rb") as content, part.open("xb") as out:
                pieces = iter(partial(content.read, CHUNK), b"")
                if key:
                    pieces = sealing(key, seal.recording_id, kind).sealed(pieces, head=head_at_random())
                out.writelines(pieces)
        part.replace(place)
    except AudioUnreadable as fault:
        raise Broken(fault.sentence, cure=fault.cure, code=fault.reason.value) from fault
    except DecoderUnavailable as fault:
        raise Transient(str(fault), cure="Try again in a minute.") from fault
    finally:
        part.unlink(missing_ok=True)


def _of_file(place: Path, sealed: Sealing | None) -> Derivative:
    """A file of the cache, read in ranges. It may go while it is read: it is opened once, and read to its end."""
    size = place.stat().st_size

    def stored(start: int, length: int) -> Iterator[bytes]:
        with place.open("rb") as file:
            file.seek(start)
            while length > 0 and (chunk := file.read(min(CHUNK, length))):
                length -= len(chunk)
                yield chunk

    def read(start: int, length: int) -> Iterator[bytes]:
        if sealed is None:
            return stored(start, length)
        return sealed.opened(stored, size=size, start=start, length=length)

    return Derivative(size=sealed.plain_size(size) if sealed else size, read=read)


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
