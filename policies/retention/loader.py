"""A folder of TOML becomes the rules of retention, or every fault in it with file and place."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from policies.retention.rules import (
    CLASSES,
    INSTRUMENTS,
    JURISDICTIONS,
    SECTORS,
    STARTS,
    WORM,
    Kind,
    Rule,
    RuleFaults,
    RuleSet,
)
from policies.retention.terms import Term
from policies.schema import Fault

HOME: Final = Path(__file__).parent
_ID = re.compile(r"^[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*$")
_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "jurisdictions": JURISDICTIONS,
    "sectors": SECTORS,
    "instruments": INSTRUMENTS,
    "classes": CLASSES,
}
_UNITS: Final = ("years", "months", "days")
_TEXTS: Final = ("id", "kind", "title", "citation", "starts_from")
_REQUIRED: Final = (*_TEXTS, "jurisdictions")
_KEYS: Final = (*_REQUIRED, *_UNITS, "sectors", "instruments", "classes", "accessible", "worm", "on_request")
_KNOWN: Final = (*_KEYS, "verify")


def load(folder: Path = HOME) -> RuleSet:
    """Every `[[rule]]` of every `*.toml` of the folder. Raises RuleFaults with all faults at once."""
    faults: list[Fault] = []
    rules: list[Rule] = []
    tables: list[tuple[str, dict[str, Any]]] = []
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        faults.append(Fault(file=str(folder), place="folder", problem="holds no rules of retention"))
    for path in paths:
        found, wrong = _tables(path)
        tables += [(path.name, table) for table in found]
        faults += wrong
    for file, table in tables:
        rule, wrong = _rule(file, table)
        faults += wrong
        if rule is not None:
            rules.append(rule)
    faults += _doubled(tables)
    if faults:
        raise RuleFaults(tuple(faults))
    ordered = tuple(sorted(rules, key=lambda rule: rule.id))
    texts = sorted((table for _, table in tables), key=lambda table: str(table["id"]))
    told = json.dumps(texts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return RuleSet(rules=ordered, sha256=hashlib.sha256(told.encode()).hexdigest())


def _tables(path: Path) -> tuple[list[dict[str, Any]], list[Fault]]:
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return [], [Fault(file=path.name, place="file", problem=f"cannot be read: {error}")]
    match read:
        case {"rule": [*found], **other} if (
            found and not other and all(isinstance(one, dict) for one in found)
        ):
            return found, []
    return [], [Fault(file=path.name, place="file", problem="holds [[rule]] tables and nothing else")]


def _doubled(tables: list[tuple[str, dict[str, Any]]]) -> list[Fault]:
    ids = [str(table.get("id", "")) for _, table in tables]
    return [
        Fault(file=file, place=str(table["id"]), problem="another rule carries this id")
        for number, (file, table) in enumerate(tables)
        if "id" in table and str(table["id"]) in ids[:number]
    ]


def _rule(file: str, table: Mapping[str, Any]) -> tuple[Rule | None, list[Fault]]:
    name = str(table.get("id", "a rule without id"))
    faults = [Fault(file=file, place=name, problem=problem) for problem in _problems(table)]
    if faults:
        return None, faults
    kind = Kind(table["kind"])
    rule = Rule(
        id=table["id"],
        kind=kind,
        title=table["title"],
        citation=table["citation"],
        jurisdictions=frozenset(table["jurisdictions"]),
        sectors=frozenset(table.get("sectors", ())),
        instruments=frozenset(table.get("instruments", ())),
        classes=frozenset(table.get("classes", ())),
        term=_term(table),
        starts_from=table["starts_from"],
        accessible=_term(table["accessible"]) if "accessible" in table else None,
        worm=table.get("worm", "no"),
        on_request=table.get("on_request", False),
        verify=table.get("verify", False),
    )
    return rule, []


def _problems(table: Mapping[str, Any]) -> list[str]:
    found = [f"{key} is missing" for key in _REQUIRED if key not in table]
    found += [
        f"{key} is no key of a rule; the keys are {', '.join(_KNOWN)}" for key in table if key not in _KNOWN
    ]
    texts = [key for key in _TEXTS if key in table]
    found += [f"{key} is no text, or empty" for key in texts if not _is_text(table[key])]
    flags = [key for key in ("on_request", "verify") if key in table]
    found += [f"{key} is true or false" for key in flags if not isinstance(table[key], bool)]
    if found:
        return found
    if not _ID.match(table["id"]):
        found.append(f"{table['id']!r} is not of the form family.name, small letters, figures and hyphens")
    for key, known in (("kind", list(Kind)), ("starts_from", list(STARTS)), ("worm", list(WORM))):
        if table.get(key, known[0]) not in known:
            found.append(f"{key} {table[key]!r} is none of {', '.join(known)}")
    for key, words in _WORDS.items():
        found += _strange(key, table.get(key, []), words)
    if not table["jurisdictions"]:
        found.append("jurisdictions names none: a rule binds somewhere")
    found += _wrong_term("its length", {unit: table[unit] for unit in _UNITS if unit in table})
    if "accessible" in table:
        found += _wrong_term("accessible", table["accessible"])
    if table["kind"] == Kind.LIMIT and {"accessible", "on_request"} & table.keys():
        found.append("accessible and on_request belong to duties")
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _strange(key: str, told: object, known: frozenset[str]) -> list[str]:
    if not isinstance(told, list):
        return [f"{key} is no list"]
    return [
        f"{key}: {word!r} is none of {', '.join(sorted(known))}"
        for word in told
        if not isinstance(word, str) or word not in known
    ]


def _wrong_term(what: str, told: object) -> list[str]:
    if not isinstance(told, dict) or not told or told.keys() - set(_UNITS):
        return [f"{what} is told in {', '.join(_UNITS)}"]
    if any(type(many) is not int or many < 0 for many in told.values()) or not any(told.values()):
        return [f"{what} is made of whole numbers, one of them above 0"]
    return []


def _term(table: Mapping[str, Any]) -> Term:
    return Term(**{unit: table[unit] for unit in _UNITS if unit in table})
