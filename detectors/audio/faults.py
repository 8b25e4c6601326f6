"""Why a file could not be heard: one fault, a reason code, a sentence for a person, and a cure."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Codes that quarantine, reports and tests may rely on; their wording lives below."""

    EMPTY = "empty"
    TRUNCATED = "truncated"
    MISDECLARED = "misdeclared"
    NOT_AUDIO = "not_audio"
    UNSUPPORTED_CODEC = "unsupported_codec"
    NO_AUDIO_STREAM = "no_audio_stream"
    SEVERAL_STREAMS = "several_streams"
    TOO_MANY_CHANNELS = "too_many_channels"
    TOO_LONG = "too_long"
    TOO_BIG = "too_big"
    DAMAGED = "damaged"
    DECODER_TIMED_OUT = "decoder_timed_out"
    DECODER_DIED = "decoder_died"


SENTENCES: dict[Reason, tuple[str, str]] = {
    Reason.EMPTY: (
        "The file holds no sound{detail}.",
        "Fetch it again from the recorder; if it is empty there too, report the gap on that line.",
    ),
    Reason.TRUNCATED: (
        "A part of the recording is missing{detail}.",
        "Transfer it again from the recorder and compare sizes; release it only if the rest is lost.",
    ),
    Reason.MISDECLARED: (
        "The file holds more sound than its header admits{detail}.",
        "The recorder was probably cut off while writing; have it repair and export the call again.",
    ),
    Reason.NOT_AUDIO: (
        "This is not an audio recording{detail}.",
        "Send WAV, MP3, Opus, FLAC, M4A or AMR; playlists, archives and documents are not opened.",
    ),
    Reason.UNSUPPORTED_CODEC: (
        "The sound is stored in a way that Earshot does not decode{detail}.",
        "Export the call as PCM or G.711 WAV, MP3, Opus, FLAC, AAC, GSM or AMR and keep the native file.",
    ),
    Reason.NO_AUDIO_STREAM: (
        "The file is readable but has no sound in it{detail}.",
        "Check that the recorder exports the audio track.",
    ),
    Reason.SEVERAL_STREAMS: (
        "The file holds several separate sound tracks{detail}.",
        "Export one file with a channel for each party, or one file for each track.",
    ),
    Reason.TOO_MANY_CHANNELS: (
        "The file has more channels than are allowed{detail}.",
        "Split the recording, or raise the limit if such recordings are expected.",
    ),
    Reason.TOO_LONG: (
        "The recording is longer than is allowed{detail}.",
        "Split it at the recorder, or raise the limit if such recordings are expected.",
    ),
    Reason.TOO_BIG: (
        "The recording needs more room than is allowed{detail}.",
        "A small file that unpacks into an enormous one is a known attack: ask where it came from.",
    ),
    Reason.DAMAGED: (
        "Parts of the file cannot be decoded{detail}.",
        "Transfer it again from the recorder; if it is damaged there too, keep it and report the gap.",
    ),
    Reason.DECODER_TIMED_OUT: (
        "Decoding was stopped because it took too long{detail}.",
        "Try again when the machine is quieter; if it repeats, the file is crafted or damaged.",
    ),
    Reason.DECODER_DIED: (
        "The decoder broke down on this file{detail}.",
        "Try again once; if it repeats, the file is crafted or damaged and a person should look at it.",
    ),
}

# Worth another try by machine: the cause may lie in the machine rather than in the file.
PASSING = frozenset({Reason.DECODER_TIMED_OUT, Reason.DECODER_DIED})


class AudioUnreadable(Exception):
    """A recording that could not be decoded within its bounds.

    `reason` is the code, `sentence` says what is wrong, `cure` what a person can do about it.
    """

    def __init__(self, reason: Reason | str, detail: str = "") -> None:
        self.reason = Reason(reason)
        self.detail = detail
        sentence, self.cure = SENTENCES[self.reason]
        self.sentence = sentence.format(detail=f": {detail}" if detail else "")
        super().__init__(self.sentence)

    @property
    def may_pass(self) -> bool:
        """Whether trying again without changing the file is reasonable."""
        return self.reason in PASSING

    def __reduce__(self) -> tuple[type[AudioUnreadable], tuple[str, str]]:
        return type(self), (self.reason.value, self.detail)


class DecoderUnavailable(Exception):
    """No decoder could be started, or the scratch disk is full: the machine's fault, not the file's."""


def clock(seconds: float) -> str:
    """Seconds as people write them: 75 → 1:15, 3700 → 1:01:40."""
    whole = int(seconds + 0.5)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
