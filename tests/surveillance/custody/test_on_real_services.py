"""The past on PostgreSQL and S3; the other modules here ask the same of SQLite and folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation import installation, real_services

SCRIPT = """
import sys, time, json
from dataclasses import replace
from pathlib import Path
sys.path += [{tests!r}, {tests!r} + "/surveillance"]
from django.db import connection, transaction
from floor import CLERK, Spoken, say, take_through
from surveillance.access.scope import combine, program
from surveillance.access.services import open_desk
from surveillance.core.clock import now
from surveillance.custody.models import Past
from surveillance.custody.sealing import astray, bends, live_rows, seal_past
from surveillance.custody.selectors import as_record, became, record_as_of

open_desk(scope=CLERK, slug="rates", name="Rates")
spoken = Spoken(name="okapi", turns=((0, "push the okapi before noon"), (1, "very well")))
recording = take_through(Path({folder!r}), "rates", spoken)

def stands():
    rows = {{}}
    for (kind, key), state in live_rows(recording):
        rows.setdefault(kind, {{}})[key] = json.loads(state)
    return as_record(recording, now(), rows).content()

stood = [(now(), stands())]
say(recording, replace(spoken, turns=((0, "push the okapi after noon"), (1, "well"))), "script-2")
stood.append((now(), stands()))
seal_past()
with connection.cursor() as cursor:
    cursor.execute("UPDATE capture_party SET person = 'Nobody' WHERE channel = 0")
stood.append((now(), stands()))
told = [record_as_of(program("test"), recording, at).content() == content for at, content in stood]
answer = {{"same": told, "differ": len({{content for _, content in stood}}), "astray": len(list(astray(recording)))}}
answer["last"] = became(program("test"), recording)[0].fields
with connection.cursor() as cursor:
    cursor.execute("ALTER TABLE capture_party DISABLE TRIGGER ALL")
    cursor.execute("UPDATE capture_party SET person = 'No one' WHERE channel = 0")
    bent = "UPDATE custody_past SET state = jsonb_set(state, '{{person}}', '\\"X\\"')"
    cursor.execute(bent + " WHERE kind = 'capture.Party'")
answer["found"] = sorted({{bend.what for bend in bends()}} | {{bend.what for bend in astray(recording)}})
"""


@pytest.mark.services
def test_re_creation_and_red_hands_on_postgres(tmp_path: Path) -> None:
    real_services()
    tests = str(Path(__file__).resolve().parents[2])
    with installation("real", tmp_path / "home") as site:
        answer = site.ask(SCRIPT.format(tests=tests, folder=str(tmp_path)))
    assert answer == {
        "same": [True, True, True],
        "differ": 3,
        "astray": 0,
        "last": ["person"],
        "found": ["differs", "was changed since"],
    }
