"""An organisation from a TOML file: desks, people and their grants; passwords made here, kept out of the repository."""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path

from surveillance.access.scope import Scope
from surveillance.access.services import enrol, grant, open_desk

WORDS = """
amber anchor basil birch brass cedar clover cobalt coral daisy ember fern flint garnet hazel heron
indigo ivory jasper juniper kestrel lark laurel linen lotus maple marble meadow olive onyx opal
otter pearl pepper pine plover poplar quartz raven robin russet saffron sage sorrel swift teal
thistle topaz umber velvet walnut willow wren
""".split()


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """What a person of the demo signs in with."""

    username: str
    full_name: str
    role: str
    desks: tuple[str, ...]
    password: str


def found(path: Path, *, scope: Scope, keep: Path) -> list[SignIn]:
    """Set up the organisation of `path`; the passwords stay in `keep` (mode 0600) and are the same next time."""
    plan = tomllib.loads(path.read_text(encoding="utf-8"))
    known = json.loads(keep.read_text(encoding="utf-8")) if keep.exists() else {}
    for desk in plan["desk"]:
        open_desk(scope=scope, slug=desk["slug"], name=desk["name"])
    people = [_settle(person, scope=scope, password=known.get(person["user"])) for person in plan["person"]]
    keep.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(keep, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump({person.username: person.password for person in people}, out, indent=1)
    return people


def _settle(person: dict[str, object], *, scope: Scope, password: str | None) -> SignIn:
    username, role = str(person["user"]), str(person["role"])
    desks = tuple(str(desk) for desk in person["desks"])  # type: ignore[attr-defined]  # a TOML array
    secret = password or passphrase()
    enrol(scope=scope, username=username, full_name=str(person["name"]), password=secret)
    everywhere = desks == ("*",) or not desks
    for desk in [None] if everywhere else desks:
        grant(scope=scope, username=username, role=role, desk=desk)
    return SignIn(username=username, full_name=str(person["name"]), role=role, desks=desks, password=secret)


def passphrase() -> str:
    """Four words and two digits: about 29 bits, easy to type from a terminal, made by the system's randomness."""
    words = "-".join(secrets.choice(WORDS) for _ in range(4))
    return f"{words}-{secrets.randbelow(90) + 10}"
