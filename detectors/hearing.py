"""The policies alone: what they find in a transcript without a reader."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.explaining import words_of
from detectors.findings import Finding, SetAside
from detectors.risk import Hit
from detectors.stretches import end_of, reason_of, score_of, strongest
from policies.schema import THRESHOLD
from search.transcript import Transcript


def findings_of(
    found: Sequence[Sequence[Hit]], transcript: Transcript
) -> tuple[list[Finding], list[Finding]]:
    """Findings of the policies' stretches, and those that a surer category outdoes."""
    all_of_them = [_finding(stretch, transcript) for stretch in found if score_of(stretch) >= THRESHOLD]
    outdone = [finding for finding in all_of_them if _outdone(finding, all_of_them)]
    return [finding for finding in all_of_them if finding not in outdone], outdone


def excused(hit: Hit) -> SetAside:
    """A hit that its policy's `unless` found innocent."""
    return SetAside(
        category=hit.policy.category,
        policy=hit.policy.id,
        version=hit.policy.version,
        start=hit.heard.start,
        end=hit.heard.end,
        turn=hit.heard.turn,
        words=hit.heard.words,
        because=hit.unless.words if hit.unless else "",
    )


def aside(finding: Finding, because: str) -> SetAside:
    """A finding that does not stand, and why."""
    return SetAside(
        category=finding.category,
        policy=finding.policy,
        version=finding.version,
        start=finding.start,
        end=finding.end,
        turn=finding.turn,
        words=finding.words,
        because=because,
    )


def _outdone(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether a finding of hints alone stands where another category is heard more surely."""
    if finding.certain:
        return False
    beside = [other for other in others if other.start <= finding.end and finding.start <= other.end]
    return any(other.certain or other.score > finding.score for other in beside)


def _finding(stretch: Sequence[Hit], transcript: Transcript) -> Finding:
    hits = list(strongest(stretch).values())
    first = hits[0]
    return Finding(
        category=first.policy.category,
        policy=first.policy.id,
        version=first.policy.version,
        severity=first.policy.severity,
        second_review=any(hit.policy.second_review for hit in hits),
        score=score_of(stretch),
        start=min(hit.heard.start for hit in stretch),
        end=end_of(stretch),
        turn=first.heard.turn,
        speaker=first.heard.speaker,
        channel=first.heard.channel,
        words=first.heard.words,
        reasons=tuple(reason_of(hit) for hit in hits),
        shown=words_of(stretch, transcript),
    )
