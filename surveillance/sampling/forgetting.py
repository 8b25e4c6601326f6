"""Letting go of the words that were written down of a drawn call whose time has come."""

from __future__ import annotations

from uuid import UUID

from surveillance.sampling.models import Judgement


def forget(recording: UUID) -> None:
    """Blank the words; the judgement stays, and so does the estimate that rests on it.

    The disposal that calls it is what is recorded.
    """
    for row in Judgement.objects.filter(item__recording_id=recording).exclude(words=""):
        row.words = ""
        row.save()
