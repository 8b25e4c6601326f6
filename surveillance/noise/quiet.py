"""Parting a screening: what stands, what noise explains, and the mark of the noise that was taken into account."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings

from detectors.noise import VERSION, Aside, Span, recognise, set_aside
from detectors.screen import Finding, Screening, SetAside
from search.transcript import Transcript

UNSUPPRESSED = "off"
# Half of a stretch recognised anew must lie in what was undone for the undoing to hold for it.
_SAME = 0.5


@dataclass(frozen=True, kw_only=True)
class Undone:
    """A stretch that a person declared no noise; it holds for later versions of the words too."""

    kind: str
    channel: int
    start: float
    end: float

    def covers(self, span: Span) -> bool:
        shared = min(self.end, span.end) - max(self.start, span.start)
        same = self.kind == span.kind and self.channel == span.channel
        return same and shared >= _SAME * (span.end - span.start)


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """A screening without what noise explains, and what does: `screened` has only the findings that stand.

    `mark` names the noise that was taken into account; the same words, policies and mark give the same findings.
    """

    recording: UUID
    version: int
    screened: Screening
    spans: tuple[Span, ...]
    undone: frozenset[Span]
    aside: tuple[Aside[Finding], ...]
    mark: str


def parted(
    *,
    recording: UUID,
    version: int,
    transcript: Transcript,
    screened: Screening,
    undone: Sequence[Undone] = (),
    deeds: int = 0,
    suppress: bool = True,
) -> Quiet:
    """Recognise the noise of a transcript and part the findings; without `suppress` every finding stands.

    `deeds` counts what people undid and restored on this recording: each asks for a screening of its own.
    """
    spans = recognise(transcript) if suppress else []
    lifted = frozenset(span for span in spans if any(one.covers(span) for one in undone))
    kept, aside = set_aside(screened.findings, [span for span in spans if span not in lifted])
    return Quiet(
        recording=recording,
        version=version,
        screened=replace(
            screened,
            findings=tuple(kept),
            set_aside=(*screened.set_aside, *(_told(one) for one in aside)),
        ),
        spans=tuple(spans),
        undone=lifted,
        aside=tuple(aside),
        mark=_mark(undone, deeds) if suppress else UNSUPPRESSED,
    )


def _told(aside: Aside[Finding]) -> SetAside:
    finding = aside.finding
    return SetAside(
        category=finding.category,
        policy=finding.policy,
        version=finding.version,
        start=finding.start,
        end=finding.end,
        turn=finding.turn,
        words=finding.words,
        because=aside.span.why,
    )


def _mark(undone: Iterable[Undone], deeds: int) -> str:
    if not deeds:
        return VERSION
    told = sorted((one.kind, one.channel, round(one.start, 2), round(one.end, 2)) for one in undone)
    digest = hashlib.sha256(json.dumps([told, deeds]).encode()).hexdigest()
    return f"{VERSION}:{digest[:32]}"


def lot(recording: UUID, aside: Aside[Finding]) -> float:
    """A number of 0–1 for a silenced finding, uniform to whoever does not know the installation's secret."""
    finding = aside.finding
    told = f"{recording}|{aside.span.kind}|{finding.category}|{finding.policy}|{finding.start:.2f}"
    drawn = hmac.new(settings.SECRET_KEY.encode(), told.encode(), hashlib.sha256).digest()
    return int.from_bytes(drawn[:7], "big") / 2**56
