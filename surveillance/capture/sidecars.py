"""Sidecars, and which recording each stands beside: by folder and stem, as recorders lay them down."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from surveillance.capture.sources import endings

# Papers that lie beside recordings in a folder. Given by name, they are taken in and judged like the rest.
PAPERS = (".md", ".txt", ".toml", ".ini", ".log", ".sha256", ".md5", ".done", ".part", ".tmp")

MAX_BYTES = 8 * 2**20


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """What a recorder wrote beside a recording, as it came."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def sidecar_at(path: Path) -> Sidecar:
    """The sidecar in a file; of one that is too big, just enough to show that it is."""
    with path.open("rb") as content:
        return Sidecar(name=path.name, content=content.read(MAX_BYTES + 1))


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A recording, its sidecar where there is one, and the source it is handed in under."""

    media: Path
    sidecar: Sidecar | None = None
    source: str = "unattributed"


@dataclass(frozen=True, kw_only=True)
class Sorting:
    """What lies in some folders: recordings, sidecars without one, and papers that were left alone."""

    pairs: tuple[Pair, ...]
    alone: tuple[Path, ...]
    papers: tuple[Path, ...]


def paired(paths: Iterable[Path]) -> tuple[list[tuple[Path, Path | None]], list[Path]]:
    """Recordings with their sidecars, and the sidecars that stand alone."""
    sidecars: dict[tuple[Path, str], Path] = {}
    media: list[Path] = []
    known = endings()
    for path in sorted(paths):
        ending = next((end for end in known if path.name.lower().endswith(end.lower())), None)
        if ending:
            sidecars[(path.parent, path.name[: -len(ending)])] = path
        else:
            media.append(path)
    found = [(path, _beside(path, sidecars)) for path in media]
    used = {sidecar for _, sidecar in found}
    return found, [path for path in sidecars.values() if path not in used]


def sorted_out(paths: Iterable[Path], *, source: str = "unattributed") -> Sorting:
    """Everything under the paths. A folder is searched to its ends; a file given by name is always taken."""
    named: set[Path] = set()
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(
                child.resolve() for child in path.rglob("*") if child.is_file() and not _hidden(child, path)
            )
        else:
            named.add(path.resolve())
            found.update(_companions(path.resolve()))
    papers = {path for path in found - named if path.name.lower().endswith(PAPERS)}
    couples, alone = paired((found | named) - papers)
    return Sorting(
        pairs=tuple(
            Pair(media=media, sidecar=sidecar_at(beside) if beside else None, source=source)
            for media, beside in couples
        ),
        alone=tuple(alone),
        papers=tuple(sorted(papers)),
    )


def pairs(paths: Iterable[Path], *, source: str = "unattributed") -> Iterator[Pair]:
    """The recordings under the paths, in order of their names."""
    yield from sorted_out(paths, source=source).pairs


def _beside(media: Path, sidecars: dict[tuple[Path, str], Path]) -> Path | None:
    """`call.json` or `call.wav.json` for `call.wav`."""
    candidates = (sidecars.get((media.parent, stem)) for stem in (media.stem, media.name))
    return next((sidecar for sidecar in candidates if sidecar), None)


def _companions(media: Path) -> Iterator[Path]:
    for ending in endings():
        for stem in (media.stem, media.name):
            beside = media.with_name(stem + ending)
            if beside != media and beside.is_file():
                yield beside


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
