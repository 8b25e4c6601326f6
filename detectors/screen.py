"""A transcript becomes findings: one for each stretch of talk and category, and each says why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from detectors.findings import Finding, Reason, Screening, SetAside, call_risk
from detectors.fused import Fused, Risks
from detectors.fusion import Fusion
from detectors.hearing import aside, excused, findings_of
from detectors.intent.told import told
from detectors.risk import Lexicon, hits_of
from detectors.stretches import stretches
from policies.reading import Place
from policies.schema import CATEGORIES, PolicySet
from search.tokens import Streams, streams
from search.transcript import Transcript

if TYPE_CHECKING:
    from detectors.intent.reader import Read, Reader

__all__ = [
    "Finding",
    "Listened",
    "Reason",
    "Screener",
    "Screening",
    "SetAside",
    "call_risk",
    "category_title",
]

_OUTDONE: Final = "another category is heard more surely in this stretch"


@dataclass(frozen=True, kw_only=True)
class Listened:
    """A transcript with the places of policies and the reading of its passages, before anything is judged."""

    transcript: Transcript
    streams: Streams
    places: Sequence[Place]
    reads: Sequence[Read]


class Screener:
    """Policies, and the reader if there is one, made ready once for many transcripts; safe between threads."""

    def __init__(
        self, policy_set: PolicySet, reader: Reader | None = None, fusion: Fusion | None = None
    ) -> None:
        self.policy_set = policy_set
        self._lexicon = Lexicon(policy_set)
        self._fused = (
            Fused(policy_set, self._lexicon, reader, fusion or Fusion.fitted())
            if reader is not None
            else None
        )

    @property
    def reader_sha256(self) -> str:
        """Which reader reads beside the policies; empty where none does."""
        return self._fused.reader.sha256 if self._fused else ""

    def screen(self, transcript: Transcript) -> list[Finding]:
        """The findings in the order of talk."""
        return list(self.read(transcript).findings)

    def categories(self, transcript: Transcript) -> frozenset[str]:
        """Only the categories that would be found, without saying why: what back-tests and measurements ask."""
        hits = self._lexicon.hits(streams(transcript))
        found = stretches([hit for hit in hits if hit.unless is None])
        if self._fused is None:
            return frozenset(finding.category for finding in findings_of(found, transcript)[0])
        return self._fused.categories(transcript, found)

    def read(self, transcript: Transcript) -> Screening:
        """The findings, and what was set aside with the words or the reading that spoke for it."""
        return self.judge(self.listen(transcript))

    def listen(self, transcript: Transcript) -> Listened:
        """What policies and reader make of a transcript: most of the work of a screening."""
        spoken = streams(transcript)
        return Listened(
            transcript=transcript,
            streams=spoken,
            places=self._lexicon.heard(spoken),
            reads=self._fused.reader.read(transcript) if self._fused else (),
        )

    def judge(self, listened: Listened) -> Screening:
        """The screening that follows from what was heard."""
        transcript, reads = listened.transcript, listened.reads
        hits = hits_of(listened.places, listened.streams)
        found = stretches([hit for hit in hits if hit.unless is None])
        heard, outdone = findings_of(found, transcript)
        set_aside = [excused(hit) for hit in hits if hit.unless is not None]
        if self._fused is None:
            return self._screening(heard, [*set_aside, *(aside(finding, _OUTDONE) for finding in outdone)])
        risks = self._fused.risks(transcript, found, reads)
        kept = self._fused.findings(transcript, found, reads, risks)
        set_aside += [
            aside(finding, _unshared(finding, risks))
            for finding in (*heard, *outdone)
            if not any(_same(finding, other) for other in kept)
        ]
        return self._screening(kept, set_aside, reads)

    def _screening(
        self, kept: Iterable[Finding], set_aside: Iterable[SetAside], reads: Sequence[Read] = ()
    ) -> Screening:
        return Screening(
            findings=tuple(sorted(kept, key=lambda finding: (finding.start, finding.category))),
            set_aside=tuple(set_aside),
            policies_sha256=self.policy_set.sha256,
            reader_sha256=self.reader_sha256,
            read=tuple(told(reads)),
        )


def _same(finding: Finding, other: Finding) -> bool:
    return finding.category == other.category and finding.start <= other.end and other.start <= finding.end


def _unshared(finding: Finding, risks: Risks) -> str:
    share = max(
        (risk for (turn, what), risk in risks.items() if what == finding.category and turn == finding.turn),
        default=0.0,
    )
    return f"read in its context the risk is {share:.2f}: below the threshold"


def category_title(category: str) -> str:
    """The category as a reader meets it."""
    return CATEGORIES[category]
