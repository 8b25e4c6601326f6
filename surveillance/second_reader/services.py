"""Asking the second reader about flagged passages, one after the other, and keeping what may be shown."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction
from django.db.models import F

from detectors.second_reader import (
    AnswerRefused,
    Endpoint,
    EndpointRefused,
    Rationale,
    ReaderAway,
    explain,
    passage,
)
from policies.schema import CATEGORIES
from surveillance.access.scope import program
from surveillance.audit.services import record
from surveillance.core.clock import now
from surveillance.core.errors import Broken
from surveillance.detection.selectors import Unread
from surveillance.second_reader import selectors
from surveillance.second_reader.models import Outcome, Reading
from surveillance.transcription.selectors import versions

log = logging.getLogger(__name__)

ACTOR = "program:second-reader"


def read_waiting(*, most: int = 5) -> int:
    """Read up to `most` findings of open alerts that were not read yet; returns how many rationales were written.

    Off while EARSHOT_SECOND_READER_URL is empty. Nothing is held while the model thinks: no row, no stage, no alert.
    One that does not answer ends the round; the next round tries again, three times at most.

    Raises:
        Broken: the address lies outside the private network, and nobody allowed that.
    """
    env = settings.EARSHOT
    if not env.second_reader_url:
        return 0
    endpoint = Endpoint(
        url=env.second_reader_url,
        model=env.second_reader_model,
        key=env.second_reader_key,
        seconds=float(env.second_reader_seconds),
        public=env.second_reader_public,
    )
    written = 0
    for finding in selectors.waiting(most):
        try:
            told = _asked(endpoint, finding)
        except EndpointRefused as fault:
            raise Broken(
                str(fault), cure="Set EARSHOT_SECOND_READER_URL to an address of your own network."
            ) from fault
        except ReaderAway as fault:
            log.warning("the second reader: %s", fault)
            _keep(endpoint, finding, Outcome.AWAY, refusal="away")
            break
        except AnswerRefused as fault:
            _keep(endpoint, finding, Outcome.REFUSED, refusal=fault.reason)
            continue
        if told is not None:
            _keep(endpoint, finding, Outcome.WRITTEN, told=told)
            written += 1
    return written


def _asked(endpoint: Endpoint, finding: Unread) -> Rationale | None:
    words = {one.id: one for one in versions(program("second-reader"), finding.recording)}.get(
        finding.version
    )
    if words is None:
        return None
    said = passage(words.transcript, finding.turn)
    return explain(endpoint, said, concern=CATEGORIES[finding.category], heard=finding.heard)


@transaction.atomic
def _keep(
    endpoint: Endpoint,
    finding: Unread,
    outcome: Outcome,
    *,
    told: Rationale | None = None,
    refusal: str = "",
) -> None:
    """Keep what came of it, once a finding; the ledger has the model and the hash, never the words."""
    values = {
        "outcome": outcome,
        "model": endpoint.model[:200],
        "refusal": refusal if outcome == Outcome.REFUSED else "",
        "at": now(),
        "text": told.text if told else "",
        "quotes": list(told.quotes) if told else [],
        "prompt_sha256": told.prompt_sha256 if told else "",
        "seconds": told.seconds if told else 0.0,
    }
    row, made = Reading.objects.get_or_create(finding_id=finding.id, defaults=values)
    if not made:
        Reading.objects.filter(pk=row.pk).exclude(outcome=Outcome.WRITTEN).update(
            tries=F("tries") + 1, **values
        )
    record(
        actor=ACTOR,
        action=f"second reading {outcome.value}",
        subject=f"recording:{finding.recording}",
        detail={
            "finding": finding.id,
            "model": endpoint.model,
            "prompt": values["prompt_sha256"],
            "refusal": refusal,
        },
    )
