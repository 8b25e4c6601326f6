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


@attack(HAND, "slips an entry in that says somebody else did it")
def slips_in(site: Site) -> Came:
    def deed(sql: Callable[..., list[object]]) -> None:
        sql(
            "INSERT INTO audit_entry (sequence, at, actor, action, subject, detail, rows, leaf) "
            "SELECT MAX(sequence) + 1, MAX(at), 'officer', 'native downloaded', 'recording:x', '{}', '', "
            "MAX(leaf) FROM audit_entry"
        )

    return _found_out(site, deed)


@attack(HAND, "empties the ledger")
def empties(site: Site) -> Came:
    return _found_out(site, lambda sql: _void(sql("DELETE FROM audit_entry")))


@attack(HAND, "gives a stranger's account every desk")
def promotes(site: Site) -> Came:
    with database(site) as sql:
        sql(
            "INSERT INTO access_grant (user_id, role, reviewed_by) "
            "SELECT id, 'regulator', '' FROM access_user WHERE username = 'officer'"
        )
    told = site.installation.manage("verify_ledger", "--json", check=False)
    with database(site) as sql:
        sql(
            "DELETE FROM access_grant WHERE role = 'regulator' AND user_id IN "
            "(SELECT id FROM access_user WHERE username = 'officer')"
        )
    rows = json.loads(told.stdout)["rows"]
    named = "; ".join(f"{row['thing']}: {row['why']}" for row in rows[:2])
    return Came(detected=bool(rows) and told.returncode != 0, how=named)


@attack(HAND, "clears the trace of who was given which role")
def clears_the_trace(site: Site) -> Came:
    with database(site) as sql:
        sql("CREATE TABLE kept_trace AS SELECT * FROM auditlog_logentry")
        sql("UPDATE auditlog_logentry SET actor_id = NULL, object_repr = 'nobody' WHERE id = 3")
        sql("DELETE FROM auditlog_logentry WHERE id = 5")
    told = site.installation.manage("verify_ledger", "--json", check=False)
    with database(site) as sql:
        sql("DELETE FROM auditlog_logentry")
        sql("INSERT INTO auditlog_logentry SELECT * FROM kept_trace")
        sql("DROP TABLE kept_trace")
    said = json.loads(told.stdout)
    named = [f"entry {bend['sequence']}: {bend['why']}" for bend in said["bends"]]
    named += [f"{row['thing']}: {row['why']}" for row in said["rows"]]
    return Came(detected=bool(named) and told.returncode != 0, how="; ".join(named[:2]))


def _void(_: object) -> None:
    """Rows are not wanted of a deed."""
