"""How times, sizes, risks and categories read on every page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from detectors.entities.entity import KINDS
from detectors.shares import Share
from policies.schema import CATEGORIES
from surveillance.access.glass import GlassRow, open_for
from surveillance.core.clock import now
from surveillance.detection.selectors import AlertRow
from surveillance.web.names import speaker_name
from surveillance.web.places import Group
from surveillance.web.places import navigation as places_of

register = template.Library()

# A risk bar is red from here on; below the second figure it is calm. Only colour hangs on it.
HIGH, LOW = 0.7, 0.4


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """One picture of the sprite; decoration only, the words beside it speak."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static("web/build/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def broken_glass(context: Context) -> GlassRow | None:
    """What stands open for the reader in an emergency."""
    request = context.get("request")
    return open_for(request.user.get_username()) if request and request.user.is_authenticated else None


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


@register.simple_tag
def interval(share: Share) -> SafeString:
    """A share in per cent with its 95 % interval, drawn on a line from 0 to 100."""
    low, high = share.interval
    return format_html(
        '<span class="interval"><svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rail" y="5" width="100" height="2"></rect>'
        '<rect class="reach" x="{}" y="3" width="{}" height="6"></rect>'
        '<rect class="point" x="{}" y="0" width="2" height="12"></rect></svg>'
        '<span class="num">{} <span class="quiet">({} to {} %)</span></span></span>',
        round(100 * low, 1),
        round(max(1.0, 100 * (high - low)), 1),
        round(min(98.0, 100 * share.value), 1),
        f"{share.count} of {share.total}",
        round(100 * low),
        round(100 * high),
    )


@register.filter
def people(row: AlertRow) -> str:
    """Who is on a flagged call, in one line; the name of its file where nobody was named."""
    return " and ".join(row.people) or row.title


@register.filter
def speaker(name: str) -> str:
    """A speaker by name, or by the channel counted from one."""
    return speaker_name(name)


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


@register.filter
def get_count(counts: Mapping[str, int], key: str) -> int:
    """How many stand under a key; 0 where none does."""
    return counts.get(key, 0)


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[Group]:
    """The places open to the reader."""
    request = context.get("request")
    return places_of(request) if request is not None else []


@register.filter
def unlocalised(number: float) -> str:
    """A figure for a machine: two decimals, a point, no grouping."""
    return f"{number:.2f}"


@register.filter
def percent(share: float | None) -> str:
    """A share of one as a whole per cent; a dash where there is none."""
    return "–" if share is None or share != share else f"{share:.0%}"


@register.filter
def share(value: float | None) -> str:
    """A small share of one in per cent, to three figures at most: 0.75 %, 4.2 %; a dash where there is none."""
    if value is None or value != value:
        return "–"
    return f"{100 * value:.2f} %" if value < 0.01 else f"{100 * value:.1f} %"


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
def minus(number: float, less: float) -> float:
    """For the corner of a square drawn around its middle."""
    return number - less


@register.filter
def twice(number: float) -> float:
    return 2 * number


@register.filter
def kind_name(kind: str) -> str:
    """A kind of thing that calls name."""
    return KINDS.get(kind, kind)


@register.filter
def kilo(size: int) -> str:
    """Bytes in the unit a person would choose."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} bytes"
