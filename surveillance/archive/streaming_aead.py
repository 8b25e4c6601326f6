"""Bytes sealed in segments: streaming, authenticated, readable in ranges.

The wire format is AES-GCM-HKDF streaming as published by Tink (developers.google.com/tink/streaming-aead; Hoang,
Reyhanitabar, Rogaway and Vizár 2015, nonce-based STREAM): a header of length, salt and nonce prefix, then segments that
each bear a tag; the nonce counts the segments and marks the last, so that a segment that is moved, missing or bent is
found. Any Tink reads what is written here; Tink's own Python reads from the first byte on only, and a player asks for
ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEGMENT = 64 * 1024  # bytes of a sealed segment; what a player's range costs at least
SALT, PREFIX, TAG = 32, 7, 16
HEADER = 1 + SALT + PREFIX
LAST_SEGMENT = 2**32 - 1  # the nonce has four bytes for their number

Read = Callable[[int, int], Iterable[bytes]]


class Bent(Exception):
    """A segment is not what was sealed: changed, moved, cut off, of another recording, or of another key."""

    def __init__(self, segment: int) -> None:
        super().__init__(f"segment {segment} is not what was sealed")
        self.segment = segment


@dataclass(frozen=True, kw_only=True)
class Sealing:
    """How one run of bytes is sealed. `key`: 32 bytes; `bound`: what it belongs to, not secret and not stored."""

    key: bytes
    bound: bytes
    segment: int = SEGMENT

    def sealed(self, plain: Iterable[bytes], *, head: bytes) -> Iterator[bytes]:
        """The sealed bytes. `head`: 39 bytes, salt and nonce prefix, with this key never used for other bytes."""
        if len(head) != SALT + PREFIX:
            raise ValueError(f"the head has {SALT + PREFIX} bytes")
        cipher, prefix = self._cipher(head)
        yield bytes([HEADER]) + head
        numbers = count()
        waiting = bytearray()
        room = self._room(0)
        for piece in plain:
            waiting += piece
            while len(waiting) > room:  # not at equal: whether a segment is the last is known only later
                yield cipher.encrypt(_nonce(prefix, next(numbers), last=False), bytes(waiting[:room]), b"")
                del waiting[:room]
                room = self._room(1)
        yield cipher.encrypt(_nonce(prefix, next(numbers), last=True), bytes(waiting), b"")

    def opened(self, read: Read, *, size: int, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The plain bytes from `start` on, `length` of them or to the end; only the segments touched are read.

        `size` is that of the sealed bytes, `read(start, length)` gives a range of them.

        Raises:
            Bent: a segment does not verify. Nothing of it was given out.
        """
        whole = self.plain_size(size)
        end = whole if length is None else min(whole, start + length)
        if start >= end and whole:
            return
        first, last = self._segment_of(start), self._segment_of(max(end - 1, 0))
        final = self._segment_of(max(whole - 1, 0))
        begins, ends = self._begin(first), min(self._begin(last + 1), size)
        pieces = _Pieces(read(0 if first == 0 else begins, ends if first == 0 else ends - begins))
        header = pieces.take(HEADER) if first == 0 else b"".join(read(0, HEADER))
        if len(header) != HEADER or header[0] != HEADER:
            raise Bent(0)
        cipher, prefix = self._cipher(header[1:])
        for number in range(first, last + 1):
            stored = pieces.take(min(self._begin(number + 1), size) - self._begin(number))
            try:
                plain = cipher.decrypt(_nonce(prefix, number, last=number == final), stored, b"")
            except (InvalidTag, ValueError) as fault:
                raise Bent(number) from fault
            offset = self._plain_begin(number)
            yield plain[max(start - offset, 0) : end - offset]

    def sealed_size(self, plain: int) -> int:
        """How many bytes `plain` bytes are once they are sealed."""
        segments = self._segment_of(max(plain - 1, 0)) + 1
        return HEADER + plain + segments * TAG

    def plain_size(self, sealed: int) -> int:
        """How many bytes `sealed` bytes hold. Raises Bent where no sealing gives so many."""
        segments = -(-sealed // self.segment)
        plain = sealed - HEADER - segments * TAG
        if plain < 0 or segments > LAST_SEGMENT or self.sealed_size(plain) != sealed:
            raise Bent(max(segments - 1, 0))
        return plain

    def _cipher(self, head: bytes) -> tuple[AESGCM, bytes]:
        derived = HKDF(SHA256(), length=32, salt=head[:SALT], info=self.bound).derive(self.key)
        return AESGCM(derived), head[SALT:]

    def _room(self, number: int) -> int:
        """How many plain bytes a segment takes; the header goes off the first."""
        return self.segment - TAG - (HEADER if number == 0 else 0)

    def _segment_of(self, position: int) -> int:
        return (position + HEADER) // (self.segment - TAG)

    def _plain_begin(self, number: int) -> int:
        return max(number * (self.segment - TAG) - HEADER, 0)

    def _begin(self, number: int) -> int:
        return number * self.segment if number else HEADER


class _Pieces:
    """Pieces of any length, taken in lengths of ours."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._waiting = bytearray()

    def take(self, many: int) -> bytes:
        while len(self._waiting) < many:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._waiting += piece
        taken = bytes(self._waiting[:many])
        del self._waiting[:many]
        return taken


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    if number > LAST_SEGMENT:
        raise ValueError("too many segments for one sealing")
    return prefix + number.to_bytes(4, "big") + bytes([last])
