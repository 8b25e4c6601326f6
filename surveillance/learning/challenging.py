"""Making a challenger's screener, and what it would flag: run in the worker, never in a page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from detectors.fusion import Fusion
from detectors.screen import Screener
from search.transcript import Transcript
from surveillance.core.backends import load as backend
from surveillance.core.errors import Invalid, Transient
from surveillance.detection.rules import READERS as PROGRAMS
from surveillance.detection.rules import reader, screener

THRESHOLD, LEXICON, READER = "threshold", "lexicon", "reader"
# Where other readers lie, below EARSHOT_HOME; each a folder with adapter.npz and fusion.json.
READERS = "readers"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a challenger made of a call: categories found, and the highest score of each."""

    categories: frozenset[str]
    scores: Mapping[str, float]


def identity(kind: str, told: Mapping[str, Any]) -> str:
    """The hash of what a challenger is: its settings, and for a reader its files.

    Raises:
        Invalid: the settings do not make a challenger of this kind.
    """
    digest = hashlib.sha256(json.dumps([kind, told], sort_keys=True).encode())
    if kind == THRESHOLD:
        value = told.get("value")
        if not isinstance(value, int | float) or not 0 < value < 1:
            raise Invalid("A threshold lies between 0 and 1.", cure="Write for instance 0.6.")
    elif kind == READER:
        for name in ("adapter.npz", "fusion.json"):
            path = _folder(str(told.get("folder", ""))) / name
            if not path.is_file():
                raise Invalid(
                    f"There is no {path.name} in that folder.",
                    cure=f"Put the trained reader in a folder of its own below {READERS}/ in EARSHOT_HOME.",
                )
            digest.update(path.read_bytes())
    elif kind != LEXICON:
        raise Invalid("There is no such kind of challenger.", cure="Choose one of those offered.")
    return digest.hexdigest()


def verdict(kind: str, told: Mapping[str, Any], sha256: str, transcript: Transcript) -> Verdict:
    """Hold a challenger over a transcript. The policies are those in force.

    Raises:
        Transient: its files are gone or are not those that were registered.
    """
    champion = screener()
    if kind == READER:
        made = _reading(champion, str(told["folder"]), sha256)
    elif kind == LEXICON:
        made = _alone(champion)
    else:
        made = _strict(champion, float(told["value"]))
    found = made.read(transcript).findings
    least = float(told["value"]) if kind == THRESHOLD else 0.0
    scores: dict[str, float] = {}
    for finding in found:
        if finding.score >= least:
            scores[finding.category] = round(max(finding.score, scores.get(finding.category, 0.0)), 4)
    return Verdict(categories=frozenset(scores), scores=scores)


@lru_cache(maxsize=2)
def _alone(champion: Screener) -> Screener:
    return Screener(champion.policy_set)


@lru_cache(maxsize=4)
def _strict(champion: Screener, value: float) -> Screener:
    """With another threshold in its fusion. Without a reader only a higher one changes anything."""
    read_by = reader()
    if read_by is None:
        return champion
    fitted = Fusion.fitted()
    moved = Fusion(line=replace(fitted.line, threshold=value), talk=replace(fitted.talk, threshold=value))
    return Screener(champion.policy_set, read_by, moved)


@lru_cache(maxsize=1)
def _reading(champion: Screener, folder: str, sha256: str) -> Screener:
    if identity(READER, {"folder": folder}) != sha256:
        raise Transient(
            "The challenger's files are not those that were registered.", cure="Register it anew."
        )
    home = _folder(folder)
    try:
        made = backend(PROGRAMS, "packaged")(
            settings.EARSHOT.cache, home=home, threads=settings.EARSHOT.reader_threads
        )
    except (OSError, ValueError, KeyError) as fault:
        raise Transient(f"The challenger's reader does not load: {fault}", cure="Train it anew.") from fault
    return Screener(champion.policy_set, made, Fusion.fitted(home / "fusion.json"))


def _folder(name: str) -> Path:
    home: Path = settings.EARSHOT.home
    if not name or Path(name).name != name or name.startswith("."):
        raise Invalid("A reader's folder is one plain name.", cure=f"It lies in {READERS}/ in EARSHOT_HOME.")
    return home / READERS / name
