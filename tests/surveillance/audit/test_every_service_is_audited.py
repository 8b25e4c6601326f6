"""Whatever changes something leaves an entry in the ledger: read from the source of every room, call by call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROOMS = (
    "access",
    "capture",
    "archive",
    "consent",
    "transcription",
    "mentions",
    "noise",
    "rulebook",
    "detection",
    "second_reader",
    "indexing",
    "assurance",
    "changes",
    "review",
    "sampling",
    "learning",
    "custody",
    "oversight",
    "retention",
)
RECORD = "surveillance.audit.services.record"
WRITES = {
    "create",
    "bulk_create",
    "get_or_create",
    "update_or_create",
    "save",
    "update",
    "delete",
    "put",
    "remove",
}

# Public functions of a services module that call no `record`, and why that is right.
READS = {
    "surveillance.mentions.services.entity_reader": "gives the recognisers",
    "surveillance.transcription.services.engine": "gives the recogniser",
    "surveillance.transcription.services.named": "renames the turns of a value",
    "surveillance.detection.services.per_minute": "reckons a figure",
    "surveillance.detection.services.categories_of": "reads, for the index",
    "surveillance.indexing.services.parsed": "parses a query",
    "surveillance.indexing.services.drill_findable": "asks the drills' own index, for the judgement over a drill",
    "surveillance.noise.services.silence": "parts a screening, which its caller keeps",
    "surveillance.indexing.services.require_complete": "counts, and refuses",
    "surveillance.archive.services.keep_until": "reckons a date",
}
RECORDED_BY_CALLERS = {
    "surveillance.detection.services.move_alert": "the decision that moves the alert is what is recorded",
}

RECORDED_BESIDE = {
    "surveillance.transcription.services.fill_tokens": "derived from versions whose making is on record",
    "surveillance.archive.services.clear_spool": "drops second copies of what was sealed; the seal is on record",
    "surveillance.review.services.heard": "a player's beat every few seconds, kept in rows of its own; "
    "the press of play before it and the decision after it are on record",
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of the product, by name."""
    found = sorted((ROOT / "surveillance").rglob("*.py"))
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in found}


@cache
def functions() -> dict[str, ast.FunctionDef]:
    """Every function at the top of a module."""
    return {
        f"{module}.{item.name}": item
        for module, tree in sources().items()
        for item in tree.body
        if isinstance(item, ast.FunctionDef)
    }


@cache
def imported(module: str) -> dict[str, str]:
    """What a name at the top of a module stands for."""
    names: dict[str, str] = {}
    for item in ast.walk(sources()[module]):
        if isinstance(item, ast.ImportFrom) and item.module:
            names |= {alias.asname or alias.name: f"{item.module}.{alias.name}" for alias in item.names}
    return names


@cache
def calls(function: str) -> frozenset[str]:
    """The functions of ours that a function calls or hands on, by their full names."""
    module = function.rpartition(".")[0]
    known = imported(module)
    found = set()
    for item in ast.walk(functions()[function]):
        if isinstance(item, ast.Name):
            found.add(known.get(item.id, f"{module}.{item.id}"))
        elif isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name):
            found.add(f"{known.get(item.value.id, item.value.id)}.{item.attr}")
    return frozenset(found & functions().keys())


def reached(function: str) -> frozenset[str]:
    """Everything a function may come to call."""
    seen, left = set(), [function]
    while left:
        for called in calls(left.pop()):
            if called not in seen:
                seen.add(called)
                left.append(called)
    return frozenset(seen)


def services() -> Iterator[str]:
    for room in ROOMS:
        module = f"surveillance.{room}.services"
        for item in sources()[module].body:
            if isinstance(item, ast.FunctionDef) and not item.name.startswith("_"):
                yield f"{module}.{item.name}"


def writes(function: str) -> list[str]:
    """The calls in a function that change something."""
    return [
        item.func.attr
        for item in ast.walk(functions()[function])
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in WRITES
    ]


EXEMPT = READS | RECORDED_BY_CALLERS | RECORDED_BESIDE


@pytest.mark.parametrize("service", sorted(set(services()) - EXEMPT.keys()))
def test_every_service_leaves_an_entry_in_the_ledger(service: str) -> None:
    assert RECORD in reached(service)


@pytest.mark.parametrize("service", sorted(READS))
def test_what_is_exempt_because_it_only_reads_does_only_read(service: str) -> None:
    assert [(called, writes(called)) for called in {service, *reached(service)} if writes(called)] == []


@pytest.mark.parametrize("service", sorted(RECORDED_BY_CALLERS))
def test_what_is_recorded_by_its_callers_is_recorded_by_every_one(service: str) -> None:
    callers = [name for name in functions() if service in calls(name)]
    assert callers
    assert [name for name in callers if RECORD not in reached(name)] == []


def test_no_exemption_outlives_what_it_was_made_for() -> None:
    assert EXEMPT.keys() <= set(services())


def test_nothing_in_the_product_changes_or_deletes_an_entry() -> None:
    touching = {
        name
        for name, tree in sources().items()
        for item in ast.walk(tree)
        if isinstance(item, ast.Attribute)
        and item.attr in WRITES
        and ast.unparse(item).startswith(("Entry.objects", "Head.objects"))
    }
    assert touching == {"surveillance.audit.services"}


def test_rows_are_written_only_by_services_and_what_they_call() -> None:
    """Selectors read. A door, a page or a command that wrote by itself would leave no trace."""
    writers = {
        name
        for name in functions()
        if name.rpartition(".")[0].endswith((".selectors", ".calls", ".doors"))
        or name.startswith(("surveillance.web.", "surveillance.api.", "surveillance.management."))
        for written in [ast.unparse(functions()[name])]
        if any(f".objects.{verb}(" in written or f".{verb}(force_insert" in written for verb in WRITES)
    }
    assert writers == set()
