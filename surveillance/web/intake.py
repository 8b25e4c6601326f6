"""The intake: handing recordings in, watching them on their way, and seeing to what was set aside."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePath
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from surveillance.access.doors import scope_at
from surveillance.access.scope import Power, Scope
from surveillance.access.selectors import desks
from surveillance.capture.passage import failed, tally
from surveillance.capture.passage import under_way as on_the_way
from surveillance.capture.selectors import quarantine
from surveillance.capture.services import Arrival, Said, receive, retry, withdraw
from surveillance.capture.sidecars import sorted_out
from surveillance.core.errors import Fault, Invalid, Refused
from surveillance.pipeline import NAMES, forward
from surveillance.web.dates import moment
from surveillance.web.door import go, is_part, seen, signed_in
from surveillance.web.names import STAGES


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of one uploaded file, in words for whoever uploaded it."""

    name: str
    outcome: str
    recording: UUID | None = None
    reason: str = ""
    cure: str = ""
    may_open: bool = False


@require_GET
@signed_in
def intake(request: HttpRequest) -> HttpResponseBase:
    """The whole intake, as far as the reader's powers reach."""
    scope = _may_enter(request)
    seen(request, "page:intake")
    return render(
        request, "web/intake.html", {**_under_way(scope), **_set_aside(scope), **_upload_form(scope)}
    )


@require_GET
@signed_in
def under_way(request: HttpRequest) -> HttpResponseBase:
    """What is on its way now; asked for again and again while something is."""
    return render(request, "web/part_under_way.html", _under_way(_may_enter(request)))


@require_POST
@signed_in
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take in the files of a form: recordings, and the sidecars that lie beside them by name."""
    scope = scope_at(request)
    scope.require(Power.CAPTURE)
    # `access.uploads.BoundedUpload` put each of them on disk.
    files = cast("list[TemporaryUploadedFile]", request.FILES.getlist("files"))
    if not files:
        raise Invalid("No file was chosen.", cure="Choose one or more recordings, or drop them on the page.")
    said = Said(desk=request.POST.get("desk", ""), started_at=moment(request.POST.get("started_at", "")))
    settings.EARSHOT.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.EARSHOT.cache, prefix="upload-") as folder:
        taken = _take_in(scope, [_kept(file, Path(folder)) for file in files], said)
    if is_part(request):
        return render(request, "web/part_taken.html", {"taken": taken, **_under_way(scope)})
    for one in taken:
        messages.info(request, f"{one.name}: {one.outcome} {one.reason}".strip())
    return go(request, reverse("intake"))


@require_POST
@signed_in
def tried_again(request: HttpRequest, receipt: UUID) -> HttpResponseBase:
    """Look once more at what was set aside, with what the person says about it."""
    said = Said(
        desk=request.POST.get("desk", ""),
        started_at=moment(request.POST.get("started_at", "")),
        accept=request.POST.get("accept") == "1",
    )
    arrival = retry(scope=scope_at(request), receipt=receipt, said=said)
    if arrival.recording and arrival.outcome == "recorded":
        forward(arrival.recording)
        messages.success(request, "It was taken in and is on its way.")
    elif arrival.outcome == "duplicate":
        messages.info(request, "The same bytes were here already; there is still one recording.")
    else:
        messages.warning(request, f"Still set aside: {arrival.reason} {arrival.cure}")
    return go(request, reverse("intake"))


@require_POST
@signed_in
def withdrawn(request: HttpRequest, receipt: UUID) -> HttpResponseBase:
    """Take a file off the list, with a reason; its bytes and its record stay."""
    withdraw(scope=scope_at(request), receipt=receipt, reason=request.POST.get("reason", ""))
    messages.success(request, "It is off the list. Its bytes and its record stay.")
    return go(request, reverse("intake"))


def _may_enter(request: HttpRequest) -> Scope:
    scope = scope_at(request)
    if not (scope.may(Power.CAPTURE) or scope.may(Power.QUARANTINE)):
        raise Refused("You may not enter the intake.", cure="Ask an administrator for a role that may.")
    return scope


def _kept(file: TemporaryUploadedFile, folder: Path) -> Path:
    """The uploaded bytes under their own name, which pairs them; a name given again gets a folder of its own."""
    name = PurePath(str(file.name).replace("\\", "/")).name
    name = "unnamed" if name in ("", ".", "..") else name
    if len(name.encode()) > 255:
        # A disk counts bytes. The stem is cut, alike for a recording and its sidecar, and never like another's.
        stem, _, ending = name.partition(".")
        if len(ending.encode()) > 40:
            stem, ending = name, ""
        short = stem.encode()[:160].decode(errors="ignore")
        name = f"{short}-{hashlib.sha256(stem.encode()).hexdigest()[:12]}.{ending}".rstrip(".")
    place = next(at for n in count() if not (at := folder / str(n) / name).exists())
    place.parent.mkdir(exist_ok=True)
    shutil.move(file.temporary_file_path(), place)
    return place


def _take_in(scope: Scope, paths: Sequence[Path], said: Said) -> list[Taken]:
    sorting = sorted_out(paths, source="upload")
    taken = []
    for pair in sorting.pairs:
        try:
            arrival = receive(
                scope=scope,
                source=pair.source,
                path=pair.media,
                name=pair.media.name,
                sidecar=pair.sidecar,
                said=said,
            )
        except Refused:
            raise
        except Fault as fault:
            taken.append(
                Taken(name=pair.media.name, outcome="not taken in", reason=fault.message, cure=fault.cure)
            )
            continue
        taken.append(_told(scope, pair.media.name, arrival))
    taken += [
        Taken(name=path.name, outcome="a sidecar without its recording", cure="Hand both in together.")
        for path in sorting.alone
    ]
    return taken


def _told(scope: Scope, name: str, arrival: Arrival) -> Taken:
    if arrival.outcome == "recorded" and arrival.recording:
        forward(arrival.recording)
    words = {"recorded": "taken in", "duplicate": "already here: the same bytes", "quarantined": "set aside"}
    return Taken(
        name=name,
        outcome=words.get(arrival.outcome, arrival.outcome),
        recording=arrival.recording,
        reason=arrival.reason,
        cure=arrival.cure,
        may_open=arrival.recording is not None and scope.may(Power.SEE),
    )


def _under_way(scope: Scope) -> dict[str, Any]:
    return {
        "under_way": on_the_way(scope, NAMES),
        "failed": failed(scope, NAMES),
        "tally": tally(scope),
        "stages": STAGES,
        "sees": scope.may(Power.SEE),
    }


def _set_aside(scope: Scope) -> dict[str, Any]:
    if not scope.may(Power.QUARANTINE):
        return {"sees_quarantine": False}
    return {
        "sees_quarantine": True,
        "quarantine": quarantine(scope),
        "quarantine_desks": desks(scope, Power.QUARANTINE),
    }


def _upload_form(scope: Scope) -> dict[str, Any]:
    return {"may_upload": scope.may(Power.CAPTURE), "upload_desks": desks(scope, Power.CAPTURE)}
