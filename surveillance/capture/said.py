"""What a person or a door says beside the sidecar, and what becomes of an arrival."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Said:
    """Words that outrank the sidecar. `accept`: take it although it is silent, cut off or contradicted."""

    desk: str = ""
    started_at: datetime | None = None
    direction: str = ""
    source: str = ""
    accept: bool = False

    def kept(self) -> dict[str, Any]:
        """For the receipt."""
        return {
            "desk": self.desk,
            "started_at": self.started_at.isoformat() if self.started_at else "",
            "direction": self.direction,
            "source": self.source,
            "accept": self.accept,
        }

    def over(self, earlier: Mapping[str, Any]) -> Said:
        """These words, and what was said earlier where these are silent."""
        start = earlier.get("started_at")
        return replace(
            self,
            desk=self.desk or earlier.get("desk", ""),
            started_at=self.started_at or (datetime.fromisoformat(start) if start else None),
            direction=self.direction or earlier.get("direction", ""),
            source=self.source or earlier.get("source", ""),
        )


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What became of one file that was handed in.

    `outcome` is recorded, duplicate, quarantined or withdrawn; or received, where the decoder was away and
    Earshot will look again by itself.
    """

    receipt: UUID
    outcome: str
    recording: UUID | None = None
    reason_code: str = ""
    reason: str = ""
    cure: str = ""
