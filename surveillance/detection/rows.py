"""A finding as it is kept: one row, the same for the same finding."""

from __future__ import annotations

from detectors.screen import Finding as Found
from surveillance.detection.models import Finding, Screening


def row_of(screening: Screening, item: Found) -> Finding:
    """The row, not saved yet."""
    return Finding(
        screening=screening,
        category=item.category,
        policy=item.policy,
        policy_version=item.version,
        score=item.score,
        start=item.start,
        end=item.end,
        turn=item.turn,
        speaker=item.speaker,
        channel=item.channel,
        words=item.words,
        why={
            "why": item.why,
            "severity": item.severity,
            "reasons": [reason.as_json() for reason in item.reasons],
            "shown": [shown.as_json() for shown in item.shown],
            "silent_score": item.silent_score,
            "exemplars": [{"text": near.text, "nearness": near.nearness} for near in item.exemplars],
        },
        second_eyes=item.second_review,
    )
