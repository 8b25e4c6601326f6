"""What a call names, as its page shows it: each thing once, with every second it was said at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.entities.entity import KINDS
from surveillance.mentions.selectors import MentionRow


@dataclass(kw_only=True)
class NamedShown:
    """One thing named: its kind, its normal form, how it was said first, where, and what it was linked to."""

    kind: str
    value: str
    text: str
    link: str
    candidates: tuple[str, ...]
    starts: list[float] = field(default_factory=list)

    @property
    def kind_name(self) -> str:
        return KINDS.get(self.kind, self.kind)

    @property
    def linked(self) -> str:
        """What the link says: the LEI of a house, that a person is known."""
        if not self.link:
            return ""
        if self.link.startswith(("person:", "house:")):
            return "in the directory"
        return f"LEI {self.link}" if self.kind == "organisation" else self.link

    @property
    def may_be(self) -> list[str]:
        """Who may be meant, where several fit."""
        return [candidate.partition(":")[2] or candidate for candidate in self.candidates]


def named_shown(rows: Sequence[MentionRow]) -> list[NamedShown]:
    """By kind in the order of `KINDS`, then in order of time."""
    found: dict[tuple[str, str], NamedShown] = {}
    for row in rows:
        shown = found.setdefault(
            (row.kind, row.value),
            NamedShown(
                kind=row.kind, value=row.value, text=row.text, link=row.link, candidates=row.candidates
            ),
        )
        shown.starts.append(row.start)
    order = list(KINDS)
    return sorted(found.values(), key=lambda shown: (order.index(shown.kind), shown.starts[0]))
