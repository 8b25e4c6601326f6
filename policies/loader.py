"""A folder, or texts kept elsewhere, becomes a set of policies, or every fault in it with file and place."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from policies.schema import (
    CATEGORIES,
    SEVERITIES,
    Example,
    Fault,
    Policy,
    PolicyFaults,
    PolicySet,
)
from policies.vocabulary import NotWritable, WordList, read_lists, write_out
from search.grammar import Groups, QueryFault, parse
from search.query import Query

HOME: Final = Path(__file__).parent
_ID = re.compile(r"^[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*$")
_REQUIRED: Final[Mapping[str, type | tuple[type, ...]]] = {
    "id": str,
    "version": int,
    "title": str,
    "category": str,
    "severity": str,
    "weight": (int, float),
    "duty": list,
    "owner": str,
    "review_by": date,
    "query": str,
    "fires": list,
    "silent": list,
}
_OPTIONAL: Final[Mapping[str, type | tuple[type, ...]]] = {
    "unless": str,
    "reach": int,
    "second_review": bool,
    "supports": bool,
    "needs_support": bool,
}
_REACH: Final = 12


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Policies and lists as text, by their place in the folder: "rules/market/spoofing.toml"."""

    rules: Mapping[str, str]
    lists: Mapping[str, str]


def texts_of(folder: Path = HOME) -> Texts:
    """What stands in the folder, unread. Raises PolicyFaults where a file is no text."""
    faults: list[Fault] = []

    def read(pattern: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in sorted(folder.glob(pattern)):
            file = path.relative_to(folder).as_posix()
            try:
                found[file] = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                faults.append(Fault(file=file, place="file", problem=f"cannot be read: {error}"))
        return found

    texts = Texts(rules=read("rules/*/*.toml"), lists=read("lists/*.toml"))
    if faults:
        raise PolicyFaults(tuple(faults))
    return texts


def load(folder: Path = HOME) -> PolicySet:
    """Every `rules/<family>/<name>.toml` of the folder, its lists written out.

    Raises PolicyFaults with all faults at once. Ids unique, sentences and versions are the laws' affair.
    """
    return load_texts([texts_of(folder)])


def load_texts(written: Iterable[Texts]) -> PolicySet:
    """One set out of policies that were written with different lists: each is read with its own.

    Raises PolicyFaults with all faults at once.
    """
    policies: list[Policy] = []
    faults: list[Fault] = []
    # Policies share lists: each is parsed once.
    groups: Groups = {}
    for texts in written:
        lists, of_lists = read_lists(texts.lists)
        faults.extend(of_lists)
        for file, text in sorted(texts.rules.items()):
            try:
                policies.append(read_policy(file, text, lists, groups))
            except PolicyFaults as error:
                faults.extend(error.faults)
    faults.extend(doubled(policies))
    if faults:
        raise PolicyFaults(tuple(faults))
    return set_of(policies)


def read_policy(file: str, text: str, lists: Mapping[str, WordList], groups: Groups | None = None) -> Policy:
    """One policy out of the text of its file. Raises PolicyFaults with all its faults at once."""
    reading = _Reading(file=file, lists=lists, groups={} if groups is None else groups)
    policy = reading.policy(text)
    if policy is None or reading.faults:
        raise PolicyFaults(tuple(reading.faults))
    return policy


def set_of(policies: Iterable[Policy]) -> PolicySet:
    """Policies as a set, in order of id. Its hash stands for all that its findings can say."""
    told = tuple(sorted(policies, key=lambda policy: policy.id))
    # Title and duty are quoted by every finding; with them in the hash an alert can be told again word for word.
    return PolicySet(
        policies=told,
        sha256=_digest([[p.id, p.version, p.sha256, p.title, list(p.duty)] for p in told]),
    )


def doubled(policies: Iterable[Policy]) -> list[Fault]:
    """A fault for every id that two policies carry."""
    ids = [policy.id for policy in policies]
    return [
        Fault(file="rules", place=policy_id, problem="two policies carry this id")
        for policy_id in sorted({policy_id for policy_id in ids if ids.count(policy_id) > 1})
    ]


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class _Reading:
    """One file being read; collects its faults instead of stopping at the first."""

    def __init__(self, *, file: str, lists: Mapping[str, WordList], groups: Groups) -> None:
        self.file = file
        self.lists = lists
        self.groups = groups
        self.faults: list[Fault] = []

    def fault(self, place: str, problem: str) -> None:
        self.faults.append(Fault(file=self.file, place=place, problem=problem))

    def policy(self, text: str) -> Policy | None:
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.fault("file", f"is not TOML: {error}")
            return None
        self.check_keys(table)
        if self.faults:
            return None
        self.check_values(table)
        query, expression = self.query(table, "query")
        unless, exclusion = self.query(table, "unless")
        fires, silent = self.examples(table, "fires"), self.examples(table, "silent")
        if self.faults or expression is None:
            return None
        return _built(table, (query, expression), (unless, exclusion), (fires, silent))

    def check_keys(self, table: Mapping[str, Any]) -> None:
        known = {**_REQUIRED, **_OPTIONAL}
        for key in _REQUIRED.keys() - table.keys():
            self.fault(key, "is missing")
        for key in table.keys() - known.keys():
            self.fault(key, f"is not a key of a policy; the keys are {', '.join(known)}")
        for key in table.keys() & known.keys():
            if not isinstance(table[key], known[key]):
                self.fault(key, f"is {table[key]!r}, which is of the wrong kind")

    def check_values(self, table: Mapping[str, Any]) -> None:
        if not _ID.match(table["id"]):
            self.fault("id", f"{table['id']!r} is not of the form family.name, small letters and hyphens")
        family, _, name = table["id"].partition(".")
        place = f"rules/{family.replace('-', '_')}/{name.replace('-', '_')}.toml"
        if place != self.file:
            self.fault("id", f"{table['id']} belongs in {place}")
        if table["category"] not in CATEGORIES:
            self.fault("category", f"{table['category']!r} is none of {', '.join(CATEGORIES)}")
        if table["severity"] not in SEVERITIES:
            self.fault("severity", f"{table['severity']!r} is none of {', '.join(SEVERITIES)}")
        if not 0 < table["weight"] <= 1:
            self.fault("weight", f"{table['weight']} is not above 0 and at most 1")
        if table["version"] < 1:
            self.fault("version", "versions start at 1")
        if not table["title"].strip() or not table["owner"].strip():
            self.fault("title", "a policy has a title and an owner")
        # A policy that serves no duty has no ground to listen on (GDPR art. 5(1)(b), purpose limitation).
        if not table["duty"] or not all(isinstance(duty, str) and duty.strip() for duty in table["duty"]):
            self.fault("duty", "cites no duty; name the rule this policy serves")

    def query(self, table: Mapping[str, Any], key: str) -> tuple[str, Query | None]:
        text = table.get(key, "").strip()
        if not text:
            return "", None
        try:
            written_out = write_out(text, self.lists)
            return written_out, parse(written_out, groups=self.groups)
        except NotWritable as error:
            self.fault(key, str(error))
        except QueryFault as error:
            near = written_out[max(0, error.position - 30) : error.position + 30]
            self.fault(f"{key}, character {error.position}", f"{error.message} near “{near}”; {error.cure}")
        return "", None

    def examples(self, table: Mapping[str, Any], key: str) -> tuple[Example, ...]:
        examples: list[Example] = []
        for number, entry in enumerate(table[key], start=1):
            example = _example(entry)
            if example is None:
                problem = 'is neither { say = "…" } nor { turns = ["A: …", "B: …"] }, with or without misheard = true'
                self.fault(f"{key} {number}", problem)
            else:
                examples.append(example)
        return tuple(examples)


def _example(entry: object) -> Example | None:
    if not isinstance(entry, dict):
        return None
    spoken = {str(key): value for key, value in entry.items() if key != "misheard"}
    misheard = entry.get("misheard", False)
    return _spoken(spoken, misheard) if isinstance(misheard, bool) else None


def _spoken(entry: Mapping[str, object], misheard: bool) -> Example | None:
    match entry:
        case {"say": str(said), **other} if said.strip() and not other:
            return Example(turns=(("A", said),), misheard=misheard)
        case {"turns": [*turns], **other} if turns and not other and all(map(_is_turn, turns)):
            pairs = (str(turn).split(": ", 1) for turn in turns)
            return Example(turns=tuple((speaker, said) for speaker, said in pairs), misheard=misheard)
    return None


def _is_turn(turn: object) -> bool:
    return isinstance(turn, str) and ": " in turn


def _built(
    table: Mapping[str, Any],
    query: tuple[str, Query],
    unless: tuple[str, Query | None],
    examples: tuple[tuple[Example, ...], tuple[Example, ...]],
) -> Policy:
    meaning = {
        "category": table["category"],
        "severity": table["severity"],
        "weight": float(table["weight"]),
        "reach": table.get("reach", _REACH),
        "second_review": table.get("second_review", False),
        "supports": table.get("supports", False),
        "needs_support": table.get("needs_support", False),
    }
    return Policy(
        id=table["id"],
        version=table["version"],
        title=table["title"],
        duty=tuple(table["duty"]),
        owner=table["owner"],
        review_by=table["review_by"],
        query=query[0],
        expression=query[1],
        unless=unless[0],
        exclusion=unless[1],
        fires=examples[0],
        silent=examples[1],
        # What raises an alert and how it ranks, lists written out; sentences and titles may be bettered freely.
        sha256=_digest({"id": table["id"], "query": query[0], "unless": unless[0], **meaning}),
        **meaning,
    )
