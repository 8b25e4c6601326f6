"""Pages of a list: so many rows, and a cursor that stays true while the list grows and shrinks."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from rest_framework import serializers
from rest_framework.request import Request

from surveillance.core.errors import Invalid

Row = TypeVar("Row")
# Where a row stands in its list: numbers and texts that compare as the list is sorted.
Place = tuple[Any, ...]
LARGEST = 200


@dataclass(frozen=True, kw_only=True)
class Cut(Generic[Row]):
    """One page; `next` asks for the one after it, None on the last."""

    results: list[Row]
    next: str | None


class PageAsked(serializers.Serializer[Any]):
    """How much of a list is wanted, and from where."""

    limit = serializers.IntegerField(min_value=1, max_value=LARGEST, default=50)
    cursor = serializers.CharField(default="", allow_blank=True, help_text="`next` of the page before")


def cut(
    rows: Iterable[Row], place: Callable[[Row], Place], *, limit: int, after: Place | None = None
) -> Cut[Row]:
    """The next `limit` rows of a sorted list; of one not yet cut off there, behind the place `after`."""
    behind = (row for row in rows if after is None or place(row) > after)
    some = list(islice(behind, limit + 1))
    page = some[:limit]
    return Cut(results=page, next=text(place(page[-1])) if len(some) > limit else None)


def text(place: Place) -> str:
    """A place as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(list(place)).encode()).decode()


def read(cursor: str, *kinds: Callable[[Any], Any]) -> Place | None:
    """The place a cursor stands for; None for an empty one. `kinds` read the parts of the list's places.

    Raises:
        Invalid: it is no cursor of such a list.
    """
    if not cursor:
        return None
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor))
        return tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, TypeError, OverflowError) as fault:
        raise foreign() from fault


def asked(form: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query string, read through a form.

    Raises:
        ValidationError: something in it cannot be read.
    """
    given = form(data=request.query_params)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def foreign() -> Invalid:
    """The fault of a cursor that no page of this list has given."""
    return Invalid("This cursor belongs to no page of this list.", cure="Begin again without one.")
