"""Policies and reader together: hot stretches of talk become findings that show what they rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from detectors.explaining import Piece, left_out, pieces, pieces_of, shown, telling
from detectors.findings import READER, Finding, Reason
from detectors.fusion import Fusion, Weights, evidence
from detectors.intent.passages import SEAM, Passage, passages
from detectors.risk import Hit, Lexicon
from detectors.stretches import STRETCH, reason_of, score_of, stretches, strongest
from policies.schema import CATEGORIES, PolicySet
from search.tokens import streams
from search.transcript import Transcript

if TYPE_CHECKING:
    from detectors.intent.reader import Read, Reader

# Turns between two hot ones that still make them one stretch.
_GAP: Final = 3
# A shorter passage explains as well as a longer one that bears no more than so much of its risk.
_NEARLY: Final = 0.6
Risks = Mapping[tuple[int, str], float]


class Fused:
    """A reader beside the policies; made once, safe between threads."""

    def __init__(self, policy_set: PolicySet, lexicon: Lexicon, reader: Reader, fusion: Fusion) -> None:
        self.reader = reader
        self.fusion = fusion
        self._lexicon = lexicon
        self._duties = _duties(policy_set)

    def categories(self, transcript: Transcript, found: Sequence[Sequence[Hit]]) -> frozenset[str]:
        """The categories whose risk reaches the threshold somewhere."""
        threshold = self.fusion.weights(transcript).threshold
        risks = self.risks(transcript, found, self.reader.read(transcript))
        return frozenset(category for (_, category), risk in risks.items() if risk >= threshold)

    def findings(
        self, transcript: Transcript, found: Sequence[Sequence[Hit]], reads: Sequence[Read], risks: Risks
    ) -> list[Finding]:
        """One finding for each run of turns whose risk of a category reaches the threshold."""
        threshold = self.fusion.weights(transcript).threshold
        return [
            self._finding(transcript, category, turns, found, reads, risks)
            for category, turns in _hot(transcript, risks, threshold)
        ]

    def risks(self, transcript: Transcript, found: Sequence[Sequence[Hit]], reads: Sequence[Read]) -> Risks:
        """The calibrated risk by turn and category."""
        weights = self.fusion.weights(transcript)
        spoken = evidence(reads, lexicon_scores(found), len(transcript.turns))
        return {place: weights.risk(item) for place, item in spoken.items()}

    def _rescored(
        self, transcript: Transcript, category: str, turns: Sequence[int], weights: Weights
    ) -> float:
        """The highest risk of a category in some turns, of a transcript that lost words."""
        hits = self._lexicon.hits(streams(transcript))
        found = stretches([hit for hit in hits if hit.unless is None])
        near = [p for p in passages(transcript) if p.first <= turns[-1] and turns[0] <= p.last]
        spoken = evidence(self.reader.read_passages(near), lexicon_scores(found), len(transcript.turns))
        inside = range(turns[0], turns[-1] + 1)
        return max(
            (
                weights.risk(item)
                for (turn, what), item in spoken.items()
                if what == category and turn in inside
            ),
            default=0.0,
        )

    def _finding(
        self,
        transcript: Transcript,
        category: str,
        turns: Sequence[int],
        found: Sequence[Sequence[Hit]],
        reads: Sequence[Read],
        risks: Risks,
    ) -> Finding:
        score = max(risks[turn, category] for turn in turns)
        hits = _hits_in(found, category, turns)
        hottest = _hottest(reads, category, turns)
        rest = self._effects(transcript, category, turns, hits, hottest)
        weights = self.fusion.weights(transcript)
        taken, silent = telling(
            transcript,
            turns,
            rest,
            score=lambda less: self._rescored(less, category, turns, weights),
            below=self.fusion.weights(transcript).threshold,
        )
        words = shown(transcript, taken)
        reader = Reason(
            policy=f"{READER}.{category}",
            version=self.reader.version,
            title=f"Read as {CATEGORIES[category].lower()}",
            duty=self._duties[category],
            weight=round(hottest.risks[category], 3) if hottest else 0.0,
            words=" … ".join(item.words for item in words),
            start=words[0].start,
            end=words[-1].end,
        )
        reasons = (*(reason_of(hit) for hit in strongest(hits).values()), reader) if hits else (reader,)
        first = transcript.turns[hits[0].heard.turn if hits else words[0].turn]
        policies = list(strongest(hits).values()) if hits else []
        return Finding(
            category=category,
            policy=reasons[0].policy,
            version=reasons[0].version,
            severity=policies[0].policy.severity if policies else "medium",
            second_review=any(hit.policy.second_review for hit in policies),
            score=round(score, 3),
            start=min(transcript.turns[turns[0]].start, *(item.start for item in words)),
            end=max(transcript.turns[turns[-1]].end, *(item.end for item in words)),
            turn=transcript.turns.index(first),
            speaker=first.speaker,
            channel=first.channel,
            words=reasons[0].words,
            reasons=reasons,
            shown=words,
            silent_score=round(silent, 3),
            exemplars=self.reader.exemplars(hottest.vector, category) if hottest else (),
        )

    def _effects(
        self,
        transcript: Transcript,
        category: str,
        turns: Sequence[int],
        hits: Sequence[Hit],
        hottest: Read | None,
    ) -> list[tuple[Piece, float]]:
        """Pieces of a stretch with how far the reading falls without each; words of policies come first."""
        heard = [(piece, 2.0) for piece in pieces_of(hits, transcript)]
        if hottest is None:
            return heard
        span = range(hottest.passage.first, hottest.passage.last + 1)
        rest = pieces(transcript, sorted({*turns, *span}))
        passages = []
        for piece in rest:
            less = left_out(transcript, [piece])
            text = SEAM.join(less.turns[turn].text for turn in span if less.turns[turn].words)
            passages.append(
                Passage(first=span[0], last=span[-1], before=hottest.passage.before, text=text or ".")
            )
        fallen = [
            hottest.risks[category] - read.risks[category] for read in self.reader.read_passages(passages)
        ]
        return [*heard, *zip(rest, fallen, strict=True)]


def lexicon_scores(found: Sequence[Sequence[Hit]]) -> dict[tuple[int, str], float]:
    """The policies' score by turn and category."""
    scores: dict[tuple[int, str], float] = {}
    for stretch in found:
        category, score = stretch[0].policy.category, score_of(stretch)
        for turn in {hit.heard.turn for hit in stretch}:
            scores[turn, category] = max(score, scores.get((turn, category), 0.0))
    return scores


def _hot(transcript: Transcript, risks: Risks, threshold: float) -> list[tuple[str, list[int]]]:
    """Runs of turns that bear a risk of a category, close enough to be one stretch of talk."""
    found: list[tuple[str, list[int]]] = []
    for category in CATEGORIES:
        run: list[int] = []
        for turn in sorted(t for (t, what), risk in risks.items() if what == category and risk >= threshold):
            if run and not _near(transcript, run[-1], turn):
                found.append((category, run))
                run = []
            run.append(turn)
        if run:
            found.append((category, run))
    return found


def _near(transcript: Transcript, one: int, other: int) -> bool:
    apart = transcript.turns[other].start - transcript.turns[one].end
    return other - one <= _GAP and (apart <= STRETCH or not transcript.timed)


def _hits_in(found: Sequence[Sequence[Hit]], category: str, turns: Sequence[int]) -> list[Hit]:
    """The hits within some turns of the stretches of a category: its own first, then what supports them."""
    inside = range(turns[0], turns[-1] + 1)
    near = [
        hit
        for stretch in found
        if stretch[0].policy.category == category
        for hit in stretch
        if hit.heard.turn in inside
    ]
    near.sort(key=lambda hit: hit.policy.category != category)
    return near if near and near[0].policy.category == category else []


def _hottest(reads: Sequence[Read], category: str, turns: Sequence[int]) -> Read | None:
    """The shortest passage within reach of some turns that bears nearly the most of a category."""
    near = [read for read in reads if read.passage.first <= turns[-1] and turns[0] <= read.passage.last]
    most = max((read.risks[category] for read in near), default=0.0)
    strong = [read for read in near if read.risks[category] >= _NEARLY * most]
    return min(
        strong, key=lambda read: (read.passage.last - read.passage.first, -read.risks[category]), default=None
    )


def _duties(policy_set: PolicySet) -> dict[str, tuple[str, ...]]:
    """For each category the duties its policies cite most."""
    cited: dict[str, Counter[str]] = {category: Counter() for category in CATEGORIES}
    for policy in policy_set.policies:
        cited[policy.category].update(policy.duty)
    return {
        category: tuple(duty for duty, _ in counted.most_common(2)) or (CATEGORIES[category],)
        for category, counted in cited.items()
    }
