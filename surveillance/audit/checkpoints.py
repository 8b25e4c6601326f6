"""What is locked away of the ledger: signed checkpoints, and the leaf hashes behind them as C2SP tlog-tiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from surveillance.audit.models import Checkpoint, Entry
from surveillance.audit.notes import NoteUnreadable, Statement, read_note

WIDTH = 256  # leaves of a tile
FOLDER = "ledger"
_TILE = re.compile(rf"{FOLDER}/tile/0/((?:x\d{{3}}/)*\d{{3}})(?:\.p/(\d+))?$")
_NOTE = re.compile(rf"{FOLDER}/checkpoint/(\d+)$")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A checkpoint to be locked away: each object's key and bytes, the checkpoint itself last."""

    size: int
    note: str
    objects: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, kw_only=True)
class Witness:
    """What lies locked away: statements by size, and leaf hashes (32 bytes each) in order, as far as they go."""

    statements: Mapping[int, Statement]
    leaves: tuple[bytes, ...]
    unreadable: tuple[str, ...] = ()


def made_of(row: Checkpoint) -> Made:
    """The objects of a checkpoint: the tiles that grew since the last one locked away, and the note."""
    before = Checkpoint.objects.filter(size__lt=row.size, kept_at__isnull=False).order_by("-size").first()
    first = (before.size if before else 0) // WIDTH * WIDTH
    leaves = Entry.objects.filter(sequence__gt=first, sequence__lte=row.size).order_by("sequence")
    hashes = [bytes.fromhex(leaf) for leaf in leaves.values_list("leaf", flat=True)]
    tiles = [
        (tile_key((first + start) // WIDTH, len(some)), b"".join(some))
        for start in range(0, len(hashes), WIDTH)
        if (some := hashes[start : start + WIDTH])
    ]
    note = (f"{FOLDER}/checkpoint/{row.size}", row.note.encode())
    return Made(size=row.size, note=row.note, objects=(*tiles, note))


def tile_key(number: int, width: int) -> str:
    """Where tile `number` of the leaves lies, `width` of its leaves filled (C2SP tlog-tiles)."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return f"{FOLDER}/tile/0/{'/'.join(groups)}" + (f".p/{width}" if width < WIDTH else "")


def witnessed(objects: Iterable[tuple[str, bytes]], public: bytes) -> Witness:
    """What the locked objects under `FOLDER` say, as far as the ledger's key has signed it.

    Where a tile was locked away several times as it filled, the fullest speaks.
    """
    statements: dict[int, Statement] = {}
    tiles: dict[int, bytes] = {}
    unreadable = []
    for key, content in objects:
        if found := _NOTE.match(key):
            try:
                statements[int(found[1])] = read_note(content.decode(errors="replace"), public)
            except NoteUnreadable:
                unreadable.append(key)
        elif found := _TILE.match(key):
            number = int(found[1].replace("x", "").replace("/", ""))
            tiles[number] = max(tiles.get(number, b""), content, key=len)
    return Witness(statements=statements, leaves=tuple(_leaves(tiles)), unreadable=tuple(unreadable))


def _leaves(tiles: Mapping[int, bytes]) -> Iterator[bytes]:
    for number in range(len(tiles)):
        content = tiles.get(number, b"")
        yield from (content[start : start + 32] for start in range(0, len(content), 32))
        if len(content) < WIDTH * 32:
            return
