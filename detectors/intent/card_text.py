"""The model card as text, from the figures that were measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import Any, Final

from policies.schema import CATEGORIES

ABOUT: Final = """# Model card: the reader

**What it is.** A sentence encoder of 109 M parameters (all-mpnet-base-v2, Apache-2.0, from packages; all of its
layers trained here, and the changes kept in two bits a weight) that reads a turn of talk with what was said
before it, and stretches of six and twelve turns; beside it a linear head over words and short phrases. It
reckons in eight bits with steps fixed beforehand: a text is read alike whatever stands beside it. Together
they give the chance of each of eleven risks (one softmax with "none"); the encoder also that of ten intents.
A logistic regression fuses the log-odds with the score of the written policies. How the parts are weighed was
fitted on scenario families that none of them saw; in talk policies weigh at least half of what they weigh on a
line, and from a score of 0.9 on they need no reader.

**What it is for.** Putting calls before a compliance officer. It decides nothing about a person, hears no
tone and no voice (words only: EU AI Act art. 5(1)(f)), and closes nothing. Model risk: SR 26-2, formerly SR
11-7.

**Made by.** `python -m detectors.intent.training` (five passes from the packaged weights, five minutes on one
H200), then `phrase_training` and `fitting`: `make reader` does it all. Of two trainings (peak rates 4e-5 and
6e-5) the one was kept that surprises itself less on the families kept for fitting. Corpus:
[DATASHEET.md](DATASHEET.md). These figures: `python -m detectors.intent.card`.
"""

# What the card and its page say of where it fails.
FAILURES: Final = (
    (
        "The corpus was written for this project by one team in a few days: no line is from a real recording,"
        " and no figure here says what a floor will show. Its own families are harder than the examiners' "
        "sets (most of its violating lines are sideways, most of its innocent ones share their words): the "
        "two bound the truth, loosely."
    ),
    (
        "Improper disclosure, concealment, harassment and wrongdoing told as dull or wry work are what it misses "
        "most where nothing is said outright."
    ),
    (
        "Honest advice (two pensions compared, a carer's counsel) and a matter passed on to a manager are flagged "
        "more often than other ordinary talk: about one such line in eleven."
    ),
    (
        "A clean call that differs from a violating one in a turn or two is flagged too often: see the whole "
        "calls above."
    ),
    (
        "In talk the reader may outweigh a policy that fired with a score below 0.9; where a drill is missed for"
        " that, its page says so."
    ),
    'Hints with no word of the trade ("you were never here") are found in talk more often than alone.',
    "Innocent talk that retells misconduct (training, news, a reported case) is the commonest false flag.",
    (
        "Complaints without a grievance in words, and harassment that only the tone carries, are missed: tone"
        " is not read."
    ),
    "English only. Other languages reach the reader as the recogniser writes them, and are read as noise.",
    "Numbers read out are not checked here; card and identity numbers are the entities' work.",
)


def written(figures: Mapping[str, Any]) -> str:
    """The whole card."""
    parts = [ABOUT, *_sets(figures["sets"]), *_slices(figures["slices"])]
    parts += [
        *_calibration(figures["calibration"]),
        *_intents(figures["intents"]),
        *_rest(figures),
        *_failures(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _failures() -> Iterator[str]:
    yield "## Known failures\n"
    for failure in FAILURES:
        yield fill(f"- {failure}", 110, subsequent_indent="  ")


def _sets(sets: Mapping[str, Any]) -> Iterator[str]:
    yield "## How well it does\n"
    for name, detectors in sets.items():
        yield f"### {name}\n"
        yield "| | " + " | ".join(detectors) + " |"
        yield "| --- |" + " --- |" * len(detectors)
        yield (
            "| macro-F1 | "
            + " | ".join(f"{figures['macro_f1']:.2f}" for figures in detectors.values())
            + " |"
        )
        first = next(iter(detectors.values()))
        for kind in ("caught", "flagged"):
            for what in first[kind]:
                cells = (share(figures[kind][what]) for figures in detectors.values())
                yield f"| {what} {'found' if kind == 'caught' else 'flagged'} | " + " | ".join(cells) + " |"
        yield ""
    for name in ("unseen families", "blind lines"):
        yield f"### By category, {name}, policies and reader\n"
        yield "| category | precision | recall | F1 |"
        yield "| --- | --- | --- | --- |"
        for category, title in CATEGORIES.items():
            score = sets[name]["policies and reader"]["categories"][category]
            yield f"| {title} | {share(score['precision'])} | {share(score['recall'])} | {score['f1']:.2f} |"
        yield ""


def _slices(slices: Mapping[str, Any]) -> Iterator[str]:
    yield "## Slices of the unseen families\n"
    for name, groups in slices.items():
        yield f"| by {name} | right category found | innocent flagged |"
        yield "| --- | --- | --- |"
        for value, told in groups.items():
            yield f"| {value} | {share(told['found'])} | {share(told['flagged'])} |"
        yield ""


def _calibration(bins: list[Mapping[str, Any]]) -> Iterator[str]:
    yield "## Calibration, unseen lines\n"
    yield "| risk as read | share that bears one |"
    yield "| --- | --- |"
    for told in bins:
        yield f"| {told['said']:.2f} | {share(told['is'])} |"
    yield ""


def _intents(intents: Mapping[str, Any]) -> Iterator[str]:
    yield "## Intents, unseen families\n"
    yield "| intent | precision | recall |"
    yield "| --- | --- | --- |"
    for name, score in intents.items():
        yield f"| {name.replace('_', ' ')} | {share(score['precision'])} | {share(score['recall'])} |"
    yield ""


def _rest(figures: Mapping[str, Any]) -> Iterator[str]:
    speed, corpus = figures["speed"], figures["corpus"]
    yield (
        f"**Speed** (2 cores, measured with the card): {speed['lines_a_second']:.0f} lines a second; "
        f"{speed['turns_of_talk_a_second']:.0f} turns a second within talk, where a turn is read three times.\n"
    )
    yield (
        f"**Data**: {corpus['lines']:,} lines, {corpus['dialogues']:,} of the items dialogues, in "
        f"{corpus['families']} scenario families; {corpus['parts']}.\n"
    )
    yield f"**Identity**: version {figures['version']}, sha256 `{figures['sha256']}`.\n"


def share(told: Mapping[str, Any]) -> str:
    """A share with its 95 % interval (Wilson)."""
    if not told["total"]:
        return "–"
    return f"{told['value']:.0%} ({told['low']:.0%}–{told['high']:.0%}), n {told['total']}"
