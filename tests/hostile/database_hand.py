"""The administrator of the database, who may write any row and owns the machine it lies on."""

from __future__ import annotations

import json
from collections.abc import Callable

from attacks import Came, attack, database
from site_at_work import Site

HAND = "database administrator"
LEDGER = ("audit_entry", "audit_head")


def _found_out(site: Site, deed: Callable[[Callable[..., list[object]]], None]) -> Came:
    """Do it, ask the ledger, and put the tables back as they were."""
    with database(site) as sql:
        for table in LEDGER:
            # Our own two names, no one's input.
            sql(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608
        deed(sql)
    told = site.installation.manage("verify_ledger", "--json", check=False)
    with database(site) as sql:
        for table in LEDGER:
            sql(f"DELETE FROM {table}")  # noqa: S608
            sql(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608
            sql(f"DROP TABLE kept_{table}")
    bends = json.loads(told.stdout)["bends"]
    named = "; ".join(f"entry {bend['sequence']}: {bend['why']}" for bend in bends[:2])
    return Came(detected=bool(bends) and told.returncode != 0, how=named)


@attack(HAND, "edits the words of an entry of the ledger")
def edits(site: Site) -> Came:
    return _found_out(
        site, lambda sql: _void(sql("UPDATE audit_entry SET actor = 'nobody' WHERE sequence = 7"))
    )


@attack(HAND, "deletes an entry")
def deletes(site: Site) -> Came:
    return _found_out(site, lambda sql: _void(sql("DELETE FROM audit_entry WHERE sequence = 9")))


@attack(HAND, "cuts off the last three entries")
def cuts(site: Site) -> Came:
    def deed(sql: Callable[..., list[object]]) -> None:
        sql("DELETE FROM audit_entry WHERE sequence > (SELECT MAX(sequence) - 3 FROM audit_entry)")

    return _found_out(site, deed)


@attack(HAND, "swaps two entries")
def swaps(site: Site) -> Came:
    def deed(sql: Callable[..., list[object]]) -> None:
        for number, other in ((5, -1), (6, 5), (-1, 6)):
            sql("UPDATE audit_entry SET sequence = ? WHERE sequence = ?", other + 1000000, number)
            sql("UPDATE audit_entry SET sequence = sequence - 1000000 WHERE sequence >= 1000000")

    return _found_out(site, deed)


@attack(HAND, "back-dates an entry")
def back_dates(site: Site) -> Came:
    def deed(sql: Callable[..., list[object]]) -> None:
        sql("UPDATE audit_entry SET at = '2026-01-01 00:00:00+00' WHERE sequence = 8")

    return _found_out(site, deed)


def _void(_: object) -> None:
    """Rows are not wanted of a deed."""
