"""`manage.py back_test POLICY_FILE_OR_ID`: what a policy would do to the archive, before anyone decides on it."""

from __future__ import annotations

import json as json_
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from surveillance.changes.services import Walk
from surveillance.changes.trying import MOST_EXAMPLES, Tried, tried, wanted
from surveillance.core.errors import Fault
from surveillance.review.pace import pace


class Command(BaseCommand):
    help = "Try a policy on calls already taken in: alerts gained and lost beside what is in force. Keeps nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policy", help="a policy's file, or the id of one in the folder of policies")
        parser.add_argument("--since", type=_day, metavar="DAY", help="calls from this day on (2026-11-01)")
        parser.add_argument("--until", type=_day, metavar="DAY", help="calls up to this day, it included")
        parser.add_argument(
            "--sample", type=int, default=0, metavar="N", help="so many calls, drawn; else all"
        )
        parser.add_argument(
            "--seed", type=int, default=1, help="of the sample; the same draws the same calls"
        )
        parser.add_argument("--json", action="store_true", help="one JSON document, nothing else on stdout")

    def handle(
        self,
        *args: Any,
        policy: str,
        since: datetime | None,
        until: datetime | None,
        sample: int,
        seed: int,
        json: bool,
        **options: Any,
    ) -> None:
        until = until + timedelta(days=1) if until else None
        walk = Walk(since=since, until=until, sample=sample, seed=seed)
        try:
            found = tried(wanted(policy), walk, self._progress)
        except Fault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(json_.dumps(_as_json(found), ensure_ascii=False) if json else _as_text(found))

    def _progress(self, done: int, total: int) -> None:
        """On one line at a terminal; a line a step elsewhere."""
        lasting = sys.stderr.isatty() and done < total
        self.stderr.write(f"{done} of {total} calls", ending="\r" if lasting else "\n")


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


def _hours(found: Tried) -> tuple[float, float]:
    """Reviewer hours for the whole span, before and after."""
    speed, calls = pace(), found.counts.calls or 1
    before, after = (speed.hours(alerts / calls * found.archive) for alerts in found.counts.alerts)
    return before, after


def _as_json(found: Tried) -> dict[str, Any]:
    before, after = _hours(found)
    return {
        "policies": list(found.policies),
        "archive": found.archive,
        "calls": found.calls,
        "seconds": round(found.seconds, 3),
        "reviewer_hours": {"before": round(before, 2), "after": round(after, 2), "measured": pace().measured},
        **found.counts.as_json(),
        "examples": found.examples,
    }


def _as_text(found: Tried) -> str:
    counts, (before, after) = found.counts, _hours(found)
    lines = [
        f"{', '.join(found.policies)} over {found.calls} of {found.archive} calls in {found.seconds:.1f} s "
        f"({found.calls / max(found.seconds, 1e-9):.0f} a second); {counts.touched} screened again by both sets",
        f"alerts: {counts.gained} gained, {counts.lost} lost, {counts.altered} with other findings; "
        f"{counts.alerts[0]} calls flagged before, {counts.alerts[1]} after",
        f"reviewer hours: {before:.1f} before, {after:.1f} after"
        + ("" if pace().measured else " (by a default time per alert: too few decisions were timed)"),
    ]
    lines += [
        f"  {category}: calls {row[0]} → {row[1]}, findings {row[2]} → {row[3]}"
        for category, row in sorted(counts.categories.items())
        if row[0] != row[1] or row[2] != row[3]
    ]
    for example in found.examples[:MOST_EXAMPLES]:
        for sign, findings in (("+", example["gained"]), ("-", example["lost"])):
            lines += [
                f"{sign} {example['recording']} at {finding['start']:.1f} s {finding['category']}: {finding['words']}"
                for finding in findings
            ]
    if len(found.examples) > MOST_EXAMPLES:
        lines.append(f"… and {len(found.examples) - MOST_EXAMPLES} more calls; --json names them all")
    return "\n".join(lines)
