"""The model card as a page: what the reader was trained on, how well it does, where it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from detectors.intent import CARD
from detectors.intent.card_text import FAILURES
from detectors.shares import Share
from policies.schema import CATEGORIES
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.detection.figures import reader_in_use
from surveillance.web.door import seen, signed_in
from surveillance.web.drill_charts import Bar, bars

SIDE = 240  # units of the calibration drawing, without its margins
SETS: Mapping[str, str] = {
    "unseen families": "Scenario families the reader never saw",
    "blind lines": "A blind examiner's lines, by another hand",
    "blind calls": "A blind examiner's whole calls",
}


@dataclass(frozen=True, kw_only=True)
class Dot:
    """One bin of the calibration plot, in units of the drawing."""

    x: float
    y: float
    low: float
    high: float
    said: float
    share: Share


@require_GET
@signed_in
def model_card(request: HttpRequest) -> HttpResponseBase:
    """The card of the packaged reader, from the figures that were measured with it; or how to measure it."""
    scope = scope_at(request)
    scope.require(Power.SEE)
    try:
        card: dict[str, Any] = json.loads(CARD.read_text(encoding="utf-8"))
    except FileNotFoundError:
        seen(request, "page:model")
        return render(request, "web/model_card.html", {"card": None, "in_use": reader_in_use()})
    seen(request, "page:model", reader=card["sha256"])
    best = card["sets"]["unseen families"]["policies and reader"]
    shown = {
        "card": card,
        "in_use": reader_in_use(),
        "sets": list(_sets(card["sets"])),
        "recall": _bars(best, "recall"),
        "precision": _bars(best, "precision"),
        "dots": [_dot(told) for told in card["calibration"]],
        "slices": [(name, _slice(groups)) for name, groups in card["slices"].items()],
        "intents": _intent_bars(card["intents"]),
        "failures": FAILURES,
        "side": SIDE,
    }
    return render(request, "web/model_card.html", shown)


def _sets(sets: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str, list[tuple[str, Share]]]]]]:
    """Each set with a row for each detector: its name, macro-F1, and its shares of found and flagged."""
    for name, detectors in sets.items():
        rows = []
        for detector, told in detectors.items():
            shares = [
                (f"{what.removesuffix(', right category')} {verb}", _share(share))
                for kind, verb in (("caught", "found"), ("flagged", "flagged"))
                for what, share in told[kind].items()
                if "any flag" not in what
            ]
            rows.append((detector, f"{told['macro_f1']:.2f}", shares))
        yield SETS.get(name, name), rows


def _bars(told: Mapping[str, Any], figure: str) -> list[Bar]:
    return bars({name: _share(score[figure]) for name, score in told["categories"].items()}, CATEGORIES)


def _intent_bars(intents: Mapping[str, Any]) -> list[Bar]:
    shares = {name: _share(score["recall"]) for name, score in intents.items() if score["recall"]["total"]}
    return bars(shares, {name: name.replace("_", " ") for name in shares})


def _slice(groups: Mapping[str, Any]) -> list[tuple[str, Share, Share]]:
    return [(value, _share(told["found"]), _share(told["flagged"])) for value, told in groups.items()]


def _share(told: Mapping[str, Any]) -> Share:
    return Share(count=told["count"], total=told["total"])


def _dot(told: Mapping[str, Any]) -> Dot:
    share = _share(told["is"])
    low, high = share.interval

    def height(value: float) -> float:
        return round((1 - value) * SIDE, 1)

    return Dot(
        x=round(told["said"] * SIDE, 1),
        y=height(share.value),
        low=height(low),
        high=height(high),
        said=told["said"],
        share=share,
    )
