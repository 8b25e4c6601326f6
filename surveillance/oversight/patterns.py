"""What abuse of the power to listen looks like in the ledger: a pattern each, with what honest work of the kind is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from surveillance.access.names import words
from surveillance.oversight.acts import Act, Found, World

Count = Callable[[Sequence[Act], World], Found]
LISTENED: Final = ("heard", "played", "sound fetched")
TAKEN: Final = (
    "native downloaded",
    "native fetched",
    "record re-created",
    "ledger exported",
    "data set exported",
)


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One pattern. `least`: fewer is never reported. `alone`: reported by itself, whatever others do; else only what is
    unusual beside peers and beside the person's own past. `days`: of acts it looks at; `actions`: which of them."""

    id: str
    title: str
    sees: str
    honest: str
    least: int
    count: Count
    unit: str
    alone: bool = False
    days: int = 1
    actions: tuple[str, ...] = ()
    severity: str = "medium"


def _some(acts: Iterable[Act], about: str = "") -> Found:
    chosen = list(acts)
    return Found(value=len(chosen), evidence=[act.sequence for act in chosen], about=about)


def _calls(acts: Iterable[Act], wanted: Callable[[Act], bool]) -> Found:
    """Distinct calls; the first act on each is the evidence."""
    first: dict[str, int] = {}
    for act in acts:
        if act.recording and wanted(act):
            first.setdefault(act.recording, act.sequence)
    return Found(value=len(first), evidence=list(first.values()))


def _most(groups: dict[str, list[int]]) -> Found:
    """The largest group: what it is about, and its entries."""
    if not groups:
        return Found()
    about = max(groups, key=lambda name: len(groups[name]))
    return Found(value=len(groups[about]), evidence=groups[about], about=about)


def _unalerted(acts: Sequence[Act], world: World) -> Found:
    return _calls(acts, lambda act: act.action in (*LISTENED, "viewed") and not world.alerted(act.recording))


def _bulk_listening(acts: Sequence[Act], world: World) -> Found:
    heard = [act for act in acts if act.action == "heard"]
    minutes = int(sum(act.seconds for act in heard) // 60)
    return Found(value=minutes, evidence=[act.sequence for act in heard])


def _one_person(acts: Sequence[Act], world: World) -> Found:
    groups: dict[str, list[int]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    for act in acts:
        if act.action in LISTENED and act.recording and not world.alerted(act.recording):
            for person in world.people(act.recording):
                if (person, act.recording) not in seen:
                    seen.add((person, act.recording))
                    groups[person].append(act.sequence)
    return _most(groups)


def _searches_on_person(acts: Sequence[Act], world: World) -> Found:
    groups: dict[str, list[int]] = defaultdict(list)
    for act in acts:
        if act.action == "searched" and act.person_sought:
            groups[" ".join(sorted(act.person_sought))].append(act.sequence)
    return _most(groups)


def _searches_on_self(acts: Sequence[Act], world: World) -> Found:
    def own(act: Act) -> bool:
        said = words(act.said)
        return any(name <= said for name in world.names(act.actor) if len(name) > 1)

    return _some(act for act in acts if act.action == "searched" and own(act))


def _probing(acts: Sequence[Act], world: World) -> Found:
    first: dict[str, int] = {}
    for act in acts:
        if act.action == "refused":
            first.setdefault(act.subject, act.sequence)
    return Found(value=len(first), evidence=list(first.values()))


def _walls(acts: Sequence[Act], world: World) -> Found:
    tried = [act for act in acts if act.action == "refused" and act.recording]
    return _some(act for act in tried if world.walled(act.actor, act.recording))


def _taking(acts: Sequence[Act], world: World) -> Found:
    return _some(act for act in acts if act.action in TAKEN)


def _off_hours(acts: Sequence[Act], world: World) -> Found:
    late = [act for act in acts if act.action == "heard" and _is_late(act, world)]
    return Found(value=int(sum(act.seconds for act in late) // 60), evidence=[act.sequence for act in late])


def _off_hours_taking(acts: Sequence[Act], world: World) -> Found:
    return _some(act for act in acts if act.action in TAKEN and _is_late(act, world))


def _is_late(act: Act, world: World) -> bool:
    return not world.usual(act.actor, act.at.hour, act.at.weekday() >= 5)


def _unheard(acts: Sequence[Act], world: World) -> Found:
    closed = [act for act in acts if act.action == "decided" and act.detail.get("action") != "escalate"]
    return _some(act for act in closed if float(act.detail.get("seconds_heard") or 0.0) < 3.0)


def _bulk_closing(acts: Sequence[Act], world: World) -> Found:
    return _some(act for act in acts if act.action == "decided")


def _in_a_burst(acts: Sequence[Act], world: World) -> Found:
    """The most decisions within ten minutes."""
    decided = [act for act in acts if act.action == "decided"]
    best: list[Act] = []
    first = 0
    for last, act in enumerate(decided):
        while act.at - decided[first].at > timedelta(minutes=10):
            first += 1
        if last - first + 1 > len(best):
            best = decided[first : last + 1]
    return _some(best)


def _same_pair(acts: Sequence[Act], world: World) -> Found:
    groups: dict[str, list[int]] = defaultdict(list)
    for act in acts:
        if act.action == "change put in force":
            groups[str(act.detail.get("proposed_by") or "")].append(act.sequence)
    found = _most(groups)
    total = sum(map(len, groups.values()))
    return found if total and found.value / total >= 0.9 else Found()


def _loosening(acts: Sequence[Act], world: World) -> Found:
    deeds = ("change proposed", "change put in force", "desk excluded from learning")
    return _some(act for act in acts if act.action in deeds)


def _noise(acts: Sequence[Act], world: World) -> Found:
    deeds = ("noise undone", "noise restored", "twin undone", "twin restored")
    return _some(act for act in acts if act.action in deeds)


def _shopping(acts: Sequence[Act], world: World) -> Found:
    return _some(act for act in acts if act.action in ("sample drawn", "sample closed"))


def _scraping(acts: Sequence[Act], world: World) -> Found:
    return _some(act for act in acts if act.detail.get("door") == "api")


def _ledger_on_self(acts: Sequence[Act], world: World) -> Found:
    pages = [act for act in acts if act.action == "viewed" and act.subject == "page:ledger"]
    return _some(act for act in pages if act.detail.get("actor") == act.actor)


def _shared(acts: Sequence[Act], world: World) -> Found:
    return _some(act for act in acts if act.action == "session refused")


def _grants(acts: Sequence[Act], world: World) -> Found:
    groups = Counter(act.subject for act in acts if act.action == "role granted")
    brief = {
        act.subject for act in acts if act.action == "role withdrawn" and groups.get(act.subject)
    }  # given and taken back within days: a power lent for a deed
    return _some(act for act in acts if act.action == "role granted" and act.subject in brief)


PATTERNS: Final[tuple[Pattern, ...]] = (
    Pattern(
        id="unalerted",
        title="Calls without an alert",
        unit="calls",
        least=12,
        count=_unalerted,
        sees="opens or hears calls that raised no alert",
        honest="samples, investigations, following a search",
    ),
    Pattern(
        id="bulk-listening",
        title="Bulk listening",
        unit="minutes",
        least=60,
        count=_bulk_listening,
        sees="hears far more in a day than peers and than before",
        honest="month ends, a backlog",
    ),
    Pattern(
        id="one-person",
        title="Listening to one person",
        unit="calls",
        least=8,
        count=_one_person,
        days=7,
        actions=LISTENED,
        sees="hears many unalerted calls of one person",
        honest="an open case on that person",
        severity="high",
    ),
    Pattern(
        id="searches-on-person",
        title="Searches on one person",
        unit="searches",
        least=8,
        days=7,
        count=_searches_on_person,
        actions=("searched",),
        sees="searches again and again for one person",
        honest="an open case on that person",
    ),
    Pattern(
        id="searches-on-self",
        title="Searches on oneself",
        unit="searches",
        least=1,
        alone=True,
        days=7,
        count=_searches_on_self,
        actions=("searched",),
        sees="searches for their own name",
        honest="hardly any",
        severity="high",
    ),
    Pattern(
        id="probing",
        title="Trying doors",
        unit="refusals",
        least=8,
        count=_probing,
        sees="is refused at many different calls or pages",
        honest="an old bookmark, a lost role",
    ),
    Pattern(
        id="walls",
        title="At a conflict wall",
        unit="tries",
        least=2,
        alone=True,
        days=7,
        count=_walls,
        actions=("refused",),
        sees="asks for a call of their own, or of their manager",
        honest="a link sent by others",
        severity="high",
    ),
    Pattern(
        id="taking-out",
        title="Taking recordings out",
        unit="files",
        least=8,
        count=_taking,
        sees="downloads or exports far more than usual",
        honest="a request of an authority",
        severity="high",
    ),
    Pattern(
        id="off-hours",
        title="Listening at odd hours",
        unit="minutes",
        least=15,
        count=_off_hours,
        sees="hears calls in hours in which they never work",
        honest="a deadline, a journey",
    ),
    Pattern(
        id="off-hours-taking",
        title="Taking out at odd hours",
        unit="files",
        least=3,
        alone=True,
        count=_off_hours_taking,
        sees="downloads or exports in hours in which they never work",
        honest="a deadline abroad",
        severity="high",
    ),
    Pattern(
        id="unheard",
        title="Closed unheard",
        unit="decisions",
        least=6,
        count=_unheard,
        sees="decides on alerts without having heard the call",
        honest="duplicates, plain errors of a policy",
        severity="high",
    ),
    Pattern(
        id="bulk-closing",
        title="Bulk closing",
        unit="decisions",
        least=40,
        count=_bulk_closing,
        sees="decides on far more alerts in a day than usual",
        honest="a backlog after a holiday",
    ),
    Pattern(
        id="burst",
        title="A burst of decisions",
        unit="decisions in ten minutes",
        least=12,
        count=_in_a_burst,
        sees="decides faster than anybody can listen",
        honest="duplicates",
    ),
    Pattern(
        id="same-pair",
        title="Always the same pair",
        unit="changes",
        least=6,
        alone=True,
        days=90,
        count=_same_pair,
        actions=("change put in force",),
        sees="puts in force what the same person proposed",
        honest="a team of two",
    ),
    Pattern(
        id="loosening",
        title="Changing the rules often",
        unit="changes",
        least=6,
        days=30,
        count=_loosening,
        actions=("change proposed", "change put in force", "desk excluded from learning"),
        sees="proposes or agrees to many changes of what is watched",
        honest="a yearly review",
        severity="high",
    ),
    Pattern(
        id="noise",
        title="Undoing and silencing",
        unit="deeds",
        least=10,
        count=_noise,
        sees="turns many stretches of talk into noise, or back",
        honest="a new recogniser",
    ),
    Pattern(
        id="shopping",
        title="Drawing until it suits",
        unit="rounds",
        least=5,
        days=7,
        count=_shopping,
        actions=("sample drawn", "sample closed"),
        sees="draws and closes sample after sample",
        honest="a retry or two",
        alone=True,
    ),
    Pattern(
        id="scraping",
        title="Reading by program",
        unit="requests",
        least=200,
        count=_scraping,
        sees="fetches by the API far more than before",
        honest="a new integration",
    ),
    Pattern(
        id="ledger-on-self",
        title="Reading the ledger on oneself",
        unit="times",
        least=2,
        alone=True,
        days=7,
        count=_ledger_on_self,
        actions=("viewed",),
        sees="looks up in the ledger what it says of them",
        honest="curiosity, once",
    ),
    Pattern(
        id="shared",
        title="A session in two places",
        unit="times",
        least=2,
        alone=True,
        days=7,
        count=_shared,
        actions=("session refused",),
        sees="their session is shown from another browser or address",
        honest="a change of network",
        severity="high",
    ),
    Pattern(
        id="lent-role",
        title="A role lent for days",
        unit="grants",
        least=1,
        alone=True,
        days=7,
        count=_grants,
        actions=("role granted", "role withdrawn"),
        sees="gives a role and takes it back within a week",
        honest="a mistake, mended",
    ),
)
BY_ID: Final = {pattern.id: pattern for pattern in PATTERNS}
