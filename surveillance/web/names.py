"""What things are called on the pages: categories, stages, states, actions."""

from __future__ import annotations

from collections.abc import Mapping

from policies.schema import CATEGORIES

__all__ = ["CATEGORIES", "STAGES", "STATES"]

STAGES: Mapping[str, str] = {
    "archive": "Seal",
    "transcription": "Transcribe",
    "detection": "Screen",
    "indexing": "Index",
}

STATES: Mapping[str, str] = {"open": "Open", "second": "Awaiting second review", "closed": "Closed"}
