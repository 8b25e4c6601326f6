"""The heart of the decoder child: one opened medium, its sound in blocks, and what is measured on the way.

Runs only inside the bounded child (child.py); the parent never hands untrusted bytes to FFmpeg itself.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import IO, Any

import av
import av.error
import av.logging
import numpy as np
import numpy.typing as npt

from detectors.audio.faults import AudioUnreadable, Reason, clock
from detectors.audio.media import Level, Limits, MediaFacts
from detectors.audio.signature import check_declared, demuxer

# PCM of every width, the codecs that recorders, radios, phones and browsers write, and no other.
DECODERS = frozenset(
    {
        "pcm_alaw",
        "pcm_mulaw",
        "pcm_u8",
        "pcm_s8",
        "pcm_s16le",
        "pcm_s16be",
        "pcm_s24le",
        "pcm_s24be",
        "pcm_s32le",
        "pcm_s32be",
        "pcm_f32le",
        "pcm_f32be",
        "pcm_f64le",
        "pcm_f64be",
        "gsm",
        "gsm_ms",
        "mp3",
        "mp3float",
        "opus",
        "libopus",
        "vorbis",
        "flac",
        "aac",
        "alac",
        "amrnb",
        "amrwb",
        "adpcm_ms",
        "adpcm_ima_wav",
        "adpcm_g722",
    }
)
WINDOW = 0.1  # seconds over which loudness is taken
Block = npt.NDArray[np.float32]


class Listening:
    """One medium, opened from a descriptor with one forced demuxer, decoded once from start to end."""

    def __init__(self, source: IO[bytes], limits: Limits, rate: int | None) -> None:
        self.limits = limits
        self.size = os.fstat(source.fileno()).st_size
        if self.size > limits.file_bytes:
            raise AudioUnreadable(Reason.TOO_BIG, f"it is {self.size:,} bytes")
        self.container_name = demuxer(source.fileno(), self.size)
        self.declared = self._declared_by_header(source.fileno())
        self.container = self._open(source)
        self.stream = self._only_stream()
        self.rate = rate or self.stream.sample_rate
        self.channels: int = self.stream.channels
        self.faulty = 0
        self.decoded = 0  # samples a channel, at self.rate
        self._window = max(1, int(self.rate * WINDOW))
        self._rest: Block = np.zeros((self.channels, 0), np.float32)
        self._peak = np.zeros(self.channels)
        self._loudest = np.zeros(self.channels)

    def _declared_by_header(self, fd: int) -> float | None:
        try:
            return check_declared(fd, self.size, self.container_name)
        except AudioUnreadable as fault:
            if fault.reason in (Reason.TRUNCATED, Reason.MISDECLARED) and self.limits.accept_truncated:
                return None
            raise

    def _open(self, source: IO[bytes]) -> Any:
        options = {
            "format_whitelist": self.container_name,
            "codec_whitelist": ",".join(sorted(DECODERS)),
            "protocol_whitelist": "none",  # bytes come from our descriptor; no URL may be opened
            "enable_drefs": "0",
        }
        if self.container_name == "wav":
            options = {**options, "max_size": "65536"}
        try:
            return av.open(
                source,
                format=self.container_name,
                options=options,
                metadata_errors="ignore",
                buffer_size=1 << 18,
            )
        except (av.error.InvalidDataError, av.error.EOFError, av.error.ArgumentError) as fault:
            raise AudioUnreadable(
                Reason.NOT_AUDIO, f"it begins like {self.container_name} and is not"
            ) from fault

    def _only_stream(self) -> Any:
        streams = list(self.container.streams.audio)
        if not streams:
            raise AudioUnreadable(Reason.NO_AUDIO_STREAM)
        if len(streams) > 1:
            raise AudioUnreadable(Reason.SEVERAL_STREAMS, f"{len(streams)} of them")
        stream = streams[0]
        context = stream.codec_context
        if context is None or context.codec.name not in DECODERS:
            name = "unknown codec" if context is None else context.codec.long_name or context.codec.name
            raise AudioUnreadable(Reason.UNSUPPORTED_CODEC, name)
        if not 1 <= stream.channels <= self.limits.channels:
            raise AudioUnreadable(
                Reason.TOO_MANY_CHANNELS, f"{stream.channels}, and {self.limits.channels} are allowed"
            )
        if not 4000 <= (stream.sample_rate or 0) <= 384_000:
            raise AudioUnreadable(Reason.DAMAGED, f"a sampling rate of {stream.sample_rate} Hz")
        self.declared = self._declared_by_container(stream)
        if (self.declared or 0) > self.limits.seconds:
            self._refuse_length(self.declared or 0)
        context.thread_count = 1
        return stream

    def _declared_by_container(self, stream: Any) -> float | None:
        """Only lengths that are written, not guessed, count: FLAC's, MP4's, and those we read ourselves."""
        if self.declared is not None or self.container_name not in ("flac", "mov"):
            return self.declared
        return float(stream.duration * stream.time_base) if stream.duration else None

    def _refuse_length(self, seconds: float) -> None:
        raise AudioUnreadable(
            Reason.TOO_LONG, f"{clock(seconds)}, and {clock(self.limits.seconds)} is allowed"
        )

    def _frames(self) -> Iterator[Any]:
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                return
            except (av.error.InvalidDataError, av.error.PatchWelcomeError):
                self.faulty += 1
                if self.faulty > 10_000:
                    return
                continue
            yield from frames

    def _resampled(self) -> Iterator[Any]:
        resampler = None
        first = None
        for frame in self._frames():
            frame.pts = None
            shape = (frame.format.name, frame.layout.nb_channels, frame.sample_rate)
            if resampler is None:
                first = shape
                resampler = av.AudioResampler(format="flt", layout=frame.layout, rate=self.rate)
            if shape != first or shape[1] != self.channels:
                raise AudioUnreadable(Reason.DAMAGED, "channels or sampling rate change on the way")
            yield from resampler.resample(frame)
        if resampler is not None:
            yield from resampler.resample(None)

    def blocks(self) -> Iterator[Block]:
        """About a second of sound at a time: float32 (channels, n) in −1…1. Measures levels as it goes.

        Raises AudioUnreadable (too_long, damaged, truncated, empty).
        """
        held: list[Block] = []
        length = 0
        for frame in self._resampled():
            # Interleaved: PyAV 18 reads past the planes of a planar frame of eight channels.
            held.append(frame.to_ndarray().reshape(-1, self.channels))
            length += len(held[-1])
            if length >= self.rate:
                yield self._measured(np.ascontiguousarray(np.concatenate(held).T))
                held, length = [], 0
        if held:
            yield self._measured(np.ascontiguousarray(np.concatenate(held).T))
        self._judge_length()

    def _measured(self, block: Block) -> Block:
        self.decoded += block.shape[1]
        if self.decoded > self.limits.seconds * self.rate:
            self._refuse_length(self.decoded / self.rate)
        block = np.nan_to_num(block, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        self._peak = np.maximum(self._peak, np.abs(block).max(axis=1))
        joined = np.concatenate((self._rest, block), axis=1)
        whole = joined.shape[1] // self._window
        self._rest = joined[:, whole * self._window :]
        if whole:
            self._note_loudness(joined[:, : whole * self._window].reshape(self.channels, whole, self._window))
        return block

    def _note_loudness(self, windows: Block) -> None:
        power = np.square(windows).mean(axis=2, dtype=np.float64).max(axis=1)
        self._loudest = np.maximum(self._loudest, np.sqrt(power))

    def _judge_length(self) -> None:
        seconds = self.decoded / self.rate
        if self.decoded == 0:
            raise AudioUnreadable(Reason.DAMAGED if self.faulty else Reason.EMPTY)
        if self.limits.accept_truncated:
            return
        if self.faulty > 2 and self.faulty > 0.02 * max(1.0, seconds * 10):
            raise AudioUnreadable(Reason.DAMAGED, f"{self.faulty} pieces")
        declared = self.declared
        if declared is not None and declared - seconds > max(0.5, 0.01 * declared):
            raise AudioUnreadable(
                Reason.TRUNCATED, f"the header promises {clock(declared)} and {clock(seconds)} is there"
            )

    def facts(self) -> MediaFacts:
        """What was measured; complete only after `blocks` has been drained."""
        if self._rest.shape[1]:
            self._note_loudness(self._rest[:, np.newaxis, :])
        seconds = self.decoded / self.rate
        return MediaFacts(
            container=self.container_name,
            codec=self.stream.codec_context.codec.canonical_name,
            sample_rate=self.stream.sample_rate,
            channels=self.channels,
            duration=round(seconds, 4),
            declared_duration=None if self.declared is None else round(self.declared, 4),
            bit_rate=int(self.stream.codec_context.bit_rate or self.size * 8 / max(seconds, 0.001)),
            size=self.size,
            levels=tuple(
                Level(peak=_dbfs(peak), loudest=_dbfs(loud))
                for peak, loud in zip(self._peak, self._loudest, strict=True)
            ),
            faulty_packets=self.faulty,
        )

    def close(self) -> None:
        self.container.close()


def _dbfs(amplitude: float) -> float:
    """Decibels relative to full scale, floored at −120."""
    return round(20 * math.log10(max(float(amplitude), 1e-6)), 1)


av.logging.set_level(None)
