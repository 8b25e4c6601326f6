"""Dates, times of day and tenors, told from the start of the call."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

from detectors.entities.entity import Found
from detectors.entities.said import Said

MONTHS: Mapping[str, int] = {
    name: nth
    for nth, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|"
        "october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
DAYS: Mapping[str, int] = {
    name: nth for nth, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())
}
# Months and days that are also words need one of these before them.
_PLAIN_MONTHS = frozenset("may march mar dec sep sept jan jun".split())
_BEFORE_A_MONTH = frozenset(
    "in of for by since until before after last next this early late mid from to through".split()
)
_ORDINAL = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)\Z")
_WRITTEN_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])(?::([0-5][0-9]))?(am|pm)?\Z")
_WRITTEN_HOUR = re.compile(r"([0-9]{1,2})(am|pm)\Z")
_TENOR = re.compile(r"([0-9]{1,3})([dwmy])\Z")
_UNITS: Mapping[str, str] = {"day": "D", "week": "W", "month": "M", "year": "Y"}
_PLURAL_TENORS: Mapping[str, str] = {
    "twos": "2Y", "threes": "3Y", "fives": "5Y", "sevens": "7Y", "tens": "10Y", "fifteens": "15Y", "twenties": "20Y",
    "thirties": "30Y", "fifties": "50Y",
}  # fmt: skip
_BEFORE_A_PLURAL = frozenset(
    "the in of long short versus buy sell pay receive cash fives twos tens and bid".split()
)
_AFTER_A_TENOR = frozenset(
    """
    forward forwards swap swaps libor sonia sofr euribor treasury treasuries gilt gilts bund bunds note notes bill bills
    point points fixing deposit rate rates yield paper bond bonds option options vol futures money auction tenor
    """.split()
)
_EVENING = frozenset("pub dinner drinks tonight evening supper restaurant bar".split())
_AFTER_AN_HOUR = frozenset(
    """
    a percent basis points million thousand hundred yard yards dollar pound euro yen k lots or people minutes minute
    hours hour days day weeks week months month years year times pips ticks handles over bid offer offered
    """.split()
)

Reader = Callable[[Said, int, date], Found | None]


def moments(said: Said, called: datetime) -> Iterator[Found]:
    """Every date, time and tenor of a turn of a call that began at `called`."""
    at = 0
    while at < len(said.tokens):
        found = next((one for read in _READERS if (one := read(said, at, called.date()))), None)
        if found is None:
            at += 1
            continue
        yield found
        while at < len(said.pieces) and said.pieces[at].first <= found.last:
            at += 1


def _found(kind: str, said: Said, first: int, last: int, value: str, confidence: float = 0.9) -> Found:
    return Found(kind, *said.words(first, last), value, confidence)


# --- dates


def _relative(said: Said, at: int, today: date) -> Found | None:
    words = said.tokens[at : at + 4]
    if words == ["the", "day", "after", "tomorrow"] or words[:3] == ["day", "after", "tomorrow"]:
        return _found("date", said, at, at + (3 if words[0] == "the" else 2), _iso(today + timedelta(days=2)))
    steps = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}
    if said.token(at) not in steps:
        return None
    last = at + 1 if said.token(at + 1) in ("morning", "afternoon", "evening", "night") else at
    if said.token(at) in ("today", "tonight"):  # said of everything and dated nothing
        return None
    return _found("date", said, at, last, _iso(today + timedelta(days=steps[said.token(at)])))


def _weekday(said: Said, at: int, today: date) -> Found | None:
    which = said.token(at) if said.token(at) in ("last", "next", "this", "on", "coming") else ""
    name = said.token(at + 1) if which else said.token(at)
    if name not in DAYS:
        return None
    first, last = (at, at + 1) if which else (at, at)
    ahead = (DAYS[name] - today.weekday() - 1) % 7 + 1
    monday = today - timedelta(days=today.weekday())
    if which == "last":
        day = today - timedelta(days=(today.weekday() - DAYS[name] - 1) % 7 + 1)
    elif which == "next":
        day = monday + timedelta(days=7 + DAYS[name])
    else:
        day = today + timedelta(days=ahead)
    return _found("date", said, first, last, _iso(day))


def _nth_weekday(said: Said, at: int, today: date) -> Found | None:
    start = at + 1 if said.token(at) == "the" else at
    nth = _ordinal(said.token(start))
    name = said.token(start + 1)
    if not nth or nth > 5 or name not in DAYS or said.token(start + 2) not in ("in", "of"):
        return None
    month = MONTHS.get(said.token(start + 3))
    if month is None:
        return None
    year = today.year + (month < today.month)
    days = [
        day
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
        if date(year, month, day).weekday() == DAYS[name]
    ]
    if nth > len(days):
        return None
    return _found("date", said, at, start + 3, _iso(date(year, month, days[nth - 1])))


def _day_month(said: Said, at: int, today: date) -> Found | None:
    """ "the 17th of december", "3 may 1984", "december 17th", each with or without a year."""
    start = at + 1 if said.token(at) == "the" else at
    day = _ordinal(said.token(start))
    if day:
        of = start + 2 if said.token(start + 1) == "of" else start + 1
        month, last = MONTHS.get(said.token(of)), of
    elif said.token(start).isdigit() and 0 < int(said.token(start)) <= 31 and start == at:
        day, month, last = int(said.token(at)), MONTHS.get(said.token(at + 1)), at + 1
        if said.token(at + 1) in _PLAIN_MONTHS and not _year(said.token(at + 2)):
            return None  # "five may go"
    elif said.token(at) in MONTHS:
        month, last = MONTHS[said.token(at)], at + 1
        follows = said.token(last)
        day = _ordinal(follows) or (int(follows) if follows.isdigit() and 0 < int(follows) <= 31 else 0)
        if said.token(at - 1) in ("expiry", "expires", "expiring", "exp") and follows.isdigit():
            return _found("date", said, at, last, f"20{int(follows):02d}-{month:02d}")
        if not day or (said.token(at) in ("may", "march") and not _ordinal(follows)):
            return None
    else:
        return None
    if month is None:
        return None
    year = _year(said.token(last + 1))
    return _dated(said, at, last + bool(year), today, (year, month, day))


def _dated(said: Said, first: int, last: int, today: date, told: tuple[int, int, int]) -> Found | None:
    year, month, day = told
    try:
        when = date(year or today.year, month, day)
        if not year and when < today - timedelta(days=182):
            when = when.replace(year=today.year + 1)
    except ValueError:
        return None
    return _found("date", said, first, last, _iso(when))


def _month(said: Said, at: int, today: date) -> Found | None:
    month = MONTHS.get(said.token(at))
    if month is None or (said.token(at) in _PLAIN_MONTHS and said.token(at - 1) not in _BEFORE_A_MONTH):
        return None
    if said.token(at) in ("may", "march") and said.token(at - 1) not in (
        "in",
        "of",
        "for",
        "by",
        "since",
        "until",
        "last",
    ):
        return None
    year = _year(said.token(at + 1))
    past = said.token(at - 1) == "last"
    when = year or today.year + (month < today.month and not past) - (past and month >= today.month)
    return _found("date", said, at, at + bool(year), f"{when}-{month:02d}", 0.8)


def _quarter(said: Said, at: int, today: date) -> Found | None:
    word = said.token(at)
    if not re.fullmatch(r"q[1-4]", word) and not (word == "q" and said.token(at + 1) in ("1", "2", "3", "4")):
        return None
    last = at if len(word) == 2 else at + 1
    nth = int(word[1] if len(word) == 2 else said.token(at + 1))
    year = _year(said.token(last + 1))
    now = (today.month - 1) // 3 + 1
    return _found("date", said, at, last + bool(year), f"{year or today.year + (nth < now)}-Q{nth}")


def _year(word: str) -> int:
    return int(word) if re.fullmatch(r"(?:19|20)[0-9]{2}", word) else 0


def _ordinal(word: str) -> int:
    if word == "second":  # the normal form of both "second" and "2nd"
        return 2
    written = _ORDINAL.match(word)
    return int(written[1]) if written else 0


def _iso(day: date) -> str:
    return day.isoformat()


# --- times of day


def _written_time(said: Said, at: int, today: date) -> Found | None:
    word = said.pieces[at].first
    text = said.texts[word].lower().strip(".,;!?")
    if at and said.pieces[at - 1].first == word:
        return None
    if written := _WRITTEN_TIME.match(text):
        if "." in text and not written[4]:
            return None
        hour, minute, second, half = int(written[1]), written[2], written[3], written[4]
        return Found(
            "time", word, word, f"{_of_day(hour, half):02d}:{minute}" + (f":{second}" if second else "")
        )
    if written := _WRITTEN_HOUR.match(text):
        return Found("time", word, word, f"{_of_day(int(written[1]), written[2]):02d}:00")
    return None


def _noon(said: Said, at: int, today: date) -> Found | None:
    first = at + 1 if said.token(at) == "at" else at
    value = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}.get(said.token(first))
    return _found("time", said, at, first, value) if value else None


def _clock(said: Said, at: int, today: date) -> Found | None:
    """ "half past two", "quarter to four", "five past four", "half eight", "twenty past nine"."""
    word = said.token(at)
    minutes = {"half": 30, "quarter": 15}.get(word, int(word) if word.isdigit() and int(word) < 30 else 0)
    turn, hour = said.token(at + 1), _hour(said.token(at + 2))
    if minutes and turn in ("past", "to") and hour is not None:
        if (
            turn == "to"
            and word.isdigit()
            and said.token(at - 1) not in ("at", "by", "until", "before", "after")
        ):
            return None  # "five to six people", "move it from ten to twelve"
        start = _business(said, at, hour)
        total = start * 60 + (minutes if turn == "past" else -minutes)
        last = _oclock(said, at + 2)
        return _found("time", said, at, last, _hhmm(total))
    hour = _hour(said.token(at + 1))
    if word == "half" and hour is not None and said.token(at + 2) not in _AFTER_AN_HOUR:
        return _found("time", said, at, at + 1, _hhmm(_business(said, at, hour) * 60 + 30), 0.8)
    return None


def _spoken_hour(said: Said, at: int, today: date) -> Found | None:
    """ "four o'clock", "ten a m", "eleven thirty", "at seven"."""
    hour = _hour(said.token(at))
    if hour is None:
        return None
    follows = said.token(at + 1)
    if follows == "oclock":
        return _found("time", said, at, at + 1, _hhmm(_business(said, at, hour) * 60))
    minute, last = (int(follows), at + 1) if re.fullmatch(r"[1-5][0-9]", follows) else (0, at)
    half, last = _half(said, last)
    if half:
        return _found("time", said, at, last, _hhmm(_of_day(hour, half) * 60 + minute))
    cue = said.token(at - 1) in ("at", "by", "until", "around", "before")
    if not cue or said.token(last + 1) in _AFTER_AN_HOUR or not said.joined(at, last):
        return None
    if last == at and (said.token(at - 1) != "at" or not _ends_there(said, last)):
        return None
    return _found("time", said, at, last, _hhmm(_business(said, at, hour) * 60 + minute), 0.7)


def _ends_there(said: Said, at: int) -> bool:
    """ "at seven" is a time where a sentence ends or a place or day follows, "at seven over" is a price."""
    return said.pieces[at].breaks or said.token(at + 1) in (
        "", "at", "on", "in", "tomorrow", "today", "tonight", "london", "sharp", "then", "please", "and",
    )  # fmt: skip


def _half(said: Said, last: int) -> tuple[str, int]:
    follows = said.token(last + 1)
    if follows in ("am", "pm"):
        return follows, last + 1
    if follows in ("a", "p") and said.token(last + 2) == "m":
        return f"{follows}m", last + 2
    return "", last


def _hour(word: str) -> int | None:
    return int(word) if word.isdigit() and 1 <= int(word) <= 12 else None


def _oclock(said: Said, at: int) -> int:
    return at + 1 if said.token(at + 1) == "oclock" else at


def _business(said: Said, at: int, hour: int) -> int:
    """An hour as a desk means it: one to six in the afternoon, seven in the evening where people meet."""
    if hour <= 6 or (hour < 12 and _EVENING & set(said.tokens)):
        return hour + 12
    return hour


def _of_day(hour: int, half: str | None) -> int:
    if half == "pm" and hour < 12:
        return hour + 12
    return 0 if half == "am" and hour == 12 else hour


def _hhmm(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


# --- tenors


def _tenor(said: Said, at: int, today: date) -> Found | None:
    word, follows = said.token(at), said.token(at + 1)
    if written := _TENOR.match(word):
        return _found("tenor", said, at, at, word.upper()) if int(written[1]) else None
    if word == "imm":
        return _found("tenor", said, at, at, "IMM")
    if word in ("i", "im") and said.tokens[at : at + 3] == ["i", "m", "m"]:
        return _found("tenor", said, at, at + 2, "IMM")
    if (word, follows) == ("front", "month"):
        return _found("tenor", said, at, at + 1, "M1")
    if word in ("tom", "tomorrow") and follows == "next":
        return _found("tenor", said, at, at + 1, "TN")
    if word == "overnight" and said.token(at - 1) in ("the", "in", "from", "of", "fund"):
        return _found("tenor", said, at, at, "ON", 0.7)
    if word == "spot" and said.token(at - 1) in ("from", "to", "versus", "against"):
        return _found("tenor", said, at, at, "SPOT", 0.8)
    return _plural(said, at) or _counted(said, at)


def _plural(said: Said, at: int) -> Found | None:
    value = _PLURAL_TENORS.get(said.token(at))
    if value is None or said.token(at + 1) == "of":  # "tens of people"
        return None
    second = _PLURAL_TENORS.get(said.token(at + 1))
    if second:
        return _found("tenor", said, at, at + 1, value + second)
    return _found("tenor", said, at, at, value, 0.8) if said.token(at - 1) in _BEFORE_A_PLURAL else None


def _counted(said: Said, at: int) -> Found | None:
    """ "three month" beside what has a term; "three months ago" is no tenor, nor is "a two week holiday"."""
    count, unit = said.token(at), said.token(at + 1)
    if not count.isdigit() or unit not in _UNITS or said.bare[said.pieces[at + 1].last].endswith("s"):
        return None
    value = f"{int(count)}{_UNITS[unit]}"
    second, again = said.token(at + 2), said.token(at + 3)
    if second.isdigit() and again in _UNITS:
        return _found("tenor", said, at, at + 3, f"{value}{int(second)}{_UNITS[again]}")
    near = {said.token(at + 2), said.token(at + 3)}
    cue = said.token(at - 1) in ("the", "to", "from", "in", "versus", "your", "a")
    if near & _AFTER_A_TENOR or (cue and count != "1") or said.token(at - 1) in ("to", "from"):
        return _found("tenor", said, at, at + 1, value, 0.8)
    return None


_READERS: tuple[Reader, ...] = (
    _written_time, _nth_weekday, _day_month, _relative, _weekday, _quarter, _tenor, _clock, _noon, _spoken_hour, _month,
)  # fmt: skip
