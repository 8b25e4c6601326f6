"""The state of the system: its parts, its stages, and recordings that came to a halt."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.assurance.selectors import incidents
from surveillance.audit.services import record
from surveillance.capture.passage import failed, tally
from surveillance.core.errors import Missing
from surveillance.noise.selectors import tally as noise_tally
from surveillance.noise.selectors import twins_counted
from surveillance.pipeline import NAMES, again
from surveillance.second_reader.selectors import tally as second_reader_tally
from surveillance.web.door import go, is_part, seen, signed_in
from surveillance.web.health import examine
from surveillance.web.names import STAGES


@require_GET
@signed_in
def system(request: HttpRequest) -> HttpResponseBase:
    """Counts at once; the parts are asked when the page is there, for one that is away takes its time."""
    scope = scope_at(request)
    scope.require(Power.ADMINISTER)
    if is_part(request):
        return render(request, "web/part_health.html", {"parts": examine()})
    seen(request, "page:system")
    counts = tally(scope, power=Power.ADMINISTER)
    shown = {
        "counts": [(label, counts.get(stage, {})) for stage, label in STAGES.items()],
        "failed": failed(scope, NAMES, power=Power.ADMINISTER),
        "stages": STAGES,
        "open_incidents": incidents(scope) if scope.may(Power.DRILL) else [],
        "noise": noise_tally(scope, power=Power.ADMINISTER),
        "second_reader": second_reader_tally(),
        "twins": twins_counted(scope, power=Power.ADMINISTER),
    }
    return render(request, "web/system.html", shown)


@require_POST
@signed_in
def sent_again(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """Send a recording that failed on its way once more, from the stage where it stopped."""
    scope = scope_at(request)
    scope.require(Power.ADMINISTER)
    halted = {row.recording: row for row in failed(scope, NAMES, power=Power.ADMINISTER)}.get(recording)
    if halted is None:
        raise Missing("This recording does not stand still.", cure="Reload the page.")
    stage = next(step.stage for step in halted.steps if step.state == "failed")
    with transaction.atomic():
        again(recording, stage)
        record(
            actor=scope.actor, action="sent again", subject=f"recording:{recording}", detail={"since": stage}
        )
    messages.success(request, f"{halted.name} is on its way again.")
    return go(request, reverse("system"))
