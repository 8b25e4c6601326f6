"""What a span of screened calls looks like: counts by feature, and how far they lie from the baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from surveillance.detection.grounds import ScreenedWords, screened_words
from surveillance.learning import drift
from surveillance.transcription.lines import lines

# Feature → how pages name it.
FEATURES: Mapping[str, str] = {
    "desk": "Desks",
    "length": "Length of calls",
    "language": "Languages",
    "engine": "Speech engine",
    "vocabulary": "Words",
    "risk": "Risk of calls",
    "read": "Reader’s probabilities",
    "alerts": "Alert rate",
}
SCORES = ("risk", "read")
# Reading every word of a week says no more than reading those of so many calls.
MOST_LINES = 500
FEWEST = 20  # calls; below that a week says nothing
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True, kw_only=True)
class Distance:
    """One feature of a span against the baseline; `chance` is what few calls alone reach (see `drift.chance`)."""

    feature: str
    psi: float
    ks: float | None
    chance: float
    counts: Mapping[str, int]

    @property
    def crossed(self) -> str:
        return drift.crossed(self.psi, self.chance)


def taken(since: datetime, until: datetime, *, known: Sequence[str] | None = None) -> tuple[int, Counts]:
    """How many calls were screened in [since, until), and their counts by feature."""
    calls = screened_words(since=since, until=until)
    told = {
        "desk": _counted(call.desk for call in calls),
        "length": _counted(drift.band(call.duration) for call in calls),
        "language": _counted(call.language or "?" for call in calls),
        "engine": _counted(call.engine for call in calls),
        "risk": _counted(drift.band(call.risk, drift.SCORES) for call in calls),
        "read": _counted(_reads(calls)),
        "alerts": _counted("flagged" if call.flagged else "silent" for call in calls),
    }
    versions = [call.version for call in calls[:MOST_LINES]]
    told["vocabulary"] = drift.vocabulary((one.line for one in lines(versions)), known=known)
    return len(calls), told


def distances(before: Counts, after: Counts, *, n: int, m: int) -> list[Distance]:
    """Every feature of `m` calls against the baseline of `n`."""
    found = []
    for feature in FEATURES:
        p, q = before.get(feature, {}), after.get(feature, {})
        if not p or not q:
            continue
        found.append(
            Distance(
                feature=feature,
                psi=drift.psi(p, q),
                ks=drift.ks(p, q, drift.bands(drift.SCORES)) if feature in SCORES else None,
                chance=drift.chance(len(p.keys() | q.keys()), n, m),
                counts=q,
            )
        )
    return found


def known_words(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The words a baseline counted one by one."""
    return [word for word in counts.get("vocabulary", {}) if word != drift.REST]


def _reads(calls: Iterable[ScreenedWords]) -> Iterator[str]:
    for call in calls:
        if call.reads:
            yield drift.band(max(call.reads.values()), drift.SCORES)


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names))
