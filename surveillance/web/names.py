"""What things are called on the pages: categories, stages, states, actions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from policies.schema import CATEGORIES

__all__ = ["CATEGORIES", "STAGES", "STATES", "channel_name", "listed", "speaker_name"]

STAGES: Mapping[str, str] = {
    "archive": "Seal",
    "consent": "Consent",
    "transcription": "Transcribe",
    "mentions": "Name",
    "detection": "Screen",
    "indexing": "Index",
}

_UNNAMED = re.compile(r"channel (\d+)", re.IGNORECASE)

STATES: Mapping[str, str] = {"open": "Open", "second": "Awaiting second review", "closed": "Closed"}


def channel_name(channel: int) -> str:
    """A channel as people count it, from one."""
    return f"Channel {channel + 1}"


def speaker_name(speaker: str) -> str:
    """A speaker by name; one whom nobody named by the channel."""
    unnamed = _UNNAMED.fullmatch(speaker)
    return channel_name(int(unnamed[1])) if unnamed else speaker


def listed(text: str) -> list[str]:
    """The names, numbers or words that somebody typed, one a line or apart by semicolons."""
    return [line.strip() for line in text.replace(";", "\n").splitlines() if line.strip()]
