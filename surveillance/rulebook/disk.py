"""The folder of policies beside the rulebook: what differs is a proposal and changes nothing by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from policies.loader import doubled, texts_of
from policies.schema import Fault, Policy, PolicyFaults
from surveillance.core.errors import Invalid
from surveillance.rulebook import selectors
from surveillance.rulebook.editions import POLICY, Edition, Wording, wording_of
from surveillance.rulebook.written import file_of, lists_document, policy_of

# How the folder stands to what is in force; said of one policy.
STATES: Mapping[str, str] = {
    "new": "Not in force yet",
    "changed": "Differs from what is in force",
    "earlier": "An earlier edition than the one in force",
    "gone": "In force, and no longer in the folder",
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One policy that the folder and the rulebook tell differently; `wording` is None where its file is gone."""

    name: str
    state: str
    wording: Wording | None
    standing: Edition | None

    @property
    def says(self) -> str:
        return STATES[self.state]


def wordings(folder: Path | None = None) -> dict[str, Wording]:
    """Every policy of the folder, by id.

    Raises:
        PolicyFaults: everything that is wrong with the folder.
    """
    return _read(folder, {})[0]


def differences(folder: Path | None = None) -> list[Difference]:
    """What the folder would change if it were in force, in order of id. For Earshot's own programs.

    Raises:
        Invalid: the folder has faults; all of them are told.
    """
    standing = {edition.name: edition for edition in selectors.in_force(POLICY)}
    known = {(edition.text, edition.lists): edition.name for edition in standing.values()}
    try:
        written, same = _read(folder, known)
    except PolicyFaults as faults:
        raise Invalid(
            f"The policies in the folder do not load: {faults}", cure="Run manage.py check_policies."
        ) from faults
    names = sorted({*written, *standing} - same)
    told = [_told(name, written.get(name), standing.get(name)) for name in names]
    return [difference for difference in told if difference is not None]


def _read(
    folder: Path | None, known: Mapping[tuple[str, str], str]
) -> tuple[dict[str, Wording], frozenset[str]]:
    """The folder's policies by id, and the ids of those whose texts are `known`: they are not parsed again."""
    texts = texts_of(folder or settings.EARSHOT.policies)
    lists = lists_document(texts.lists)
    found: dict[str, Wording] = {}
    same: set[str] = set()
    faults: list[Fault] = []
    read: list[Policy] = []
    for file, text in texts.rules.items():
        name = known.get((text, lists))
        if name is not None and file == file_of(name):
            same.add(name)
            continue
        try:
            policy = policy_of(file, text, lists)
        except PolicyFaults as error:
            faults.extend(error.faults)
            continue
        read.append(policy)
        found[policy.id] = wording_of(policy, text, lists)
    faults.extend(doubled(read))
    if faults:
        raise PolicyFaults(tuple(dict.fromkeys(faults)))
    return found, frozenset(same)


def _told(name: str, wording: Wording | None, standing: Edition | None) -> Difference | None:
    if wording is None:
        return Difference(name=name, state="gone", wording=None, standing=standing)
    if standing is None:
        return Difference(name=name, state="new", wording=wording, standing=None)
    if wording.sha256 == standing.sha256:
        return None
    state = "earlier" if selectors.was_in_force(POLICY, name, wording.sha256) else "changed"
    return Difference(name=name, state=state, wording=wording, standing=standing)
