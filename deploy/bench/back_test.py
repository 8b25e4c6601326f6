"""What a back-test costs: stored calls × one policy, on as many processes as asked, beside reading every call whole.

python -m deploy.bench.back_test [--calls N] [--processes P] [--policy ID]

Calls are made of the policies' own sentences that must stay silent — talk full of tempting words, so the cheap
questions are asked at their dearest — with a sentence that fires in one call of twelve.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

WORDS = 300  # a call of two minutes
DISTINCT = 400  # calls that differ; the archive repeats them
ARCHIVE = 100_000
ALLOWED = 300.0  # seconds for the whole archive


def main() -> None:
    asked = _arguments()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"EARSHOT_HOME": home, "EARSHOT_READER": "none"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "surveillance.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _archive(asked.calls)
        for name, text in _edits(asked.policy).items():
            _told(name, *_walked(text, asked.processes), asked.processes)
        _whole()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--calls", type=int, default=4000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--policy", default="market.spoofing")
    return parser.parse_args()


def _sentences() -> tuple[list[Any], list[Any]]:
    """What must stay silent and what must fire, of every policy."""
    from policies.loader import load

    policies = load().policies
    quiet = [example for policy in policies for example in policy.silent]
    return quiet, [example for policy in policies for example in policy.fires]


def _talk(quiet: Sequence[Any], loud: Sequence[Any], chance: random.Random) -> list[tuple[str, str]]:
    turns: list[tuple[str, str]] = []
    words = 0
    while words < WORDS:
        example = chance.choice(quiet)
        turns += example.turns
        words += len(example.text.split())
    if chance.random() < 1 / 12:
        turns[len(turns) // 2 : len(turns) // 2] = chance.choice(loud).turns
    return turns


def _archive(calls: int) -> None:
    """So many calls with their words and lines, as transcription keeps them."""
    from search import compact
    from search.tokens import FORMS, streams
    from search.transcript import Transcript
    from surveillance.access.models import Desk
    from surveillance.capture.models import Recording
    from surveillance.transcription.models import Tokens, Version

    chance = random.Random(7)
    quiet, loud = _sentences()
    made = [Transcript.from_turns(_talk(quiet, loud, chance)) for _ in range(DISTINCT)]
    texts = [(said.to_json(), compact.line(streams(said))) for said in made]
    desk = Desk.objects.create(slug="bench", name="Bench")
    begun = time.perf_counter()
    for at in range(0, calls, 500):
        numbers = range(at, min(at + 500, calls))
        recordings = Recording.objects.bulk_create(_recording(desk, nth) for nth in numbers)
        versions = Version.objects.bulk_create(
            Version(
                recording=recording, number=1, engine="bench", model="bench", model_sha256="0" * 64,
                language="en", content=texts[nth % DISTINCT][0], words=WORDS, seconds_taken=0.0,
                made_at=recording.started_at,
            )
            for nth, recording in zip(numbers, recordings, strict=True)
        )  # fmt: skip
        Tokens.objects.bulk_create(
            Tokens(version=version, forms=FORMS, line=texts[nth % DISTINCT][1])
            for nth, version in zip(numbers, versions, strict=True)
        )
    line = sum(len(line) for _, line in texts) / len(texts)
    whole = sum(len(json.dumps(content)) for content, _ in texts) / len(texts)
    print(
        f"{calls} calls of {WORDS} words stored in {time.perf_counter() - begun:.0f} s: "
        f"{whole / 1000:.1f} kB of transcript each, {line / 1000:.1f} kB of line"
    )


def _recording(desk: Any, nth: int) -> Any:
    from surveillance.capture.models import Recording

    started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=nth)
    return Recording(
        desk=desk,
        name=f"bench-{nth}.wav",
        source="bench",
        sha256=uuid.uuid4().hex * 2,
        size=1,
        started_at=started,
        received_at=started,
        duration=120.0,
        container="wav",
        codec="pcm",
        sample_rate=8000,
        channels=2,
    )


def _edits(name: str) -> dict[str, str]:
    """Three kinds of change, each to the policy as it is in force."""
    from surveillance.rulebook.disk import wordings

    text = wordings()[name].text
    version = int(text.split("version = ")[1].split("\n")[0])
    text = text.replace(f"version = {version}", f"version = {version + 1}", 1)
    return {
        "another cue": text.replace(
            "query = '''\n",
            "query = '''\n   ((cancel* or pull*) w/6 (order or orders or offer or offers))\nor ",
            1,
        ),
        "another excuse": text.replace("unless = '''\n", "unless = '''\n   please or morning or ", 1),
        "another weight": text.replace("weight = 0.8", "weight = 0.6", 1),
    }


def _walked(text: str, processes: int) -> tuple[int, float, float, list[int]]:
    """Calls, wall seconds, processor seconds of all processes, and [touched, gained, lost, altered]."""
    from django.db import connections

    from surveillance.transcription.lines import newest_versions

    versions = newest_versions()
    shares = [(text, versions[nth::processes]) for nth in range(processes)]
    connections.close_all()
    with multiprocessing.get_context("spawn").Pool(processes, initializer=_begin) as pool:
        pool.map(_ready, [text] * processes, chunksize=1)
        begun = time.perf_counter()
        found = pool.map(_share, shares, chunksize=1)
        wall = time.perf_counter() - begun
    totals = [sum(column) for column in zip(*(counts for _, counts in found), strict=True)]
    return len(versions), wall, sum(seconds for seconds, _ in found), totals


def _begin() -> None:
    import django

    django.setup()


def _ready(text: str) -> None:
    """Policies are parsed once in a worker's life, not once a run."""
    _comparison(text)


def _comparison(text: str) -> Any:
    from detectors.screen import Screener
    from policies.loader import set_of
    from surveillance.changes.comparing import Comparison
    from surveillance.changes.proposals import drafted
    from surveillance.detection.rules import screener
    from surveillance.rulebook.written import file_of, policy_of

    now = screener()
    wording = drafted(text)
    changed = policy_of(file_of(wording.name), wording.text, wording.lists)
    others = [policy for policy in now.policy_set.policies if policy.id != changed.id]
    return Comparison(now, Screener(set_of([*others, changed])))


def _share(given: tuple[str, Sequence[int]]) -> tuple[float, list[int]]:
    from surveillance.changes.walking import Counts, step

    text, versions = given
    comparison, counts = _comparison(text), Counts()
    begun = time.process_time()
    for at in range(0, len(versions), 400):
        step(comparison, versions[at : at + 400], counts)
    return time.process_time() - begun, [counts.touched, counts.gained, counts.lost, counts.altered]


def _told(name: str, calls: int, wall: float, cpu: float, totals: Sequence[int], processes: int) -> None:
    touched, gained, lost, altered = totals
    at_most = cpu / calls * ARCHIVE / processes
    print(
        f"{name}: {calls} calls in {wall:.1f} s on {processes} processes ({cpu:.1f} s of processor): "
        f"{calls / wall:.0f} a second; {touched} screened whole, {gained} gained, {lost} lost, {altered} altered\n"
        f"  {ARCHIVE:,} calls: {wall / calls * ARCHIVE:.0f} s as measured, {at_most:.0f} s where the processors "
        f"are free ({'within' if at_most <= ALLOWED else 'OVER'} {ALLOWED:.0f} s)"
    )


def _whole(calls: int = 60) -> None:
    """The same by reading every transcript and holding every policy over it, twice: what the lines spare."""
    from surveillance.detection.rules import screener
    from surveillance.transcription.lines import newest_versions, transcript_of

    rules, begun = screener(), time.process_time()
    for version in newest_versions()[:calls]:
        said = transcript_of(version)
        rules.read(said)
        rules.read(said)
    each = (time.process_time() - begun) / calls
    print(
        f"reading every call whole by both sets: {each * 1000:.0f} ms of processor a call, {1 / each:.0f} a second"
    )


if __name__ == "__main__":
    main()
