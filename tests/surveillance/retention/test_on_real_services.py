"""Lock, hold and disposal against S3 and PostgreSQL; the other modules here ask the same of folder and SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sounds import wav

from installation import Installation, installation, real_services

# Four calls of 2015 whose duties are over, sealed under a lock of a few seconds, so that its end can be waited for.
SET_UP = """
import io, json, threading, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from django.core.management import call_command
from django.db import connection, transaction
from surveillance.access.scope import combine, program
from surveillance.access.services import open_desk
from surveillance.archive import services as archive
from surveillance.archive.models import Seal
from surveillance.archive.stores.configured import store
from surveillance.archive.stores.store import Locked
from surveillance.capture.models import Recording
from surveillance.capture.progress import take
from surveillance.capture.services import Said, receive
from surveillance.core.errors import Fault
from surveillance.pipeline import seal_as_decided
from surveillance.retention import carrying_out, holds, receipts
from surveillance.retention.disposing import approve_disposal, dry_run, prepare_disposal
from surveillance.retention.locking import follow_holds
from surveillance.retention.models import Disposal, DisposalItem, Held, Hold
from surveillance.retention.services import keep_as_decided, set_profile
from surveillance.retention.told import Description

archive.SHORTEST_LOCK = timedelta(seconds=4)
clerk = program("clerk")
one, two = (combine(name, [("records", None)]) for name in ("one", "two"))
open_desk(scope=clerk, slug="rates", name="Rates")
german = Description(jurisdictions=frozenset({"DE"}), sectors=frozenset({"trading"}))
set_profile(scope=one, desk="rates", description=german, reason="Frankfurt.")
for path in map(Path, PATHS):
    said = Said(desk="rates", started_at=datetime(2015, 3, 2, 9, 30, tzinfo=UTC))
    got = receive(scope=clerk, source="unattributed", path=path, name=path.name, said=said)
    assert got.recording is not None, got
    seal_as_decided(take(got.recording, "archive", lease=60))
assert keep_as_decided().faults == {}

def refusals():
    said = []
    for seal in Seal.objects.order_by("pk"):
        try:
            store()._client.remove_object(store()._bucket, seal.key, version_id=store()._object(seal.key))
            said.append("removed")
        except Exception as fault:
            said.append(type(fault).__name__ + ": " + str(fault)[:60])
    return said

def command(*arguments):
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())

def release():
    number = Hold.objects.get(released_at__isnull=True).pk
    holds.ask_release(scope=one, hold=number, reason="Settled.")
    holds.release_hold(scope=two, hold=number)
    follow_holds()

def approved():
    number = prepare_disposal(scope=one, reason="Yearly.")
    approve_disposal(scope=two, disposal=number, items_sha256=Disposal.objects.get(pk=number).items_sha256)
    return number

answer = {"early": refusals()}
time.sleep(5)
"""

LOCK = """
placed = command("holds", "--place", "Heron", "--reason", "Subpoena.", "--desk", "rates")["holds"][0]
answer["placed"] = [placed["recordings"], placed["locked_in_store"], placed["waiting"], placed["p99_seconds"] < 60]
answer["held"] = refusals()
answer["shown"] = command("dispose")["why_staying"]
try:
    prepare_disposal(scope=one, reason="Yearly.")
except Fault as fault:
    answer["refused"] = fault.message
release()
"""

# On a server that locks rows, a hold is written at the very moment a recording goes, in both orders.
RACE = """
number = approved()
first = DisposalItem.objects.order_by("pk").first()

def place(matter, pause):
    with transaction.atomic():
        holds.place_hold(scope=one, matter=matter, reason="Race.", terms=holds.Terms(desks=("rates",)))
        time.sleep(pause)
    connection.close()

asked = carrying_out._against
started = []
def late(row):
    said = asked(row)
    if row.state == "going" and not started:
        started.append(threading.Thread(target=place, args=("too late", 0)))
        started[0].start()
        time.sleep(0.7)
    return said

carrying_out._against = late
assert carrying_out._taken_up(first.pk)
assert carrying_out._let_go(first.pk)
started[0].join()
carrying_out._against = asked
ids = lambda rows, name: sorted(str(one) for one in rows.objects.values_list(name, flat=True))
answer["too late"] = len(ids(Recording, "pk"))
standing = Held.objects.filter(hold__released_at__isnull=True).values_list("recording_id", flat=True)
answer["holds what is left"] = sorted(map(str, standing)) == ids(Recording, "pk")
release()
writer = threading.Thread(target=place, args=("in time", 1.5))
writer.start()
time.sleep(0.7)
done = carrying_out.carry_out(disposal=number)
writer.join()
answer["in time"] = [done.gone, done.kept, done.left]
follow_holds()
answer["still held"] = refusals()
release()
"""

GONE = """
carrying_out.carry_out(disposal=approved())
answer["left"] = [Recording.objects.count(), Seal.objects.count(), len(list(store().keys("natives/")))]
told = [receipts.RECEIPT.read(row.receipt, receipts.RECEIPT.public_key()) for row in Disposal.objects.order_by("pk")]
answer["receipts"] = [[len(one["gone"]), len(one["kept"])] for one in told]
"""


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Installation]:
    real_services()
    with installation("real", tmp_path / "home") as made:
        yield made


@pytest.mark.services
def test_the_lock_refuses_the_hold_outlives_it_a_race_leaves_nothing_between_and_two_people_let_go(
    real: Installation, tmp_path: Path
) -> None:
    paths = [str(wav(tmp_path / f"call-{nth}.wav", channels=2, pitch=200.0 + 40 * nth)) for nth in range(4)]
    told = real.ask(f"PATHS = {paths!r}\n{SET_UP}{LOCK}{RACE}{GONE}")
    # The store itself refuses, asked past Earshot with its own client: COMPLIANCE, and then the hold.
    assert all(said.startswith("S3Error") for said in (*told["early"], *told["held"], *told["still held"]))
    assert [len(told[name]) for name in ("early", "held", "still held")] == [4, 4, 3]
    assert told["placed"] == [4, 4, 0, True]
    assert told["shown"] == {"under a legal hold": 4}
    assert told["refused"] == "Nothing may go now."
    assert told["too late"] == 3
    assert told["holds what is left"] is True
    assert told["in time"] == [0, 3, 0]
    assert told["left"] == [0, 0, 0]
    assert told["receipts"] == [[1, 3], [3, 0]]
