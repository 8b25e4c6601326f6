"""Texts become policies: each edition with the lists it was written with, parsed once in a process."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from policies.laws import policy_faults
from policies.loader import read_policy, set_of
from policies.schema import Fault, Policy, PolicyFaults, PolicySet
from policies.vocabulary import WordList, read_lists


def lists_document(lists: Mapping[str, str]) -> str:
    """All list files as one text, the same for the same files."""
    return json.dumps(dict(lists), ensure_ascii=False, sort_keys=True, indent=0)


def file_of(name: str) -> str:
    """Where a policy of that id stands in the folder."""
    family, _, rest = name.partition(".")
    return f"rules/{family.replace('-', '_')}/{rest.replace('-', '_')}.toml"


@lru_cache(maxsize=2048)
def policy_of(file: str, text: str, lists: str) -> Policy:
    """One policy out of the text of its file, with the document of the lists it is written with.

    Raises:
        PolicyFaults: everything that is wrong with it.
    """
    return read_policy(file, text, _word_lists(lists))


@lru_cache(maxsize=32)
def _word_lists(lists: str) -> dict[str, WordList]:
    found, faults = read_lists(json.loads(lists or "{}"))
    if faults:
        raise PolicyFaults(tuple(faults))
    return found


def held(policies: Iterable[Policy]) -> PolicySet:
    """Policies of several editions as one set."""
    return set_of(policies)


def broken(policy: Policy, others: Iterable[Policy]) -> list[Fault]:
    """The laws one policy breaks beside those in force, its sentences among them."""
    return list(
        policy_faults(policy, [other for other in others if other.supports and other.id != policy.id])
    )


def id_in(text: str) -> str:
    """The id a policy's text gives itself.

    Raises:
        PolicyFaults: it is no TOML, or names none.
    """
    try:
        told = tomllib.loads(text).get("id", "")
    except tomllib.TOMLDecodeError as fault:
        raise PolicyFaults((Fault(file="policy", place="file", problem=f"is not TOML: {fault}"),)) from fault
    if not isinstance(told, str) or not told:
        raise PolicyFaults((Fault(file="policy", place="id", problem="is missing"),))
    return told
