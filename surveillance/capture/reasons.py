"""Why a file is set aside: each reason has a code, a sentence for a person, and a cure."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """Our own reasons; those of the sound itself are `detectors.audio.Reason` and join them in receipts."""

    TOO_BIG_TO_KEEP = "too_big_to_keep"
    SILENT = "silent"
    UNKNOWN_SOURCE = "unknown_source"
    UNKNOWN_DESK = "unknown_desk"
    DESK_REFUSED = "desk_refused"
    SIDECAR_TOO_BIG = "sidecar_too_big"
    SIDECAR_UNREADABLE = "sidecar_unreadable"
    SIDECAR_UNRECOGNISED = "sidecar_unrecognised"
    SIDECAR_INCOMPLETE = "sidecar_incomplete"
    SIDECAR_CONTRADICTS = "sidecar_contradicts"
    START_IMPOSSIBLE = "start_impossible"
    ORPHANED = "orphaned"
    STUMBLED = "stumbled"


SENTENCES: dict[Why, tuple[str, str]] = {
    Why.TOO_BIG_TO_KEEP: (
        "The file is larger than is taken in: {detail}. It was not kept.",
        "Split it at the recorder, or raise EARSHOT_MAX_MEDIA_BYTES, and hand it in again.",
    ),
    Why.SILENT: (
        "Nothing is heard on any channel from beginning to end: {detail}.",
        "Check the line and the recorder's input. If nobody was meant to speak, accept it as it is.",
    ),
    Why.UNKNOWN_SOURCE: (
        "No source of the name {detail} is declared.",
        "Declare it in the file that EARSHOT_SOURCES names, or retry it under the name of one that is.",
    ),
    Why.UNKNOWN_DESK: (
        "It belongs to a desk that Earshot does not know: {detail}.",
        "Open that desk or map the recorder's code for it, then retry; or say which desk it belongs to.",
    ),
    Why.DESK_REFUSED: (
        "Whoever handed it in may not do so for its desk: {detail}.",
        "Someone entitled to that desk can retry it; or grant the recorder that desk.",
    ),
    Why.SIDECAR_TOO_BIG: (
        "Its sidecar is larger than is taken in: {detail}. Neither was kept.",
        "Export the call with a sidecar that holds facts about it and no media, and hand both in again.",
    ),
    Why.SIDECAR_UNREADABLE: (
        "Its sidecar cannot be read: {detail}.",
        "Have the recorder write it again; or retry it with the desk and the start of the call.",
    ),
    Why.SIDECAR_UNRECOGNISED: (
        "Its sidecar fits no declared source: {detail}.",
        "Say which source wrote it, or declare that source's fields, then retry.",
    ),
    Why.SIDECAR_INCOMPLETE: (
        "Its sidecar does not tell what must be known: {detail}.",
        "Correct the source's field map, or retry it with what is missing.",
    ),
    Why.SIDECAR_CONTRADICTS: (
        "Its sidecar contradicts the sound: {detail}.",
        "Check that this sidecar belongs to this file. If the sound is right, accept it as it is.",
    ),
    Why.START_IMPOSSIBLE: (
        "The call cannot have started then: {detail}.",
        "Check the recorder's clock and time zone, then retry it with the true start.",
    ),
    Why.ORPHANED: (
        "Its bytes arrived, but Earshot was stopped before it had noted where they came from.",
        "Hand it in again with its sidecar; or retry it with the desk and the start of the call.",
    ),
    Why.STUMBLED: (
        "Earshot stumbled over it: the fault is Earshot's own, and its log tells more.",
        "Report it; retry after an update.",
    ),
}

# A person who knows what is wrong may have these taken as they are; the ledger keeps that they did.
ACCEPTABLE = frozenset(
    {
        Why.SILENT,
        Why.SIDECAR_UNREADABLE,
        Why.SIDECAR_UNRECOGNISED,
        Why.SIDECAR_INCOMPLETE,
        Why.SIDECAR_CONTRADICTS,
    }
    | {"truncated", "misdeclared"}
)
# The bytes of these are not in the spool; a retry would have nothing to read.
NOT_KEPT = frozenset({Why.TOO_BIG_TO_KEEP, Why.SIDECAR_TOO_BIG})


class Unfit(Exception):
    """This file cannot become a recording as it stands."""

    def __init__(self, code: str, reason: str, cure: str) -> None:
        super().__init__(reason)
        self.code, self.reason, self.cure = code, reason, cure


def unfit(why: Why, detail: str = "") -> Unfit:
    """The fault for one of our own reasons."""
    sentence, cure = SENTENCES[why]
    return Unfit(why, sentence.format(detail=detail), cure)
