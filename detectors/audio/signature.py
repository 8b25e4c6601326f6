"""What a file says it is, read from its own bytes: the demuxer it is given to, and how much it declares.

FFmpeg's guessing is never used: a text file named .wav would otherwise be opened as a playlist and fetch
other files. Only the demuxers named here are ever opened, each forced by name.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from detectors.audio.faults import AudioUnreadable, Reason, clock

# Sizes that recorders write when they cannot seek back (FFmpeg, sox, unfinished files): "until the end".
UNKNOWN_SIZES = frozenset({0, 0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF, 0x80000000})
WAV_TOLERANCE = 0.1  # seconds that may be missing: one packet of the slowest recorder seen

OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"#EXTM3U", "a playlist"),
    (b"[playlist]", "a playlist"),
    (b"ffconcat", "a playlist"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"<?xml", "an XML document"),
    (b"<", "a web page or XML document"),
    (b"{", "a JSON document"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM film"),
    (b"0&\xb2u", "a Windows Media file"),
    (b"ID3", "a music tag without music"),
)


def demuxer(fd: int, size: int) -> str:
    """The one FFmpeg demuxer that may open the file, by its first bytes.

    Raises AudioUnreadable (empty, not_audio).
    """
    if size == 0:
        raise AudioUnreadable(Reason.EMPTY, "it is 0 bytes long")
    head = os.pread(fd, 4096, 0)
    if not head.strip(b"\0"):
        raise AudioUnreadable(Reason.NOT_AUDIO, "it begins with nothing but zero bytes")
    found = _by_magic(head) or _by_frames(fd, size, head)
    if found is None:
        kind = next((kind for magic, kind in OTHER_KINDS if head.lstrip().startswith(magic)), "")
        raise AudioUnreadable(Reason.NOT_AUDIO, f"it looks like {kind}" if kind else "its kind is unknown")
    return found


def _by_magic(head: bytes) -> str | None:
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] == b"ftyp":
        return "mov"
    magics = ((b"fLaC", "flac"), (b"OggS", "ogg"), (b"#!AMR", "amr"), (b".snd", "au"))
    return next((name for magic, name in magics if head.startswith(magic)), None)


def _by_frames(fd: int, size: int, head: bytes) -> str | None:
    """Formats without a signature: MPEG audio, ADTS and raw GSM, known by several frames in a row."""
    start = 0
    if head[:3] == b"ID3" and len(head) >= 10:
        start = 10 + sum(
            (byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)
        )
        head = os.pread(fd, 8192, start)
    if len(head) > 4 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    if start and head[:4] == b"fLaC":
        return "flac"
    if _mpeg_frames(head) >= (1 if start else min(2, size // 1500 + 1)):
        return "mp3"
    full = size // 33
    if (
        size % 33 == 0
        and full >= 2
        and all(head[i * 33] >> 4 == 0xD for i in range(min(full, 50, len(head) // 33)))
    ):
        return "gsm"
    return None


_BIT_RATES = {
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG-1 layer III, kbit/s
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG-2 and 2.5
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _mpeg_frame(head: bytes) -> tuple[int, int, int] | None:
    """(frame length in bytes, samples a frame, sample rate) of an MPEG layer III header, if it is one."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, rate_index, speed_index = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or not 0 < rate_index < 15 or speed_index == 3:
        return None
    bit_rate = _BIT_RATES[3 if version == 3 else 2][rate_index - 1] * 1000
    rate = _RATES[version][speed_index]
    samples = 1152 if version == 3 else 576
    return samples // 8 * bit_rate // rate + (head[2] >> 1 & 1), samples, rate


def _mpeg_frames(head: bytes) -> int:
    """How many MPEG audio frames follow one another from the start of these bytes."""
    count, at = 0, 0
    while (frame := _mpeg_frame(head[at : at + 4])) is not None:
        count, at = count + 1, at + frame[0]
    return count


@dataclass(frozen=True, kw_only=True)
class WavLayout:
    """Where the sound lies in a WAV and how much the header promises. Bytes; rate in bytes a second."""

    declared: int
    present: int
    trailing: int
    byte_rate: int


def check_declared(fd: int, size: int, demuxer_name: str) -> float | None:
    """Hold a WAV's header, an Ogg's last page or an MP4's boxes against the bytes that are there.

    Returns the declared seconds where the container's header is trusted over FFmpeg's estimate, else None.
    Raises AudioUnreadable (empty, truncated, misdeclared).
    """
    if demuxer_name == "wav":
        return _check_wav(wav_layout(fd, size))
    if demuxer_name == "ogg" and not _ogg_ends(fd, size):
        raise AudioUnreadable(Reason.TRUNCATED, "its last page is missing")
    if demuxer_name == "mov":
        _check_boxes(fd, size)
    if demuxer_name == "mp3":
        return _xing_seconds(os.pread(fd, 1 << 16, _after_id3(fd)))
    return None


def _check_wav(layout: WavLayout | None) -> float | None:
    if layout is None:
        return None
    rate = layout.byte_rate
    if layout.declared in UNKNOWN_SIZES:
        if layout.present == 0:
            raise AudioUnreadable(Reason.EMPTY, "there is a header and nothing after it")
        return None
    declared, missing = layout.declared / rate, (layout.declared - layout.present) / rate
    if layout.present == 0:
        raise AudioUnreadable(Reason.EMPTY, "there is a header and nothing after it")
    if missing > WAV_TOLERANCE:
        raise AudioUnreadable(
            Reason.TRUNCATED,
            f"the header promises {clock(declared)} and {clock(layout.present / rate)} is there",
        )
    if layout.trailing / rate > 1.0:
        raise AudioUnreadable(
            Reason.MISDECLARED,
            f"the header promises {clock(declared)} and {clock(layout.trailing / rate)} more follows",
        )
    return declared


def wav_layout(fd: int, size: int) -> WavLayout | None:
    """Walk the chunks of a RIFF or RF64 file. None where no data chunk or no byte rate is found."""
    byte_rate, data, long_size = 0, None, 0
    for name, at, length in _chunks(fd, size):
        if name == b"ds64":
            long_size = struct.unpack("<Q", os.pread(fd, 8, at + 8).ljust(8, b"\0"))[0]
        elif name == b"fmt ":
            byte_rate = struct.unpack("<I", os.pread(fd, 4, at + 8).ljust(4, b"\0"))[0]
        elif name == b"data":
            declared = long_size if length == 0xFFFFFFFF and long_size else length
            data = (at, declared)
            break
    if data is None or byte_rate <= 0:
        return None
    at, declared = data
    present = max(0, size - at)
    known = declared not in UNKNOWN_SIZES
    trailing = _unclaimed(fd, size, at + declared + declared % 2) if known and declared < present else 0
    return WavLayout(
        declared=declared,
        present=min(present, declared) if known else present,
        trailing=trailing,
        byte_rate=byte_rate,
    )


def _chunks(fd: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, offset of the body, declared length) of at most 200 chunks."""
    at = 12
    for _ in range(200):
        header = os.pread(fd, 8, at)
        if len(header) < 8 or at >= size:
            return
        name, length = header[:4], struct.unpack("<I", header[4:])[0]
        yield name, at + 8, length
        at += 8 + length + length % 2


def _unclaimed(fd: int, size: int, at: int) -> int:
    """Bytes after the data chunk that belong to no further chunk: sound the header does not know of."""
    for _ in range(200):
        header = os.pread(fd, 8, at)
        if len(header) < 8:
            return 0
        length = struct.unpack("<I", header[4:])[0]
        if not all(32 <= byte < 127 for byte in header[:4]) or at + 8 + length > size + 1:
            return size - at
        at += 8 + length + length % 2
    return size - at


def _ogg_ends(fd: int, size: int) -> bool:
    """Whether the last Ogg page is whole and marked as the end of its stream (RFC 3533, flag 0x04)."""
    tail_at = max(0, size - 70_000)  # a page is at most 65,307 bytes
    tail = os.pread(fd, 70_000, tail_at)
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) - at < 27:
        return False
    segments = tail[at + 26]
    table = tail[at + 27 : at + 27 + segments]
    whole = len(table) == segments and len(tail) - at >= 27 + segments + sum(table)
    return whole and bool(tail[at + 5] & 0x04)


def _check_boxes(fd: int, size: int) -> None:
    """Top-level MP4 boxes: each must end within the file, and the index (moov) must be there."""
    at, seen = 0, set()
    for _ in range(10_000):
        header = os.pread(fd, 16, at)
        if len(header) < 8:
            break
        length, name = struct.unpack(">I4s", header[:8])
        if length == 1 and len(header) == 16:
            length = struct.unpack(">Q", header[8:])[0]
        seen.add(name)
        if length == 0:
            break
        if length < 8 or at + length > size:
            raise AudioUnreadable(
                Reason.TRUNCATED, f"it is {size:,} bytes and its parts need {at + length:,}"
            )
        at += length
    if b"moov" not in seen and b"moof" not in seen:
        raise AudioUnreadable(Reason.TRUNCATED, "its index is missing")


def _after_id3(fd: int) -> int:
    head = os.pread(fd, 10, 0)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    return 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))


def _xing_seconds(head: bytes) -> float | None:
    """The length that an MP3's Xing or Info frame declares; other MP3s declare none."""
    frame = _mpeg_frame(head[:4])
    at = max(head.find(b"Xing", 0, 200), head.find(b"Info", 0, 200))
    if frame is None or at < 0 or len(head) < at + 12 or not head[at + 7] & 1:
        return None
    frames: int = struct.unpack(">I", head[at + 8 : at + 12])[0]
    return frames * frame[1] / frame[2]
