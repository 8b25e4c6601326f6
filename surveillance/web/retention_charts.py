"""When recordings end, month by month and by rule; the life of one recording; geometry only, drawn by the templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from surveillance.retention.hold_selectors import OnCall
from surveillance.retention.overview import Month
from surveillance.retention.told import Kept

WIDTH, HEIGHT, FLOOR = 600, 150, 128  # units of the drawing, not pixels
COLOURS = 5  # rules with a colour of their own; the rest share one
SPAN = 100.0


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a bar: one rule in one span of months."""

    rule: str
    many: int
    tone: int
    y: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One span of months, usually one month or one year."""

    label: str
    many: int
    x: float
    width: float
    pieces: tuple[Piece, ...]

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, kw_only=True)
class Ends:
    """The chart of ends, and its key: rule and tone, the most frequent first."""

    bars: tuple[Bar, ...]
    key: tuple[tuple[str, int], ...]


def ends(months: Sequence[Month]) -> Ends:
    """Bars by month while they are few, by year where they are many; empty where nothing ends."""
    if not months:
        return Ends(bars=(), key=())
    total: Counter[str] = Counter()
    for one in months:
        total.update(one.by_rule)
    names = [rule for rule, _ in total.most_common(COLOURS)]
    tones = {rule: names.index(rule) if rule in names else COLOURS for rule in total}
    by_year = len({one.month for one in months}) > 24
    gathered: dict[str, Counter[str]] = {}
    for one in months:
        label = f"{one.month:%Y}" if by_year else f"{one.month:%b %Y}"
        gathered.setdefault(label, Counter()).update(one.by_rule)
    top = max(sum(counts.values()) for counts in gathered.values())
    room = WIDTH / len(gathered)
    width = min(room - 4, 60.0)
    bars = tuple(
        Bar(
            label=label,
            many=sum(counts.values()),
            x=round(room * nth + (room - width) / 2, 1),
            width=round(width, 1),
            pieces=_pieces(counts, tones, top),
        )
        for nth, (label, counts) in enumerate(gathered.items())
    )
    rest = [("other rules", COLOURS)] if COLOURS in tones.values() else []
    return Ends(bars=bars, key=(*((rule, tones[rule]) for rule in names), *rest))


def _pieces(counts: Counter[str], tones: dict[str, int], top: int) -> tuple[Piece, ...]:
    made, y = [], float(FLOOR)
    for rule, many in sorted(counts.items(), key=lambda one: (tones[one[0]], one[0])):
        height = (FLOOR - 12) * many / top
        y -= height
        made.append(
            Piece(rule=rule, many=many, tone=tones[rule], y=round(y, 1), height=round(max(height, 0.6), 1))
        )
    return tuple(made)


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One line of a recording's life: per cent of the span drawn. `open`: it has no end yet."""

    kind: str
    words: str
    x: float
    width: float
    until: datetime | None
    open: bool


@dataclass(frozen=True, kw_only=True)
class Life:
    """From the call to the last end that is known; `today` in per cent."""

    begins: date
    ends: date
    today: float
    lanes: tuple[Lane, ...]


def life(kept: Kept, holds: Sequence[OnCall], *, started_at: datetime, at: datetime) -> Life:
    """Duties, the limit, holds and the lock of one recording on one line of time."""
    ends_known = [bar.until for bar in kept.duties if bar.until]
    ends_known += [one.until for one in holds if one.until]
    ends_known += [
        moment for moment in (kept.locked_until, kept.limit.until if kept.limit else None) if moment
    ]
    last = max([at + timedelta(days=30), started_at + timedelta(days=60), *ends_known])
    last = min(last, datetime(9990, 1, 1, tzinfo=UTC))

    def place(moment: datetime) -> float:
        return round(SPAN * max(0.0, (moment - started_at) / (last - started_at)), 2)

    def lane(kind: str, words: str, since: datetime, until: datetime | None) -> Lane:
        x = place(since)
        end = place(until) if until else SPAN
        return Lane(
            kind=kind, words=words, x=x, width=max(round(end - x, 2), 0.6), until=until, open=until is None
        )

    lanes = [lane("duty", bar.words, started_at, bar.until) for bar in kept.duties]
    lanes += [lane("hold", f"Hold for {one.matter}", one.since, one.until) for one in holds]
    if kept.locked_until:
        lanes.append(lane("lock", "Locked in the store", started_at, kept.locked_until))
    if kept.limit:
        lanes.append(lane("limit", kept.limit.words, started_at, kept.limit.until))
    return Life(begins=started_at.date(), ends=last.date(), today=min(place(at), SPAN), lanes=tuple(lanes))


@dataclass(frozen=True, kw_only=True)
class Step:
    """A point of the curve of locks: seconds, the share locked by then, and where it is drawn."""

    seconds: float
    share: float
    x: float
    y: float


def locking(seconds: Sequence[float]) -> list[Step]:
    """The share of a hold's objects that were locked in the store, by seconds since it was placed."""
    if not seconds:
        return []
    longest = max(seconds[-1], 1.0)
    marks = sorted({max(0, len(seconds) * share // 20 - 1) for share in range(21)})
    return [
        Step(
            seconds=seconds[mark],
            share=(mark + 1) / len(seconds),
            x=round(WIDTH * seconds[mark] / longest, 1),
            y=round(FLOOR - (FLOOR - 12) * (mark + 1) / len(seconds), 1),
        )
        for mark in marks
    ]
