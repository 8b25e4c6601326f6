"""The corpus: scenario families written as plain text, read into lines and short dialogues.

`python -m detectors.intent.lines [FOLDER…]` counts them and names every fault with file and line.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from policies.schema import CATEGORIES

HOME: Final = Path(__file__).parent / "corpus"
# The first signs of a line: how a violation is said, or how tempting an innocent line is.
KINDS: Final = {"!": "direct", "?": "coded", "-": "tempting", ".": "ordinary"}
ENGLISHES: Final = ("uk", "ie", "us", "in", "sg", "au", "za", "other")
INTENTS: Final = (
    "order",
    "quote_request",
    "execution",
    "confirmation",
    "cancellation",
    "advice",
    "complaint",
    "escalation",
    "disclosure_given",
    "small_talk",
)

_HEAD = re.compile(r"== *([a-z0-9-]+) *\| *([a-z0-9 -]+?) *\| *([a-z]+)(?: *\| *([a-z_+]+))? *$")
_LINE = re.compile(r"([!?.-])((?:\+[a-z_]+)*) +(\S.*)$")
_TALK = re.compile(r">>([!?.-])((?:\+[a-z_]+)*) *$")
_TURN = re.compile(r"([A-Z][A-Za-z0-9 .'’-]{0,24}?)(!?): +(\S.*)$")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where a line is said: the scenario family, the desk or trade, and whose English it is."""

    category: str
    family: str
    desk: str
    english: str
    intents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Said:
    """A line, or a short dialogue of several turns, with the categories a person hears in it.

    `telling` numbers the turns (from 0) by which the violation is evident; empty for innocent talk.
    """

    scene: Scene
    kind: str
    categories: frozenset[str]
    turns: tuple[tuple[str, str], ...]
    telling: frozenset[int] = frozenset()

    @property
    def violating(self) -> bool:
        return bool(self.categories)

    @property
    def text(self) -> str:
        return "\n".join(said for _, said in self.turns)


@dataclass(kw_only=True)
class _Page:
    """A file as far as it has been read."""

    category: str
    scene: Scene | None = None
    said: list[Said] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    talk: tuple[str, frozenset[str]] | None = None
    turns: list[tuple[str, str]] = field(default_factory=list)
    telling: set[int] = field(default_factory=set)


def read(folders: Iterable[Path] = (HOME,)) -> tuple[list[Said], list[str]]:
    """Everything said in the `.txt` files under the folders, and every fault as `file:line: what`."""
    said: list[Said] = []
    faults: list[str] = []
    for folder in folders:
        for path in sorted(folder.rglob("*.txt")):
            page = _page(path)
            said += page.said
            faults += page.faults
    return said, faults


def _page(path: Path) -> _Page:
    page = _Page(category=path.parent.name)
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        problem = _take(page, text.strip())
        if problem:
            page.faults.append(f"{path}:{number}: {problem}")
    problem = _end_of_talk(page)
    if problem:
        page.faults.append(f"{path}: at its end: {problem}")
    return page


def _take(page: _Page, text: str) -> str:
    """Take one line of a file; what is wrong with it, or nothing."""
    if not text or text.startswith("#"):
        return ""
    if page.talk is not None and (turn := _TURN.match(text)):
        if turn[2]:
            page.telling.add(len(page.turns))
        page.turns.append((turn[1], turn[3]))
        return ""
    problem = _end_of_talk(page)
    return problem or _begin(page, text)


def _begin(page: _Page, text: str) -> str:
    if head := _HEAD.match(text):
        if head[3] not in ENGLISHES:
            return f"no English called {head[3]}: {', '.join(ENGLISHES)}"
        intents = tuple(head[4].split("+")) if head[4] else ()
        if unknown := set(intents) - set(INTENTS):
            return f"no such intent: {', '.join(sorted(unknown))}"
        page.scene = Scene(
            category=page.category, family=head[1], desk=head[2], english=head[3], intents=intents
        )
        return ""
    if page.scene is None:
        return "stands before the first == family | desk | english"
    return _said(page, page.scene, text)


def _said(page: _Page, scene: Scene, text: str) -> str:
    line, talk = _LINE.match(text), _TALK.match(text)
    found = line or talk
    if found is None:
        return f"is neither a head, a line nor a turn: {text[:60]}"
    kind = KINDS[found[1]]
    categories = frozenset(part for part in found[2].split("+") if part)
    if kind in ("direct", "coded") and page.category in CATEGORIES:
        categories |= {page.category}
    if unknown := categories - set(CATEGORIES):
        return f"no such category: {', '.join(sorted(unknown))}"
    if kind in ("tempting", "ordinary") and categories:
        return "innocent talk bears no category"
    if talk:
        page.talk = (kind, categories)
        return ""
    telling = frozenset({0}) if categories else frozenset()
    page.said.append(
        Said(scene=scene, kind=kind, categories=categories, turns=(("", found[3]),), telling=telling)
    )
    return ""


def _end_of_talk(page: _Page) -> str:
    if page.talk is None or page.scene is None:
        return ""
    (kind, categories), turns, telling = page.talk, tuple(page.turns), frozenset(page.telling)
    page.talk, page.turns, page.telling = None, [], set()
    if len(turns) < 2:
        return "the dialogue before this has fewer than two turns"
    if bool(categories) != bool(telling):
        return "a violating dialogue marks its telling turns (A!: …), an innocent one marks none"
    page.said.append(Said(scene=page.scene, kind=kind, categories=categories, turns=turns, telling=telling))
    return ""


def _counted(said: Sequence[Said]) -> Iterator[str]:
    """How much there is, by folder."""
    for category in sorted({item.scene.category for item in said}):
        here = [item for item in said if item.scene.category == category]
        lines = Counter(item.kind for item in here if len(item.turns) == 1)
        talks = Counter(item.kind for item in here if len(item.turns) > 1)
        families = len({item.scene.family for item in here})
        englishes = Counter(item.scene.english for item in here)
        yield (
            f"{category}: {families} families; lines {dict(lines)}; dialogues {dict(talks)}; "
            f"englishes {dict(englishes)}"
        )
        texts = Counter(" ".join(re.findall(r"[a-z']+", item.text.lower())) for item in here)
        for text, times in texts.items():
            if times > 1:
                yield f"  stands {times} times: {text[:90]}"
    lines_in_all = sum(len(item.turns) for item in said)
    yield f"{lines_in_all} lines in all, {sum(len(item.turns) > 1 for item in said)} dialogues"


def main(arguments: Sequence[str]) -> int:
    said, faults = read([Path(name) for name in arguments] or [HOME])
    for text in (*_counted(said), *faults[:40]):
        sys.stdout.write(f"{text}\n")
    sys.stdout.write(f"{len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
