"""Keys that an installation makes for itself at first need and keeps in a file of its own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path


def kept_key(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of a key file (mode 0600); made at first need, by one process though many may ask at once."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(make())
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass  # another process of the same start was faster; its key is ours
    finally:
        part.unlink()
    return path.read_bytes()
