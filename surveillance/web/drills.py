"""The drills: what scripted misconduct was caught, over which lines, and why the rest was missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from detectors.drill_codecs import CLEAN, CODECS
from policies.library import LANGUAGES
from policies.schema import CATEGORIES
from surveillance.access.doors import scope_at
from surveillance.access.ranged import ranged
from surveillance.access.scope import Power, Scope, among_drills
from surveillance.archive.selectors import listening_copy
from surveillance.assurance.comparing import Compared, compared
from surveillance.assurance.judging import CAUSES
from surveillance.assurance.library import Wanted
from surveillance.assurance.selectors import (
    DrillRow,
    RunRow,
    incidents,
    library,
    one_drill,
    one_run,
    recall,
    runs_of,
    under_way,
)
from surveillance.assurance.services import ask_drills
from surveillance.audit.services import record
from surveillance.core.errors import Missing
from surveillance.pipeline import send_drills
from surveillance.transcription.selectors import current
from surveillance.web.door import go, is_part, seen, signed_in
from surveillance.web.drill_charts import bars, timeline

SLICES = (("category", "By category"), ("codec", "By line and codec"), ("language", "By language"))
STATES = {"failing": "Failing", "never": "Never run", "passing": "Passing"}
NAMES = {
    "category": CATEGORIES,
    "codec": {code: codec.title for code, codec in CODECS.items()},
    "language": LANGUAGES,
}


@require_GET
@signed_in
def drills(request: HttpRequest) -> HttpResponseBase:
    """Recall with its intervals, and every drill, failing ones first."""
    scope = scope_at(request)
    over = _over(request.GET.get("over", ""))
    told = recall(scope, over=over)
    rows = library(scope)
    state, category = request.GET.get("state", ""), request.GET.get("category", "")
    shown_rows = [
        row
        for row in rows
        if (not state or row.state == state) and (not category or row.drill.category == category)
    ]
    seen(request, "page:drills", state=state, category=category, rows=len(shown_rows))
    shown = {
        "recall": told,
        "slices": [(part, title, bars(told.by[part], NAMES[part])) for part, title in SLICES],
        "over": NAMES[over[0]].get(over[1], over[1]) if over else "",
        "timeline": timeline(told.days),
        "missed": [(CAUSES[cause], number) for cause, number in told.missed.items()],
        "rows": shown_rows,
        "counts": {name: sum(row.state == name for row in rows) for name in STATES},
        "states": STATES,
        "state": state,
        "category": category,
        "categories": CATEGORIES,
        "codecs": NAMES["codec"],
        "clean": CLEAN,
        "open_incidents": len(incidents(scope)),
        "all": len(rows),
        **_on_their_way(scope),
    }
    if is_part(request):
        return render(request, "web/part_drill_list.html", shown)
    return render(request, "web/drills.html", shown)


@require_GET
@signed_in
def drills_under_way(request: HttpRequest) -> HttpResponseBase:
    """Drills that wait or are on their way; asked for again and again while there are any."""
    scope = scope_at(request)
    return render(request, "web/part_drills_under_way.html", _on_their_way(scope))


@require_POST
@signed_in
def drills_run(request: HttpRequest) -> HttpResponseBase:
    """Send drills: one, those of a category, those that fail, or all; over one line or every one."""
    scope = scope_at(request)
    scope.require(Power.DRILL)
    which, codec = request.POST.get("which", ""), request.POST.get("codec", CLEAN)
    asked = ask_drills(
        scope=scope, wanted=_wanted(scope, which), codecs=list(CODECS) if codec == "all" else [codec]
    )
    send_drills(asked)
    messages.success(
        request, "One drill is on its way." if len(asked) == 1 else f"{len(asked)} drills are on their way."
    )
    stay = request.POST.get("stay") == "1" and which
    return go(request, reverse("drill", kwargs={"drill": which}) if stay else reverse("drills"))


@require_GET
@signed_in
def drill_page(request: HttpRequest, drill: str) -> HttpResponseBase:
    """One drill: script beside what was heard, the sound, what was found, and every run."""
    scope = scope_at(request)
    script = one_drill(scope, drill)
    history = runs_of(scope, drill)
    run = next((row for row in history if str(row.id) == request.GET.get("run")), None) or next(
        (row for row in history if row.recording), None
    )
    seen(request, f"drill:{drill}")
    shown = {
        "drill": script,
        "run": run,
        "history": history,
        "compared": _compared(scope, run, drill),
        "codecs": NAMES["codec"],
        "languages": LANGUAGES,
        "clean": CLEAN,
    }
    return render(request, "web/drill.html", shown)


@require_GET
@signed_in
def drill_sound(request: HttpRequest, run: UUID) -> HttpResponseBase:
    """The sound of one run, as ears hear it; it is found here and nowhere among the calls."""
    scope = scope_at(request)
    row = one_run(scope, run)
    if row.recording is None:
        raise Missing("This drill was not sent yet.", cure="Wait until it is.")
    copy = listening_copy(among_drills(scope), row.recording)
    answer = ranged(request.headers.get("Range", ""), copy.size, copy.read, content_type="audio/wav")
    if not request.headers.get("Range", "").removeprefix("bytes=").lstrip("0-"):
        record(actor=scope.actor, action="sound fetched", subject=f"drill:{row.drill}", detail={"run": run})
    return answer


def _over(asked: str) -> tuple[str, str] | None:
    """The slice whose days are drawn, as "codec:amr"; None for all of them."""
    part, _, name = asked.partition(":")
    return (part, name) if part in NAMES and name else None


def _wanted(scope: Scope, which: str) -> Wanted:
    """What a form asks for: "all", "failing", "category:…", or the id of a drill."""
    if which == "all":
        return Wanted(every=True)
    if which == "failing":
        return Wanted(only=_ids(row for row in library(scope) if row.state == "failing"))
    if which.startswith("category:"):
        category = which.removeprefix("category:")
        return Wanted(only=_ids(row for row in library(scope) if row.drill.category == category))
    return Wanted(only=(which,) if which else ())


def _ids(rows: Iterable[DrillRow]) -> tuple[str, ...]:
    return tuple(row.drill.id for row in rows)


def _on_their_way(scope: Scope) -> dict[str, Sequence[RunRow]]:
    return {"waiting": under_way(scope)}


def _compared(scope: Scope, run: RunRow | None, drill: str) -> Compared | None:
    if run is None or run.recording is None:
        return None
    words = current(among_drills(scope), run.recording)
    return compared(one_drill(scope, drill), words.transcript) if words else None
