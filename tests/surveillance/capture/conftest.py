"""Handing files in, in one word."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

from surveillance.access.scope import Scope
from surveillance.capture.services import Arrival, Said, Sidecar, receive


class HandIn(Protocol):
    def __call__(self, path: Path, sidecar: str | bytes | None = None, **words: Any) -> Arrival: ...


@pytest.fixture
def hand_in(desks: tuple[str, ...], clerk: Scope) -> HandIn:
    """Receive a file; `source`, `name`, `scope`, `ending` of the sidecar and the words of `Said` may be given."""

    def handed(path: Path, sidecar: str | bytes | None = None, **words: Any) -> Arrival:
        ending = words.pop("ending", ".json")
        content = sidecar.encode() if isinstance(sidecar, str) else sidecar
        return receive(
            scope=words.pop("scope", clerk),
            source=words.pop("source", "unattributed"),
            path=path,
            name=words.pop("name", path.name),
            sidecar=None if content is None else Sidecar(name=path.stem + ending, content=content),
            said=Said(**words),
        )

    return handed
