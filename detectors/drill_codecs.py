"""Over which lines and codecs a drill is sent, as recorders write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Codec:
    """How a recorder writes: container, encoder, channels, bits a second where it is lossy."""

    title: str
    ending: str
    container: str
    encoder: str
    channels: int = 2
    bit_rate: int = 0
    options: tuple[tuple[str, str], ...] = ()
    babble: bool = False


# GSM full rate is what older field recorders write; FFmpeg reads it and cannot write it, so AMR stands for mobiles.
CODECS: Final[Mapping[str, Codec]] = {
    "mulaw": Codec(title="G.711 µ-law", ending="wav", container="wav", encoder="pcm_mulaw"),
    "alaw": Codec(title="G.711 A-law", ending="wav", container="wav", encoder="pcm_alaw"),
    "amr": Codec(
        title="AMR 12.2 kbit/s, one channel",
        ending="amr",
        container="amr",
        encoder="libopencore_amrnb",
        channels=1,
        bit_rate=12200,
    ),
    "opus": Codec(
        title="Opus 24 kbit/s",
        ending="ogg",
        container="ogg",
        encoder="libopus",
        bit_rate=24000,
        # Two mouths, not one stage: without it quiet lanes are folded into loud ones.
        options=(("application", "voip"), ("mapping_family", "255")),
    ),
    "mp3": Codec(
        title="MP3 16 kbit/s",
        ending="mp3",
        container="mp3",
        encoder="libmp3lame",
        bit_rate=16000,
        options=(("joint_stereo", "0"),),
    ),
    "babble": Codec(
        title="µ-law, babble at 10 dB", ending="wav", container="wav", encoder="pcm_mulaw", babble=True
    ),
}
CLEAN: Final = "mulaw"
