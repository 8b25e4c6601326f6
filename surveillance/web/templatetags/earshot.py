"""How times, sizes, risks and categories read on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from policies.schema import CATEGORIES
from surveillance.core.clock import now
from surveillance.web.places import Place
from surveillance.web.places import navigation as places_of

register = template.Library()

# A risk bar is red from here on; below the second figure it is calm. Only colour hangs on it.
HIGH, LOW = 0.7, 0.4
WHY = {"why": "Why", "sentence": "Why", "query_in_words": "Looks for", "in_words": "Looks for", "duty": "Duty", "duties": "Duty", "title": "About"}


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """One picture of the sprite; decoration only, the words beside it speak."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static("web/build/icons.svg"),
        name,
    )


@register.filter
def clock(seconds: float | None) -> str:
    """Seconds as 1:05 or 1:02:05."""
    whole = max(0, int(seconds or 0))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


@register.filter
def category(slug: str) -> str:
    """The name of a category of risk."""
    return CATEGORIES.get(slug, slug.replace("_", " ").capitalize())


@register.simple_tag
def badge(slug: str) -> SafeString:
    """A category with its colour."""
    return format_html('<span class="badge-cat cat-{}">{}</span>', slug, category(slug))


@register.simple_tag
def risk(value: float) -> SafeString:
    """Risk as a bar and a figure out of a hundred."""
    level = "high" if value >= HIGH else "low" if value < LOW else "middle"
    return format_html(
        '<span class="risk {}"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rail" width="100" height="10" rx="3"></rect>'
        '<rect class="level" width="{}" height="10" rx="3"></rect></svg>'
        '<span class="num"><span class="visually-hidden">Risk </span>{}'
        '<span class="visually-hidden"> of 100</span></span></span>',
        level,
        round(value * 100),
        round(value * 100),
    )


@register.filter
def people(names: Any) -> str:
    """Who is on a call, in one line."""
    return " · ".join(names) if names else "Nobody named"


@register.filter
def age(moment: datetime) -> str:
    """How long ago, in the largest whole unit: 3 d, 5 h, 12 min."""
    seconds = max(0, int((now() - moment).total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "just now"


@register.filter
def get_item(names: Mapping[str, Any], key: str) -> Any:
    """What stands under a key."""
    return names.get(key, key)


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[Place]:
    """The places open to the reader."""
    request = context.get("request")
    return places_of(request) if request is not None else []


@register.filter
def unlocalised(number: float) -> str:
    """A figure for a machine: two decimals, a point, no grouping."""
    return f"{number:.2f}"


@register.simple_tag(takes_context=True)
def facet_link(context: Context, name: str, value: str, chosen: str) -> str:
    """The present address with one filter put on, or taken off where it is the chosen one."""
    asked = context["request"].GET.copy()
    asked.pop("cursor", None)
    if value == chosen:
        asked.pop(name, None)
    else:
        asked[name] = value
    return f"{context['request'].path}?{asked.urlencode()}"


@register.filter
def kilo(size: int) -> str:
    """Bytes in the unit a person would choose."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} bytes"


@register.filter
def why_lines(why: Any) -> list[tuple[str, str]]:
    """The reasons of a finding as names and values, whatever the detector told."""
    if not isinstance(why, Mapping):
        return [("Why", str(why))] if why else []
    lines: list[tuple[str, str]] = []
    for name, value in why.items():
        if isinstance(value, list | tuple):
            lines += _reasons(WHY.get(name, name.capitalize()), value)
        elif value not in ("", None) and not isinstance(value, Mapping):
            lines.append((WHY.get(name, name.replace("_", " ").capitalize()), str(value)))
    return lines


def _reasons(name: str, values: Sequence[Any]) -> list[tuple[str, str]]:
    """Plain values in one line; reasons that are tables in a line each."""
    tables = [value for value in values if isinstance(value, Mapping)]
    plain = ", ".join(str(value) for value in values if not isinstance(value, Mapping))
    lines = [(name, plain)] if plain else []
    for table in tables:
        duties = table.get("duty", ())
        cited = f" ({'; '.join(duties)})" if duties else ""
        lines.append((str(table.get("title", name)), f"“{table.get('words', '')}”{cited}"))
    return lines
