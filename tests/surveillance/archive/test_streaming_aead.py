"""The sealed format is Tink's, reads in any range, and tells a bent, moved, missing or strange segment.

`tink_vectors.json` was written by tink 1.16.1 (AesGcmHkdfStreamingKey, SHA256, derived key of 32 bytes, RAW): with the
package `tink` installed, `new_encrypting_stream(out, bound)` over a keyset of `key` and `segment` writes such bytes.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from surveillance.archive.streaming_aead import HEADER, TAG, Bent, Sealing

VECTORS = json.loads((Path(__file__).parent / "tink_vectors.json").read_text())
SMALL = Sealing(key=bytes(range(32)), bound=b"a native", segment=128)
HEAD = bytes(range(39))
ROOMS = (128 - HEADER - TAG, 128 - TAG)


def opened(sealing: Sealing, stored: bytes, start: int = 0, length: int | None = None) -> bytes:
    pieces = sealing.opened(
        lambda begin, many: [stored[begin : begin + many]], size=len(stored), start=start, length=length
    )
    return b"".join(pieces)


def sealed(plain: bytes, sealing: Sealing = SMALL, head: bytes = HEAD) -> bytes:
    return b"".join(sealing.sealed([plain], head=head))


@pytest.mark.parametrize("told", VECTORS, ids=lambda told: f"{len(told['plain']) // 2}-of-{told['segment']}")
def test_it_reads_what_tink_wrote_and_writes_the_same(told: dict[str, Any]) -> None:
    stored, plain = bytes.fromhex(told["sealed"]), bytes.fromhex(told["plain"])
    sealing = Sealing(key=bytes.fromhex(told["key"]), bound=told["bound"].encode(), segment=told["segment"])
    assert opened(sealing, stored) == plain
    assert sealed(plain, sealing, stored[1:HEADER]) == stored


@pytest.mark.parametrize("size", [0, 1, *(ROOMS[0] + edge for edge in (-1, 0, 1)), ROOMS[0] + ROOMS[1], 1000])
def test_every_range_is_what_the_plain_bytes_hold_there(size: int) -> None:
    plain = os.urandom(size)
    stored = sealed(plain)
    assert len(stored) == SMALL.sealed_size(size)
    assert SMALL.plain_size(len(stored)) == size
    edges = {0, 1, ROOMS[0] - 1, ROOMS[0], ROOMS[0] + 1, size - 1, size, size + 5}
    draw = random.Random(size)
    for start in {edge for edge in edges if edge >= 0} | {draw.randrange(size + 1) for _ in range(20)}:
        for length in (0, 1, ROOMS[1], ROOMS[1] + 1, None, draw.randrange(size + 10)):
            told = plain[start:] if length is None else plain[start : start + length]
            assert opened(SMALL, stored, start, length) == told


def test_a_range_reads_the_segments_it_touches_and_no_more() -> None:
    stored, read = sealed(os.urandom(100_000)), []

    def reading(begin: int, many: int) -> list[bytes]:
        read.append((begin, many))
        return [stored[begin : begin + many]]

    assert len(b"".join(SMALL.opened(reading, size=len(stored), start=50_000, length=10))) == 10
    assert sum(many for _, many in read) <= 2 * 128 + HEADER


def test_pieces_of_any_length_seal_to_the_same_bytes() -> None:
    plain = os.urandom(3000)
    pieces = [plain[begin : begin + 7] for begin in range(0, 3000, 7)]
    assert b"".join(SMALL.sealed(pieces, head=HEAD)) == sealed(plain)


@pytest.mark.parametrize("position", [0, 1, 35, 60, 127, 128, 300, -17, -1])
def test_a_flipped_bit_is_found_in_whichever_segment_it_is(position: int) -> None:
    stored = bytearray(sealed(os.urandom(500)))
    stored[position] ^= 1
    with pytest.raises(Bent) as bent:
        opened(SMALL, bytes(stored))
    assert bent.value.segment == (position % len(stored)) // 128


def test_segments_cut_off_swapped_or_added_are_found() -> None:
    stored = sealed(os.urandom(500))
    cut = [stored[:256], stored[:-1], stored[: 128 * 3], stored[:HEADER], stored[:10], b""]
    swapped = stored[:128] + stored[256:384] + stored[128:256] + stored[384:]
    doubled = stored[:256] + stored[128:256] + stored[256:]
    for bad in [*cut, swapped, doubled, stored + stored[-50:], stored + b"\0" * 128]:
        with pytest.raises(Bent):
            opened(SMALL, bad)


def test_another_key_another_recording_and_another_size_open_nothing() -> None:
    stored = sealed(b"the desk agreed to the level")
    for other in (
        Sealing(key=bytes(32), bound=SMALL.bound, segment=128),
        Sealing(key=SMALL.key, bound=b"another native", segment=128),
    ):
        with pytest.raises(Bent):
            opened(other, stored)
    assert b"level" not in stored
