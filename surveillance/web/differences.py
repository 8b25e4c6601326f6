"""What a change changes in a text: its lines, kept, gone and come, as the page shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff

from surveillance.changes.selectors import PartRow
from surveillance.rulebook.editions import POLICY

AROUND = 3


@dataclass(frozen=True, kw_only=True)
class DiffLine:
    """One line: `sign` is + for what comes, - for what goes, @ for where, and a space for what stays."""

    sign: str
    text: str

    @property
    def kind(self) -> str:
        return {"+": "came", "-": "went", "@": "where"}.get(self.sign, "stays")


@dataclass(frozen=True, kw_only=True)
class PartShown:
    """One part of a change with its differences in text, and in the shared lists where these moved too."""

    part: PartRow
    lines: tuple[DiffLine, ...]
    lists: tuple[DiffLine, ...]
    came: int
    went: int


def shown(part: PartRow) -> PartShown:
    """The differences of one part."""
    old, new = part.replaces, part.edition
    if part.kind == POLICY:
        lines = tuple(_diff(old.text if old else "", new.text if new else ""))
        moved = old is not None and new is not None and old.meaning != new.meaning
        lists = tuple(_of_lists(old.lists, new.lists)) if moved and old and new else ()
    else:
        lines = tuple(_diff(_told(old.settings if old else {}), _told(new.settings if new else {})))
        lists = ()
    return PartShown(
        part=part,
        lines=lines,
        lists=lists,
        came=sum(line.sign == "+" for line in lines),
        went=sum(line.sign == "-" for line in lines),
    )


def _told(settings: object) -> str:
    return json.dumps(settings, indent=2, sort_keys=True, ensure_ascii=False) if settings else ""


def _diff(old: str, new: str) -> Iterator[DiffLine]:
    for line in list(unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=AROUND))[2:]:
        if line.startswith("@@"):
            yield DiffLine(sign="@", text=line)
        else:
            yield DiffLine(sign=line[:1], text=line[1:])


def _of_lists(old: str, new: str) -> Iterator[DiffLine]:
    if old == new:
        return
    before, after = json.loads(old or "{}"), json.loads(new or "{}")
    for file in sorted(before.keys() | after.keys()):
        lines = list(_diff(before.get(file, ""), after.get(file, "")))
        if lines:
            yield DiffLine(sign="@", text=file)
            yield from lines
