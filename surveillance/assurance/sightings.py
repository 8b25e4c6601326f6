"""Something that may be wrong with the surveillance itself, as a watch has seen it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One thing that does not hold. `subject` tells two of a kind apart; `cure` says what a reader can do."""

    kind: str
    subject: str
    title: str
    cure: str
    detail: Mapping[str, Any] = field(default_factory=dict)
