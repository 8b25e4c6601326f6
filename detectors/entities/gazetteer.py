"""Names that talk is held against: given and family names, places, houses, from `names.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from detectors.entities.said import Phrases


@dataclass(frozen=True, kw_only=True)
class Gazetteer:
    """What may be a name in lower case, and what each phrase stands for."""

    given: frozenset[str]
    also_words: frozenset[str]
    family: frozenset[str]
    titles: frozenset[str]
    places: Phrases
    plain_places: frozenset[str]
    organisations: Phrases


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    told = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))
    also = frozenset(told["also_words"].split())
    return Gazetteer(
        given=frozenset(told["given"].split()) - also,
        also_words=also,
        family=frozenset(told["family"].split()),
        titles=frozenset(told["titles"].split()),
        places=Phrases((place, place.title()) for place in _places(told["places"])),
        plain_places=frozenset(told["plain_places"].split()),
        organisations=Phrases(
            (spoken, name) for name, known in told["organisations"].items() for spoken in known
        ),
    )


def _places(text: str) -> list[str]:
    return [place.strip() for place in text.replace("\n", " ").split("|") if place.strip()]
