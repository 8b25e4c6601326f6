"""The walls: every address × every method × every role, held against one table, and not a word across.

A new address fails this test until somebody writes down here who may enter it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from changes_scene import policy_text, tried
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from floor import CLERK, START, Spoken, claim, receive_call, take_through, write_policies

from surveillance.access.scope import program
from surveillance.access.selectors import scope_named
from surveillance.access.services import enrol, grant, open_desk
from surveillance.archive.ledger_keeping import lock_away
from surveillance.archive.selectors import listening_copy, open_native
from surveillance.audit.models import Entry
from surveillance.audit.services import record
from surveillance.capture.progress import put_back
from surveillance.capture.services import Said, receive
from surveillance.changes.proposals import Proposal
from surveillance.changes.services import Walk, begin, propose
from surveillance.custody.nights import watch_the_night
from surveillance.detection.selectors import alert_of
from surveillance.noise.selectors import drawn, recognitions
from surveillance.retention.holds import Terms, place_hold
from surveillance.review.services import decide
from surveillance.sampling.selectors import next_item
from surveillance.sampling.services import draw_round
from surveillance.sampling.strata import Wanted
from surveillance.subjects.services import enter_request, gather
from surveillance.transcription.selectors import current

pytestmark = pytest.mark.django_db
PASSWORD = "Harbour-Lantern-42"
DAY = timedelta(days=1)
ROLES = (
    "officer",
    "supervisor",
    "investigator",
    "records",
    "auditor",
    "service",
    "privacy",
    "second_line",
    "regulator",
)
INSIDE, OUTSIDE = "rates", "fx"
# The columns of the table below: nine roles on the recording's desk, the same nine on another; then those who are
# on every desk or on none.
ACTORS = (
    *(f"{role}-{INSIDE}" for role in ROLES),
    *(f"{role}-{OUTSIDE}" for role in ROLES),
    "admin",
    "auditor-all",
    "nobody",
    "anonymous",
)

# What only the call on the rates desk holds. Each of these words stands nowhere else in the test.
CANARIES = {
    "person": "Zebulon Quillfeather",
    "number": "+44 7700 900918",
    "file": "ostrich-4471",
    "word": "quetzalcoatlus",
    "finding": "push the okapi",
    "reason": "heard about the pangolin",
    "halted": "dodo-3391",
    "set aside": "axolotl-8812",
    "set aside by": "Said to be desk rates",
    "asked": "thylacine*",
}
SEEN = {"person", "number", "file", "finding", "reason", "halted"}
HEARD = SEEN | {"word", "sound"}
BROKEN = {"set aside", "set aside by"}
# What may reach whom. Nobody else gets any of it.
MAY_REACH: dict[str, set[str]] = {
    f"officer-{INSIDE}": HEARD,
    f"supervisor-{INSIDE}": HEARD | BROKEN,
    f"investigator-{INSIDE}": HEARD,
    f"records-{INSIDE}": HEARD | BROKEN,
    f"auditor-{INSIDE}": SEEN,
    f"privacy-{INSIDE}": HEARD,
    f"regulator-{INSIDE}": HEARD,
    # The ledger tells what was asked, and of files that never became a recording.
    "auditor-all": SEEN | BROKEN | {"asked"},
    # Whoever mends the system is told the names of files that stand still; no more of the calls in them.
    "admin": BROKEN | {"halted"},
}

# Who gets what. A refusal is 401, 403 or 404 and must stand in the ledger; "nil" is 404 for what there is not,
# which refuses nobody. Signed out, a page (GET) sends to the sign-in, and anything else is answered 401.
TABLE = """
address              method off sup inv rec aud svc prv sec reg  off sup inv rec aud svc prv sec reg  adm all nob ano
home                 GET    302 302 302 302 302 302 302 302 302  302 302 302 302 302 302 302 302 302  302 302 200 302
sign-in              GET    302 302 302 302 302 302 302 302 302  302 302 302 302 302 302 302 302 302  302 302 302 200
sign-in              POST   302 302 302 302 302 302 302 302 302  302 302 302 302 302 302 302 302 302  302 302 302 200
sign-in              PUT    302 302 302 302 302 302 302 302 302  302 302 302 302 302 302 302 302 302  302 302 302 200
sign-in              PATCH  302 302 302 302 302 302 302 302 302  302 302 302 302 302 302 302 302 302  302 302 302 405
sign-in              DELETE 302 302 302 302 302 302 302 302 302  302 302 302 302 302 302 302 302 302  302 302 302 405
sign-out             POST   302 302 302 302 302 302 302 302 302  302 302 302 302 302 302 302 302 302  302 302 302 302
queue                GET    200 200 200 200 200 403 200 403 200  200 200 200 200 200 403 200 403 200  403 200 403 302
search               GET    200 200 200 200 403 403 200 403 200  200 200 200 200 403 403 200 403 200  403 403 403 302
calls                GET    200 200 200 200 200 403 200 403 200  200 200 200 200 200 403 200 403 200  403 200 403 302
network              GET    200 200 200 200 200 403 200 403 200  200 200 200 200 200 403 200 403 200  403 200 403 302
call                 GET    200 200 200 200 200 404 200 404 200  404 404 404 404 404 404 404 404 404  404 200 404 302
decide               POST   302 302 403 403 403 404 403 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
reopen               POST   302 302 403 403 403 404 403 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
sound                GET    200 200 200 200 403 404 200 404 200  404 404 404 404 404 404 404 404 404  404 403 404 302
native               GET    200 200 200 200 403 404 200 404 200  404 404 404 404 404 404 404 404 404  404 403 404 302
peaks                GET    200 200 200 200 403 404 200 404 200  404 404 404 404 404 404 404 404 404  404 403 404 302
played               POST   204 204 204 204 403 404 204 404 204  404 404 404 404 404 404 404 404 404  404 403 404 401
heard                POST   200 200 200 200 403 404 200 404 200  404 404 404 404 404 404 404 404 404  404 403 404 401
drills               GET    403 200 403 403 403 403 403 403 403  403 200 403 403 403 403 403 403 403  200 403 403 302
drills-run           POST   403 302 403 403 403 403 403 403 403  403 302 403 403 403 403 403 403 403  302 403 403 401
drills-under-way     GET    403 200 403 403 403 403 403 403 403  403 200 403 403 403 403 403 403 403  200 403 403 302
drill                GET    403 200 403 403 403 403 403 403 403  403 200 403 403 403 403 403 403 403  200 403 403 302
drill-sound          GET    403 nil 403 403 403 403 403 403 403  403 nil 403 403 403 403 403 403 403  nil 403 403 302
incidents            GET    403 200 403 403 403 403 403 403 403  403 200 403 403 403 403 403 403 403  200 403 403 302
look-round           POST   403 302 403 403 403 403 403 403 403  403 302 403 403 403 403 403 403 403  302 403 403 401
acknowledge-incident POST   403 nil 403 403 403 403 403 403 403  403 nil 403 403 403 403 403 403 403  nil 403 403 401
close-incident       POST   403 nil 403 403 403 403 403 403 403  403 nil 403 403 403 403 403 403 403  nil 403 403 401
policies             GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 302
policy               GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 302
propose-policy       POST   302 302 403 403 403 403 403 403 403  302 302 403 403 403 403 403 403 403  403 403 403 401
propose-edit         POST   302 302 403 403 403 403 403 403 403  302 302 403 403 403 403 403 403 403  403 403 403 401
changes              GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 302
propose-disk         POST   302 302 403 403 403 403 403 403 403  302 302 403 403 403 403 403 403 403  403 403 403 401
change               GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 302
begin-run            POST   302 302 403 403 403 403 403 403 403  302 302 403 403 403 403 403 403 403  403 403 403 401
cancel-run           POST   302 302 403 403 403 403 403 403 403  302 302 403 403 403 403 403 403 403  403 403 403 401
decide-change        POST   403 302 403 403 403 403 403 403 403  403 302 403 403 403 403 403 403 403  403 403 403 401
intake               GET    403 200 403 200 403 200 403 403 403  403 200 403 200 403 200 403 403 403  200 403 403 302
upload               POST   403 403 403 302 403 302 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
under-way            GET    403 200 403 200 403 200 403 403 403  403 200 403 200 403 200 403 403 403  200 403 403 302
retry                POST   403 302 403 302 403 403 403 403 403  403 404 403 404 403 403 403 403 403  302 403 403 401
withdraw             POST   403 302 403 302 403 403 403 403 403  403 404 403 404 403 403 403 403 403  302 403 403 401
ledger               GET    403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 200 403 302
chain                GET    403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 200 403 302
entry                GET    403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 200 403 302
acts                 GET    403 403 403 403 200 404 403 404 403  404 404 404 404 404 404 404 404 404  404 200 404 302
people               GET    403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  200 403 403 302
enrol                POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  302 403 403 401
open-desk            POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  302 403 403 401
grant                POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  302 403 403 401
standing             POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  302 403 403 401
sampling             GET    200 200 200 200 200 403 200 403 200  200 200 200 200 200 403 200 403 200  403 200 403 302
draw-sample          POST   403 302 403 403 403 403 403 403 403  403 302 403 403 403 403 403 403 403  403 403 403 401
round                GET    200 200 200 200 200 404 200 404 200  404 404 404 404 404 404 404 404 404  404 200 404 302
next-drawn           GET    302 302 403 403 403 403 403 403 403  404 404 403 403 403 403 403 403 403  403 403 403 302
close-round          POST   403 302 403 403 403 404 403 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
drawn-call           GET    200 200 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404  404 404 404 302
judge-drawn          POST   302 302 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404  404 404 404 401
take-back-drawn      POST   403 409 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404  404 404 404 401
drawn-sound          GET    200 200 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404  404 404 404 302
drawn-peaks          GET    200 200 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404  404 404 404 302
drawn-played         POST   204 204 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404  404 404 404 401
drawn-heard          POST   200 200 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404  404 404 404 401
learning             GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 302
freeze-labels        POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
approve-data-set     POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
register-challenger  POST   302 302 403 403 403 403 403 403 403  302 302 403 403 403 403 403 403 403  403 403 403 401
move-challenger      POST   nil nil 403 403 403 403 403 403 403  nil nil 403 403 403 403 403 403 403  403 403 403 401
exclude-desk         POST   403 302 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
set-baseline         POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
model                GET    200 200 200 200 200 403 200 403 200  200 200 200 200 200 403 200 403 200  403 200 403 302
suppressed           GET    200 200 200 200 200 403 200 403 200  200 200 200 200 200 403 200 403 200  403 200 403 302
draw-suppressed      POST   302 302 403 403 403 403 403 403 403  302 302 403 403 403 403 403 403 403  403 403 403 401
judge-suppressed     POST   302 302 403 403 403 404 403 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
undo-noise           POST   302 302 403 403 403 404 403 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
redo-noise           POST   409 409 403 403 403 404 403 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
part-twins           POST   302 302 403 403 403 404 403 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
join-twins           POST   409 409 403 403 403 404 403 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
retention            GET    200 200 200 200 200 403 200 403 200  200 200 200 200 200 403 200 403 200  403 200 403 302
set-profile          POST   403 403 403 302 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
enter-demand         POST   403 403 403 302 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
holds                GET    403 403 403 200 403 403 403 403 403  403 403 403 200 403 403 403 403 403  403 403 403 302
place-hold           POST   403 403 403 302 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
hold                 GET    403 403 403 200 403 403 403 403 403  403 403 403 404 403 403 403 403 403  403 403 403 302
ask-release          POST   403 403 403 302 403 403 403 403 403  403 403 403 404 403 403 403 403 403  403 403 403 401
decide-release       POST   403 403 403 409 403 403 403 403 403  403 403 403 404 403 403 403 403 403  403 403 403 401
disposals            GET    403 403 403 200 403 403 403 403 403  403 403 403 200 403 403 403 403 403  403 403 403 302
prepare-disposal     POST   403 403 403 400 403 403 403 403 403  403 403 403 400 403 403 403 403 403  403 403 403 401
disposal             GET    403 403 403 nil 403 403 403 403 403  403 403 403 nil 403 403 403 403 403  403 403 403 302
decide-disposal      POST   403 403 403 nil 403 403 403 403 403  403 403 403 nil 403 403 403 403 403  403 403 403 401
disposal-receipt     GET    403 403 403 nil 403 403 403 403 403  403 403 403 nil 403 403 403 403 403  403 403 403 302
fixity               GET    403 403 403 200 200 403 403 403 200  403 403 403 200 200 403 403 403 200  403 200 403 302
night                GET    403 403 403 200 200 403 403 403 200  403 403 403 200 200 403 403 403 200  403 200 403 302
record               GET    403 403 403 200 200 404 403 404 200  404 404 404 404 404 404 404 404 404  404 200 404 302
record-file          GET    403 403 403 200 403 404 403 404 200  404 404 404 404 404 404 404 404 404  404 403 404 302
consent              GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 302
consent-law          GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 302
enter-consent        POST   403 403 403 403 403 403 302 403 403  403 403 403 403 403 403 302 403 403  403 403 403 401
ask-personal         POST   403 403 403 403 403 404 302 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
decide-personal      POST   403 403 403 403 403 403 nil 403 403  403 403 403 403 403 403 nil 403 403  403 403 403 401
known-as             POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  302 403 403 401
oversight            GET    403 403 403 403 403 403 403 200 403  403 403 403 403 403 403 403 200 403  403 403 403 302
report               GET    403 403 403 403 403 403 403 nil 403  403 403 403 403 403 403 403 nil 403  403 403 403 302
decide-report        POST   403 403 403 403 403 403 403 nil 403  403 403 403 403 403 403 403 nil 403  403 403 403 401
system               GET    403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  200 403 403 302
send-again           POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  302 403 403 401
api:tokens           POST   401 401 401 401 401 401 401 401 401  401 401 401 401 401 401 401 401 401  401 401 401 401
api:tokens           DELETE 204 204 204 204 204 204 204 204 204  204 204 204 204 204 204 204 204 204  204 204 204 401
api:current-token    DELETE 400 400 400 400 400 400 400 400 400  400 400 400 400 400 400 400 400 400  400 400 400 401
api:recordings       GET    200 200 200 200 200 403 200 403 200  200 200 200 200 200 403 200 403 200  403 200 403 401
api:recordings       POST   403 403 403 422 403 422 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
api:recording        GET    200 200 200 200 200 404 200 404 200  404 404 404 404 404 404 404 404 404  404 200 404 401
api:transcript       GET    200 200 200 200 403 404 200 404 200  404 404 404 404 404 404 404 404 404  404 403 404 401
api:findings         GET    200 200 200 200 200 404 200 404 200  404 404 404 404 404 404 404 404 404  404 200 404 401
api:media            GET    200 200 200 200 403 404 200 404 200  404 404 404 404 404 404 404 404 404  404 403 404 401
api:progress         GET    200 200 200 200 200 404 200 404 200  404 404 404 404 404 404 404 404 404  404 200 404 401
api:receipt          GET    404 200 404 200 404 404 404 404 404  404 404 404 404 404 404 404 404 404  200 404 404 401
api:quarantine       GET    403 200 403 200 403 403 403 403 403  403 200 403 200 403 403 403 403 403  200 403 403 401
api:retry            POST   403 422 403 422 403 403 403 403 403  403 404 403 404 403 403 403 403 403  422 403 403 401
api:search           GET    200 200 200 200 403 403 200 403 200  200 200 200 200 403 403 200 403 200  403 403 403 401
api:alerts           GET    200 200 200 200 200 403 200 403 200  200 200 200 200 200 403 200 403 200  403 200 403 401
api:alert            GET    200 200 200 200 200 404 200 404 200  404 404 404 404 404 404 404 404 404  404 200 404 401
api:dispositions     GET    200 200 200 200 200 404 200 404 200  404 404 404 404 404 404 404 404 404  404 200 404 401
api:dispositions     POST   201 201 403 403 403 404 403 404 403  404 404 404 404 404 404 404 404 404  404 403 404 401
api:policies         GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 401
api:policy           GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 401
api:changes          GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 401
api:change           GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 401
api:back-tests       GET    200 200 403 403 200 403 403 403 200  200 200 403 403 200 403 403 403 200  403 200 403 401
api:checkpoint       GET    403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 200 403 401
api:entry-proof      GET    403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 200 403 401
api:growth           GET    403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 200 403 401
api:holds            GET    403 403 403 200 403 403 403 403 403  403 403 403 200 403 403 403 403 403  403 403 403 401
api:holds            POST   403 403 403 201 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
api:hold-preview     POST   403 403 403 200 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
api:hold             GET    403 403 403 200 403 403 403 403 403  403 403 403 404 403 403 403 403 403  403 403 403 401
api:release-request  POST   403 403 403 204 403 403 403 403 403  403 403 403 404 403 403 403 403 403  403 403 403 401
api:release          POST   403 403 403 409 403 403 403 403 403  403 403 403 404 403 403 403 403 403  403 403 403 401
api:record           GET    403 403 403 200 403 404 403 404 200  404 404 404 404 404 404 404 404 404  404 403 404 401
api:fixity           GET    403 403 403 200 200 403 403 403 200  403 403 403 200 200 403 403 403 200  403 200 403 401
api:schema           GET    200 200 200 200 200 200 200 200 200  200 200 200 200 200 200 200 200 200  200 200 200 401
api:docs             GET    200 200 200 200 200 200 200 200 200  200 200 200 200 200 200 200 200 200  200 200 200 401
api:nowhere          GET    nil nil nil nil nil nil nil nil nil  nil nil nil nil nil nil nil nil nil  nil nil nil 401
subjects             GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 302
enter-subject        POST   403 403 403 403 403 403 302 403 403  403 403 403 403 403 403 302 403 403  403 403 403 401
subject              GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 302
subject-deed         POST   403 403 403 403 403 403 302 403 403  403 403 403 403 403 403 302 403 403  403 403 403 401
subject-copy         GET    403 403 403 403 403 403 409 403 403  403 403 403 403 403 403 409 403 403  403 403 403 302
subject-call         GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 404 403 403  403 403 403 302
subject-call-deed    POST   403 403 403 403 403 403 302 403 403  403 403 403 403 403 403 404 403 403  403 403 403 401
subject-sound        GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 404 403 403  403 403 403 302
restriction          POST   403 403 403 403 403 403 nil 403 403  403 403 403 403 403 403 nil 403 403  403 403 403 401
documents            GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 302
document             GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 302
issue-document       POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  403 403 403 401
notice               GET    200 200 200 200 200 200 200 200 200  200 200 200 200 200 200 200 200 200  200 200 200 302
api:subject-requests GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 401
api:subject-requests POST   403 403 403 403 403 403 201 403 403  403 403 403 403 403 403 201 403 403  403 403 403 401
api:subject-request  GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 401
api:subject-calls    GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 401
api:subject-calls    POST   403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 401
api:restrictions     GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 401
api:restrictions     POST   403 403 403 403 403 403 400 403 403  403 403 403 403 403 403 400 403 403  403 403 403 401
api:lift-restriction POST   403 403 403 403 403 403 nil 403 403  403 403 403 403 403 403 nil 403 403  403 403 403 401
api:document         GET    403 403 403 403 403 403 200 403 403  403 403 403 403 403 403 200 403 403  403 403 403 401
api:notice           GET    200 200 200 200 200 200 200 200 200  200 200 200 200 200 200 200 200 200  200 200 200 401
access               GET    200 200 200 200 200 200 200 200 200  200 200 200 200 200 200 200 200 200  200 200 200 302
ask-glass            POST   302 302 302 302 302 302 302 302 302  302 302 302 302 302 302 302 302 302  302 302 302 401
decide-glass         POST   nil nil nil nil nil nil nil nil nil  nil nil nil nil nil nil nil nil nil  nil nil nil 401
review-grant         POST   403 403 403 403 403 403 403 403 403  403 403 403 403 403 403 403 403 403  400 403 403 401
state-purpose        POST   302 302 302 302 403 404 302 404 302  404 404 404 404 404 404 404 404 404  404 403 404 401
api:purpose          POST   204 204 204 204 403 404 204 404 204  404 404 404 404 404 404 404 404 404  404 403 404 401
api:rotate-token     POST   400 400 400 400 400 400 400 400 400  400 400 400 400 400 400 400 400 400  400 400 400 401
"""

# How each is asked, where the bare address does not ask enough; wildcards, so that no answer echoes a canary.
QUERIES: dict[str, tuple[str, ...]] = {
    "queue": ("", "?state=closed", "?state=second", "?desk=rates", "?category=secrecy", "?order=age"),
    "search": (
        "",
        "?q=quetz*",
        "?q=okap*",
        "?desk=rates",
        "?q=quetz*&desk=rates",
        "?q=good",
        "?category=secrecy",
    ),
    "network": (
        "",
        "?named=a",
        "?desk=rates",
        "?category=secrecy",
        "?one=Zebulon+Quillfeather&other=Ann+Alder",
    ),
    "calls": ("", "?person=Quillf", "?desk=rates", "?person=7700", "?page=2"),
    "sampling": ("", "?since=2026-03-01&until=2026-03-31&size=5"),
    "suppressed": ("", "?kind=menu", "?show=judged", "?page=2"),
    "ledger": (
        "",
        "?subject=recording",
        "?actor=officer-rates",
        "?action=searched",
        "?action=arrived",
        "?action=quarantined",
        "?action=decided",
    ),
    "holds": ("", "?laid_out=1&custodians=Zebulon+Quillf"),
    "disposals": ("", "?only=overdue"),
    "api:recordings": ("", "?person=Quillf", "?desk=rates", "?limit=1"),
    "api:media": ("", "?form=native"),
    "api:quarantine": ("", "?withdrawn=true"),
    "api:search": ("", "?q=quetz*", "?q=okap*", "?desk=rates", "?q=good&desk=rates", "?category=secrecy"),
    "api:alerts": ("", "?state=any", "?state=closed", "?desk=rates", "?category=secrecy", "?order=newest"),
    "api:growth": ("?old=1&new=2",),
    "api:schema": ("?format=json",),
    "api:docs": ("", "?script="),
}
DECISION = {"action": "no_concern", "reason": "Seen to."}
FORMS: dict[tuple[str, str], dict[str, Any]] = {
    ("sign-in", "POST"): {"username": "officer-fx", "password": "wrong"},
    ("sign-in", "PUT"): {},
    ("api:tokens", "POST"): {"username": "officer-fx", "password": "wrong"},
    ("decide", "POST"): DECISION,
    ("api:dispositions", "POST"): DECISION,
    ("reopen", "POST"): {"reason": "Again."},
    ("propose-policy", "POST"): {"text": policy_text("numbat", "numbat"), "reason": "Something new."},
    ("propose-edit", "POST"): {"deed": "retire", "reason": "Something old."},
    ("propose-disk", "POST"): {"policy": ["conduct.wombat"], "reason": "From the folder."},
    ("begin-run", "POST"): {"sample": "1"},
    ("decide-change", "POST"): {"reason": "Agreed."},
    ("played", "POST"): {"position": "0"},
    ("heard", "POST"): {"start": "0", "end": "1"},
    ("judge-suppressed", "POST"): {"verdict": "rightly", "note": "A machine."},
    ("draw-suppressed", "POST"): {"kind": "menu"},
    ("undo-noise", "POST"): {"reason": "A person."},
    ("withdraw", "POST"): {"reason": "A test file."},
    ("enrol", "POST"): {"username": "newcomer", "full_name": "New Comer", "password": "Lark-Marble-Otter-7"},
    ("open-desk", "POST"): {"name": "Metals", "slug": "metals"},
    ("grant", "POST"): {"role": "officer", "desk": "fx", "deed": "give"},
    ("standing", "POST"): {"active": "1"},
    ("drills-run", "POST"): {"which": "market.spoofing"},
    ("close-incident", "POST"): {"reason": "Seen to."},
    ("draw-sample", "POST"): {"title": "A round", "since": "2026-03-01", "until": "2026-03-31", "size": "5"},
    ("close-round", "POST"): {"reason": "Enough."},
    ("judge-drawn", "POST"): {"action": "nothing"},
    ("take-back-drawn", "POST"): {"reason": "Again."},
    ("drawn-played", "POST"): {"position": "0"},
    ("drawn-heard", "POST"): {"start": "0", "end": "1"},
    ("freeze-labels", "POST"): {"title": "First", "reason": "To learn."},
    ("register-challenger", "POST"): {"name": "Bare", "kind": "lexicon", "reason": "To compare."},
    ("move-challenger", "POST"): {"to": "proposed", "reason": "Better."},
    ("exclude-desk", "POST"): {"desk": "rates", "reason": "Restricted.", "deed": "exclude"},
    ("known-as", "POST"): {"names": "Nobody Atall", "numbers": "2041"},
    ("decide-report", "POST"): {"state": "explained", "reason": "Seen to."},
    ("ask-glass", "POST"): {"role": "officer", "desk": "rates", "reason": "Harm is near.", "hours": "2"},
    ("decide-glass", "POST"): {"deed": "open"},
    ("state-purpose", "POST"): {"purpose": "training", "reference": "Course 4."},
    ("api:purpose", "POST"): {"purpose": "training", "reference": "Course 4."},
    ("enter-subject", "POST"): {"kind": "access", "names": "Ann Alder", "identity": "Seen.", "told": "All."},
    ("subject-deed", "POST"): {"deed": "gather"},
    ("subject-call-deed", "POST"): {"deed": "turn", "turn": "0", "state": "closed"},
    ("restriction", "POST"): {"deed": "lift", "because": "Settled."},
    ("issue-document", "POST"): {"sha256": "0"},
    ("api:subject-requests", "POST"): {
        "kind": "access",
        "names": ["Ann Alder"],
        "identity": "Seen.",
        "told": "All.",
    },
    ("api:lift-restriction", "POST"): {"because": "Settled."},
    ("enter-consent", "POST"): {"kind": "contract", "person": "Ann Alder", "reference": "C"},
    ("ask-personal", "POST"): {"reason": "Private."},
    ("decide-personal", "POST"): {"deed": "agree"},
    ("set-profile", "POST"): {
        "desk": "rates",
        "jurisdictions": ["GB"],
        "sectors": ["trading"],
        "reason": "A desk of the bank.",
    },
    ("enter-demand", "POST"): {
        "desk": "rates",
        "since": "2026-03-01",
        "until": "2026-03-31",
        "rule": "gb.sysc-10a-request",
        "authority": "The FCA",
        "reference": "L-7",
    },
    ("place-hold", "POST"): {
        "matter": "Matter 8",
        "reason": "A letter.",
        "desk": "rates",
        "custodians": "Ann Alder",
    },
    ("ask-release", "POST"): {"reason": "It is over."},
    ("decide-release", "POST"): {"deed": "keep", "reason": "It is not over."},
    ("prepare-disposal", "POST"): {"reason": "Their time has come."},
    ("decide-disposal", "POST"): {"deed": "refuse", "reason": "Not yet."},
    ("api:holds", "POST"): {"matter": "M", "reason": "R", "desks": ["rates"], "custodians": ["Ann Alder"]},
    ("api:hold-preview", "POST"): {"desks": ["rates"], "custodians": ["Ann Alder"]},
    ("api:release-request", "POST"): {"reason": "It is over."},
    ("api:release", "POST"): {"deed": "keep", "reason": "It is not over."},
    ("set-baseline", "POST"): {"since": "2026-03-01", "until": "2026-03-31", "reason": "Calm."},
}
# Addresses whose number is that of a change.
CHANGES = ("begin-run", "api:back-tests")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What every signed-in person of the desk must find, lest silence pass for a wall.
SHOWN: dict[tuple[str, str], set[str]] = {
    ("change", f"officer-{INSIDE}"): {"finding"},
    ("call", f"officer-{INSIDE}"): {"person", "number", "file", "word", "finding"},
    ("search", f"officer-{INSIDE}"): {"person", "word"},
    ("calls", f"officer-{INSIDE}"): {"person"},
    ("queue", f"officer-{INSIDE}"): {"finding"},
    ("suppressed", f"officer-{INSIDE}"): {"file", "finding"},
    ("sound", f"officer-{INSIDE}"): {"sound"},
    ("native", f"officer-{INSIDE}"): {"sound", "file"},
    ("intake", f"supervisor-{INSIDE}"): {"set aside"},
    ("ledger", "auditor-all"): {"set aside", "asked"},
    ("system", "admin"): {"halted"},
    ("api:recording", f"officer-{INSIDE}"): {"person", "number", "file"},
    ("api:transcript", f"officer-{INSIDE}"): {"word", "person"},
    ("api:findings", f"auditor-{INSIDE}"): {"finding"},
    ("api:media", f"officer-{INSIDE}"): {"sound"},
    ("record", f"records-{INSIDE}"): {"word", "person"},
    ("record-file", f"records-{INSIDE}"): {"word", "person", "number", "file"},
    ("api:record", f"records-{INSIDE}"): {"word", "person", "number", "file"},
    ("api:search", f"officer-{INSIDE}"): {"person", "word"},
    ("api:alerts", f"officer-{INSIDE}"): {"finding", "person"},
    ("api:quarantine", f"records-{INSIDE}"): {"set aside"},
    ("subject-call", f"privacy-{INSIDE}"): {"person", "word"},
    ("call", f"regulator-{INSIDE}"): {"person", "word", "finding"},
}


@dataclass(frozen=True, kw_only=True)
class Door:
    """One line of the table."""

    address: str
    method: str
    expected: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Floor:
    """What was planted, and a session for each actor."""

    recording: UUID
    decided: UUID
    halted: UUID
    receipt: UUID
    alert: int
    change: int
    running: int
    run: int
    noise: int
    silenced: int
    twin: UUID
    round: int
    hold: int
    subject: int
    night: int
    item: UUID
    sessions: dict[str, str]
    sounds: tuple[bytes, ...]
    ids: dict[str, str] = field(default_factory=dict)


def table() -> list[Door]:
    lines = [line.split() for line in TABLE.strip().splitlines()[1:]]
    return [
        Door(address=address, method=method, expected=dict(zip(ACTORS, statuses, strict=True)))
        for address, method, *statuses in lines
    ]


DOORS = table()


@pytest.fixture(scope="module")
def floor(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Floor]:
    """Planted once; every request is rolled back, and the whole at the end."""
    folder = tmp_path_factory.mktemp("walls")
    home = replace(settings.EARSHOT, home=folder / "home", store="folder", index="sqlite", watch_folder=None)
    home = replace(home, suppressed_share=100)
    with django_db_blocker.unblock(), override_settings(EARSHOT=home), transaction.atomic():
        write_policies(folder / "policies", [("okapi", "secrecy", "push w/3 okapi*")])
        yield _planted(folder)
        transaction.set_rollback(True)


def _planted(folder: Any) -> Floor:
    for desk in (INSIDE, OUTSIDE):
        open_desk(scope=CLERK, slug=desk, name=desk.title())
    for name in ACTORS[:-1]:
        enrol(scope=CLERK, username=name, full_name=name.title(), password=PASSWORD)
        role, _, desk = name.partition("-")
        if role in (*ROLES, "admin"):
            grant(scope=CLERK, username=name, role=role, desk=desk if desk in (INSIDE, OUTSIDE) else None)
    people = (CANARIES["person"], "Ben Birch")
    numbers = (CANARIES["number"], "+44 20 7946 0002")
    said = ((0, "good morning the quetzalcoatlus is here so push the okapi before noon"), (1, "good"))
    ours = Spoken(name=CANARIES["file"], people=people, numbers=numbers, turns=said)
    recording = take_through(folder, INSIDE, ours)
    twin = Spoken(name="ostrich-4471-b", people=people, numbers=numbers, turns=said, pitch=330)
    decided = take_through(folder, INSIDE, twin)
    decide(
        scope=scope_named(f"officer-{INSIDE}"), recording=decided, action="coach", reason=CANARIES["reason"]
    )
    halted = receive_call(folder, INSIDE, Spoken(name=CANARIES["halted"], pitch=410))
    put_back(claim(halted, "archive"), fault="The disk is gone.", cure="Put it back.", pause=None)
    theirs = Spoken(
        name="theirs", people=("Cid Cedar", "Dora Dogwood"), turns=((0, "good"), (1, "push the okapi"))
    )
    take_through(folder, OUTSIDE, replace(theirs, turns=((0, "good news"), (1, "a tapir")), pitch=520))
    menu = "for push the okapi press one to push the okapi press two for anything else press three"
    noisy = take_through(
        folder, INSIDE, replace(ours, name="ostrich-4471-n", turns=((0, menu), (1, "good")), pitch=610)
    )
    # The same call from two recorders: the second follows.
    talk = (
        (0, "could you show me two way in five year gilts"),
        (1, "four twelve four fourteen in fifty for you"),
    )
    for nth, pitch in enumerate((700, 740)):
        twin = take_through(
            folder, INSIDE, replace(ours, name=f"ostrich-4471-t{nth}", turns=said + talk + said, pitch=pitch)
        )
    march = Wanted(since=START - DAY, until=START + DAY, desks=(INSIDE,))
    drawn_round = draw_round(scope=program("walls"), title="March", wanted=march)
    record(actor=f"officer-{INSIDE}", action="searched", detail={"query": CANARIES["asked"]})
    lock_away()
    alert = alert_of(CLERK, recording)
    assert alert is not None
    return Floor(
        recording=recording,
        decided=decided,
        halted=halted,
        receipt=_set_aside(folder),
        alert=alert.id,
        **_changes(folder),
        noise=_noise(noisy),
        silenced=drawn(program("walls"))[0].id,
        twin=twin,
        round=drawn_round,
        night=watch_the_night(),
        hold=place_hold(
            scope=program("walls"),
            matter="Matter 7",
            reason="A letter came.",
            terms=Terms(desks=(INSIDE,), custodians=(CANARIES["person"],)),
            forward=True,
        ),
        subject=_subject(),
        item=next_item(program("walls"), drawn_round),
        sessions={name: _session(name) for name in ACTORS[:-1]},
        sounds=_sounds(recording),
    )


def _subject() -> int:
    """What one of the two on the call asked, and the calls found for it."""
    number = enter_request(
        scope=program("walls"),
        kind="access",
        names=["Ben Birch"],
        numbers=["+44 20 7946 0002"],
        identity="Seen.",
        told="All of it.",
    )
    gather(scope=program("walls"), number=number)
    return number


def _noise(recording: UUID) -> int:
    """The menu of a call, which silenced a finding."""
    words = current(program("walls"), recording)
    assert words is not None
    [row] = recognitions(program("walls"), recording, words.id)
    return row.id


def _changes(folder: Any) -> dict[str, int]:
    """One change tried to its end, which found the canary lost; one whose run goes on; and a file not in force."""
    proposal = Proposal(title="Retire it", reason="A test.", retired=[("policy", "conduct.okapi")])
    tried_out, running = (propose(scope=CLERK, proposal=proposal) for _ in "ab")
    tried(CLERK, tried_out)
    (folder / "policies" / "rules" / "conduct" / "wombat.toml").write_text(policy_text("wombat", "wombat"))
    return {"change": tried_out, "running": running, "run": begin(scope=CLERK, change=running, walk=Walk())}


def _set_aside(folder: Any) -> UUID:
    path = folder / f"{CANARIES['set aside']}.wav"
    path.write_bytes(b"this is no sound at all\n" * 40)
    return receive(scope=CLERK, source="upload", path=path, name=path.name, said=Said(desk=INSIDE)).receipt


def _session(username: str) -> str:
    client = Client()
    assert client.login(request=_request(), username=username, password=PASSWORD)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _request() -> Any:
    from django.test import RequestFactory

    return RequestFactory().post("/sign-in")


def _sounds(recording: UUID) -> tuple[bytes, ...]:
    """A stretch of samples out of the native and out of the copy for ears."""
    native = b"".join(open_native(program("walls"), recording).chunks)
    copy = listening_copy(program("walls"), recording).whole()
    return native[2000:2064], copy[2000:2064]


def patterns(found: Any = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address there is, by its full name."""
    for entry in get_resolver().url_patterns if found is None else found:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from patterns(entry.url_patterns, inner)
        else:
            yield f"{space}{entry.name or entry.pattern}", entry


def address_of(floor: Floor, name: str) -> str:
    """The address as it leads to what lies on the rates desk."""
    entry = dict(patterns())[name]
    known = {
        "recording": {
            "reopen": floor.decided,
            "send-again": floor.halted,
            "part-twins": floor.twin,
            "join-twins": floor.twin,
        }.get(name, floor.recording),
        "recognition": floor.noise,
        "silenced": floor.silenced,
        "receipt": floor.receipt,
        "number": {
            "round": floor.round,
            "next-drawn": floor.round,
            "close-round": floor.round,
            "approve-data-set": 404,
            "move-challenger": 404,
            "cancel-run": floor.running,
            "disposal": 404,
            "report": 404,
            "decide-report": 404,
            "decide-personal": 404,
            "night": floor.night,
            "decide-disposal": 404,
            "restriction": 404,
            "decide-glass": 404,
            "review-grant": 0,
            "api:lift-restriction": 404,
            "disposal-receipt": 404,
        }.get(name, _number(floor, name)),
        "item": floor.item,
        "username": "nobody",
        "drill": "market.spoofing",
        "run": floor.receipt,
        "incident": 404,
        "name": "conduct.okapi",
        "run_number": floor.run,
        "sequence": 1,
        "kind": "dpia",
    }
    wanted = {part: known[part] for part in entry.pattern.converters}
    return reverse(name, kwargs=wanted)


def _number(floor: Floor, name: str) -> int:
    if "change" in name or name in CHANGES:
        return floor.change
    if "subject" in name:
        return floor.subject
    return floor.hold if "hold" in name or "release" in name else floor.alert


def ask(floor: Floor, actor: str, method: str, address: str, form: dict[str, Any]) -> HttpResponseBase:
    client = Client(raise_request_exception=True)
    if actor != "anonymous":
        client.cookies[settings.SESSION_COOKIE_NAME] = floor.sessions[actor]
    if method == "POST":
        return client.post(address, form)
    if method == "PUT" and address == reverse("sign-in"):
        return client.put(address, b"", content_type="application/x-www-form-urlencoded")
    return getattr(client, method.lower())(address)  # type: ignore[no-any-return]


def form_of(name: str, method: str) -> dict[str, Any]:
    fax = SimpleUploadedFile("fax.wav", b"not sound either\n" * 30)
    uploads: dict[tuple[str, str], dict[str, Any]] = {
        ("upload", "POST"): {"files": fax, "desk": INSIDE},
        ("api:recordings", "POST"): {"media": fax, "desk": INSIDE},
    }
    return uploads.get((name, method)) or FORMS.get((name, method), {})


def heard_in(floor: Floor, answer: HttpResponseBase, asked: str) -> set[str]:
    """The canaries in an answer, its headers too; what the asker said themselves does not count."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    told = body.decode("utf-8", "replace") + json.dumps(dict(answer.items()))
    words = {name: text for name, text in CANARIES.items() if name != "set aside by"}
    found = {name for name, text in words.items() if text.lower() in told.lower()}
    ids = {
        "file": floor.recording,
        "reason": floor.decided,
        "halted": floor.halted,
        "set aside": floor.receipt,
    }
    found |= {name for name, number in ids.items() if str(number) not in asked and str(number) in told}
    return found | ({"sound"} if any(stretch in body for stretch in floor.sounds) else set())


def try_door(floor: Floor, door: Door, actor: str, query: str) -> tuple[list[str], set[str]]:
    """What is wrong with one try, and what it showed."""
    address, expected = address_of(floor, door.address) + query, door.expected[actor]
    with transaction.atomic():
        before = Entry.objects.order_by("-sequence").values_list("sequence", flat=True)[0]
        answer = ask(floor, actor, door.method, address, form_of(door.address, door.method))
        shown = heard_in(floor, answer, address)
        # Who asks for a token is nobody until the password is right.
        who = "anonymous" if door.address == "api:tokens" and door.method == "POST" else actor
        acts = Entry.objects.filter(sequence__gt=before, actor=who).values_list("action", flat=True)
        refused = "refused" in acts
        transaction.set_rollback(True)
    faults = []
    if answer.status_code != (404 if expected == "nil" else int(expected)):
        faults.append(f"{actor} {door.method} {address}: {answer.status_code}, not {expected}")
    if over := shown - MAY_REACH.get(actor, set()):
        faults.append(f"{actor} {door.method} {address}: was told {sorted(over)}")
    if expected in ("401", "403", "404") and not refused:
        faults.append(f"{actor} {door.method} {address}: the refusal is not in the ledger")
    return faults, shown


def test_every_address_stands_in_the_table_and_nothing_else_does() -> None:
    assert {name for name, _ in patterns()} == {door.address for door in DOORS}


@pytest.mark.parametrize("door", DOORS, ids=[f"{door.method} {door.address}" for door in DOORS])
def test_each_role_gets_what_the_table_says_and_not_a_word_more(floor: Floor, door: Door) -> None:
    faults: list[str] = []
    shown: dict[str, set[str]] = {actor: set() for actor in ACTORS}
    for actor in ACTORS:
        for query in QUERIES.get(door.address, ("",)) if door.method == "GET" else ("",):
            wrong, told = try_door(floor, door, actor, query)
            faults += wrong
            shown[actor] |= told
    for (address, actor), must in SHOWN.items():
        if address == door.address and door.method == "GET" and not must <= shown[actor]:
            faults.append(f"{actor} {address}: should have been told {sorted(must - shown[actor])}")
    assert faults == []


@pytest.mark.parametrize("name", sorted({door.address for door in DOORS}))
def test_a_method_that_is_not_in_the_table_opens_nothing(floor: Floor, name: str) -> None:
    listed = {door.method for door in DOORS if door.address == name}
    address = address_of(floor, name)
    faults = []
    for method in METHODS:
        if method in listed or (method == "HEAD" and "GET" in listed):
            continue
        for actor in (f"supervisor-{INSIDE}", f"officer-{OUTSIDE}", "admin", "anonymous"):
            with transaction.atomic():
                answer = ask(floor, actor, method, address, {})
                shown = heard_in(floor, answer, address)
                transaction.set_rollback(True)
            closed = answer.status_code in (401, 403, 404, 405) or (
                method == "OPTIONS" and not answer.content
            )  # type: ignore[attr-defined]
            if not closed or shown:
                faults.append(f"{actor} {method} {address}: {answer.status_code} {sorted(shown)}")
    assert faults == []


def test_the_head_of_an_answer_tells_no_more_than_the_answer(floor: Floor) -> None:
    faults = []
    for door in DOORS:
        if door.method != "GET":
            continue
        for actor in (f"officer-{OUTSIDE}", "nobody", "anonymous"):
            with transaction.atomic():
                answer = ask(floor, actor, "HEAD", address_of(floor, door.address), {})
                shown = heard_in(floor, answer, address_of(floor, door.address))
                transaction.set_rollback(True)
            expected = 404 if door.expected[actor] == "nil" else int(door.expected[actor])
            if answer.status_code not in (expected, 405) or shown:
                faults.append(f"{actor} HEAD {door.address}: {answer.status_code} {sorted(shown)}")
    assert faults == []
