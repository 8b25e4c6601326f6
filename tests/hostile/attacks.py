"""What a hostile hand tries, what came of it, and the site it is tried on."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from scene import PASSWORD
from site_at_work import Site

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of one attempt. `how` quotes what Earshot, the store or the database said."""

    prevented: bool = False
    detected: bool = False
    how: str = ""

    @property
    def told(self) -> str:
        words = [word for word, true in (("prevented", self.prevented), ("detected", self.detected)) if true]
        return " and ".join(words) or "NEITHER"


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One attempt: with whose rights, what is tried, and the deed itself."""

    hand: str
    tries: str
    do: Callable[[Site], Came]


ATTACKS: list[Attack] = []


def attack(hand: str, tries: str) -> Callable[[Callable[[Site], Came]], Callable[[Site], Came]]:
    """Put a deed on the list of the hostile pass."""

    def listed(do: Callable[[Site], Came]) -> Callable[[Site], Came]:
        ATTACKS.append(Attack(hand=hand, tries=tries, do=do))
        return do

    return listed


class Browser(requests.Session):
    """Someone's browser: cookies, and the token of a form where it sends one."""

    def __init__(self, site: Site, username: str = "") -> None:
        super().__init__()
        self.site = site
        if username:
            self.form("/sign-in", at="/sign-in", username=username, password=PASSWORD)

    def see(self, path: str, **more: Any) -> requests.Response:
        """Fetch an address of the site, and go no further."""
        return self.get(self.site.url + path, allow_redirects=False, timeout=30, **more)

    def form(self, path: str, *, at: str, **fields: str) -> requests.Response:
        """Send a form of the page at `at`."""
        found = TOKEN.search(self.see(at).text)
        sent = {"csrfmiddlewaretoken": found[1] if found else "", **fields}
        where = {"Referer": self.site.url + at}
        return self.post(self.site.url + path, data=sent, headers=where, allow_redirects=False, timeout=30)


@contextmanager
def database(site: Site) -> Iterator[Callable[..., list[Any]]]:
    """Direct SQL past Earshot, as its database's administrator has it; `?` for parameters on both columns."""
    made = site.installation
    if made.column == "embedded":
        with closing(sqlite3.connect(made.home / "earshot.sqlite3", timeout=60)) as raw:
            yield lambda text, *values: raw.execute(text, values).fetchall()
            raw.commit()
        return
    import psycopg

    url = made.env["EARSHOT_DATABASE_URL"].replace("postgres://", "postgresql://")
    with psycopg.connect(url) as raw:

        def run(text: str, *values: Any) -> list[Any]:
            done = raw.execute(text.replace("?", "%s"), values)
            return done.fetchall() if done.description else []

        yield run


def last_entry(site: Site, **wanted: str) -> str:
    """The newest ledger entry of an action, as text; empty where there is none."""
    code = (
        "from surveillance.audit.models import Entry\n"
        f"row = Entry.objects.filter(**{wanted!r}).order_by('-sequence').first()\n"
        "answer = f'entry {row.sequence}: {row.actor} {row.action} {row.subject}' if row else ''"
    )
    return str(site.installation.ask(code))
