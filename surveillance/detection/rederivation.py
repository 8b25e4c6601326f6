"""A past screening told again from its hashes: the same words, the editions of its set, the same reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from detectors.fusion import Fusion, Weights
from detectors.screen import Screener
from detectors.screen import Screening as Screened
from surveillance.core.errors import Missing
from surveillance.detection.by_person import REVIEWER
from surveillance.detection.models import Alert, Finding, Screening
from surveillance.detection.rows import row_of
from surveillance.detection.rules import reader
from surveillance.noise.quiet import UNSUPPRESSED, Quiet, parted
from surveillance.noise.selectors import undone_on
from surveillance.rulebook import selectors as rulebook
from surveillance.rulebook.editions import READER
from surveillance.transcription.lines import transcript_of

IDENTICAL, DIFFERS, IMPOSSIBLE = "identical", "differs", "impossible"
_FIELDS = tuple(
    "category policy policy_version score start end turn speaker channel words why second_eyes".split()
)


@dataclass(frozen=True, kw_only=True)
class Rederived:
    """What came of telling an alert again: identical to the byte, or where it differs, or why it cannot be told."""

    alert: int
    recording: str
    policies_sha256: str
    outcome: str
    findings: int
    told: str = ""


def alerts_to_tell(number: int | None = None) -> Iterator[int]:
    """The numbers of all alerts that policies raised, or the one asked for.

    Raises:
        Missing: there is none of that number.
    """
    found = Alert.objects.order_by("pk")
    if number is None:
        found = found.exclude(screening__policies_sha256=REVIEWER)
    else:
        found = found.filter(pk=number)
        if not found.exists():
            raise Missing(f"There is no alert {number}.", cure="Look at the queue.")
    yield from found.values_list("pk", flat=True).iterator()


def rederived(number: int) -> Rederived:
    """Tell the findings of an alert's screening again and hold them against those that are kept."""
    alert = Alert.objects.select_related("screening").get(pk=number)
    screening = alert.screening
    kept = [_canonical(row) for row in screening.findings.order_by("start", "pk")]
    outcome, told = IMPOSSIBLE, _impossible(screening)
    if not told:
        again = [_canonical(row) for row in _again(screening)]
        outcome = IDENTICAL if kept == again else DIFFERS
        told = "" if kept == again else _where(kept, again)
    return Rederived(
        alert=number,
        recording=str(screening.recording_id),
        policies_sha256=screening.policies_sha256,
        outcome=outcome,
        findings=len(kept),
        told=told,
    )


def _impossible(screening: Screening) -> str:
    if screening.policies_sha256 == REVIEWER:
        return "a person raised it by what they heard; no rule made it"
    if rulebook.reading(screening.policies_sha256) is None:
        return "the rulebook never noted this set: the call was screened before there was a rulebook"
    installed = reader()
    if screening.reader_sha256 and (installed is None or installed.sha256 != screening.reader_sha256):
        return f"the reader {screening.reader_sha256[:12]} is not installed here"
    if _quiet(screening, None).mark != screening.noise:
        return "noise was undone, restored or recognised otherwise since"
    return ""


def _again(screening: Screening) -> list[Finding]:
    screener = _screener(screening)
    return [row_of(screening, finding) for finding in _quiet(screening, screener).screened.findings]


def _screener(screening: Screening) -> Screener:
    """Policies, reader and the weights that fuse them, as they were in force when the call was screened."""
    policies = rulebook.policy_set(rulebook.reading(screening.policies_sha256) or ())
    if not screening.reader_sha256:
        return Screener(policies)
    standing = rulebook.one_in_force(READER, "risk", screening.at)
    told = standing.settings.get("fusion") if standing else None
    fusion = Fusion(line=Weights(**told["line"]), talk=Weights(**told["talk"])) if told else None
    return Screener(policies, reader(), fusion)


def _quiet(screening: Screening, screener: Screener | None) -> Quiet:
    """Part the screening as it was parted; without a screener nothing is read, for the mark alone."""
    transcript = transcript_of(screening.version_id)
    undone, deeds = undone_on(screening.recording_id)
    nothing = Screened(findings=(), set_aside=(), policies_sha256="")
    return parted(
        recording=screening.recording_id,
        version=screening.version_id,
        transcript=transcript,
        screened=screener.read(transcript) if screener else nothing,
        undone=undone,
        deeds=deeds,
        suppress=screening.noise != UNSUPPRESSED,
    )


def _canonical(row: Finding) -> str:
    """A finding as bytes: everything it says, in one form."""
    told: dict[str, Any] = {name: getattr(row, name) for name in _FIELDS}
    return json.dumps(told, sort_keys=True, ensure_ascii=False)


def _where(kept: list[str], again: list[str]) -> str:
    if len(kept) != len(again):
        return f"{len(kept)} findings are kept, {len(again)} are found again"
    first = next(nth for nth, pair in enumerate(zip(kept, again, strict=True)) if pair[0] != pair[1])
    return f"finding {first + 1} was {kept[first]} and is {again[first]}"
