"""A jurisdiction's rule on recording a conversation, read from TOML with every fault at once."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

HOME: Final = Path(__file__).parent
_ID = re.compile(r"[A-Z]{2}(-[A-Z]{2,4})?")
_REQUIRED: Final = ("id", "name", "rule", "citation")
_KNOWN: Final = (*_REQUIRED, "biometric", "verify")


class Rule(IntEnum):
    """Whose agreement it takes, the strictest last."""

    one_party = 1
    notice = 2
    all_party = 3

    @property
    def words(self) -> str:
        return {1: "one party must agree", 2: "everybody must be told", 3: "everybody must agree"}[self.value]


@dataclass(frozen=True, kw_only=True)
class Jurisdiction:
    """A country or state (ISO 3166-1, 3166-2). `biometric`: what asks for consent of its own to a voiceprint.

    `verify`: its source was not read; verify with counsel.
    """

    id: str
    name: str
    rule: Rule
    citation: str
    biometric: str
    verify: bool


@dataclass(frozen=True, kw_only=True)
class Jurisdictions:
    """All of them, by id; `sha256` of what was read."""

    by_id: Mapping[str, Jurisdiction]
    sha256: str

    def of(self, ids: Iterable[str]) -> list[Jurisdiction]:
        """Those of these ids that are known."""
        return [self.by_id[one] for one in ids if one in self.by_id]

    def within(self, country: str) -> list[Jurisdiction]:
        """A country and its states: where a number tells the country and no more."""
        return [one for name, one in self.by_id.items() if name == country or name.startswith(f"{country}-")]


class ConsentFaults(Exception):
    """Everything that is wrong with the data, as "file: place: problem"."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@lru_cache(maxsize=4)
def load(folder: Path = HOME) -> Jurisdictions:
    """Every `[[jurisdiction]]` of every `*.toml` of the folder. Raises ConsentFaults with all faults at once."""
    faults: list[str] = []
    found: dict[str, Jurisdiction] = {}
    tables = []
    for path in sorted(folder.glob("*.toml")):
        for table in _tables(path, faults):
            wrong = _problems(table)
            faults += [f"{path.name}: {table.get('id', 'one without id')}: {problem}" for problem in wrong]
            if not wrong and table["id"] in found:
                faults.append(f"{path.name}: {table['id']}: stands twice")
            elif not wrong:
                found[table["id"]] = _jurisdiction(table)
                tables.append(table)
    if not found and not faults:
        faults.append(f"{folder}: holds no jurisdictions")
    if faults:
        raise ConsentFaults(tuple(faults))
    told = json.dumps(sorted(tables, key=lambda one: str(one["id"])), sort_keys=True, ensure_ascii=False)
    return Jurisdictions(by_id=found, sha256=hashlib.sha256(told.encode()).hexdigest())


def _tables(path: Path, faults: list[str]) -> list[dict[str, Any]]:
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(f"{path.name}: file: cannot be read: {error}")
        return []
    tables = read.pop("jurisdiction", None)
    if read or not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        faults.append(f"{path.name}: file: holds [[jurisdiction]] tables and nothing else")
        return []
    return tables


def _problems(table: Mapping[str, Any]) -> list[str]:
    found = [f"{key} is missing" for key in _REQUIRED if not str(table.get(key, "")).strip()]
    found += [f"{key} is no key of a jurisdiction" for key in table if key not in _KNOWN]
    if found:
        return found
    if not _ID.fullmatch(str(table["id"])):
        found.append("its id is not of ISO 3166")
    if table["rule"] not in Rule.__members__:
        found.append(f"its rule {table['rule']!r} is none of {', '.join(Rule.__members__)}")
    if not isinstance(table.get("verify", False), bool):
        found.append("verify is true or false")
    return found


def _jurisdiction(table: Mapping[str, Any]) -> Jurisdiction:
    return Jurisdiction(
        id=table["id"],
        name=table["name"],
        rule=Rule[table["rule"]],
        citation=table["citation"],
        biometric=table.get("biometric", ""),
        verify=table.get("verify", False),
    )
