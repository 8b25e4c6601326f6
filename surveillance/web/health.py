"""Is each part of this installation within reach? One answer a part, with what to do where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError as BrokerAway

from detectors.speech.weights import WeightsUnusable, find_weights
from surveillance.archive.stores.configured import store
from surveillance.celery import app
from surveillance.core.errors import Fault
from surveillance.indexing.backend import the_index, translated
from surveillance.indexing.services import require_complete

WAIT = 2  # seconds a part is given to answer


@dataclass(frozen=True, kw_only=True)
class Health:
    """One part: what it is here, whether it answers, and the cure where it does not."""

    part: str
    what: str
    good: bool
    told: str
    cure: str = ""


class Ailing(Exception):
    """A part does not answer as it should."""

    def __init__(self, told: str, cure: str) -> None:
        super().__init__(told)
        self.told, self.cure = told, cure


def examine() -> list[Health]:
    """Every part, asked one after the other."""
    return [_asked(part, what, ask) for part, what, ask in _parts()]


def _parts() -> Iterator[tuple[str, str, Callable[[], str]]]:
    env = settings.EARSHOT
    yield "Database", connection.vendor.capitalize(), _database
    yield "Archive", "S3 with Object Lock" if env.store == "s3" else "Folder", _store
    yield "Index", "Elasticsearch" if env.index == "elastic" else "SQLite FTS5", _index
    yield "Broker", env.broker_url.split(":", 1)[0].capitalize() if env.broker_url else "Folder", _broker
    yield "Worker", "Celery", _worker
    yield "Recogniser", f"{env.speech_engine}, {env.speech_model}", _weights


def _asked(part: str, what: str, ask: Callable[[], str]) -> Health:
    try:
        return Health(part=part, what=what, good=True, told=ask())
    except Fault as fault:
        return Health(part=part, what=what, good=False, told=fault.message, cure=fault.cure)
    except Ailing as fault:
        return Health(part=part, what=what, good=False, told=fault.told, cure=fault.cure)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as fault:
        raise Ailing(str(fault), "See that the database runs and EARSHOT_DATABASE_URL is right.") from fault
    return "Answers."


def _store() -> str:
    store().exists("earshot-is-asking")
    return "Answers."


def _index() -> str:
    with translated():
        the_index().ready()
    try:
        held = require_complete()
    except DatabaseError as fault:
        raise Ailing("Answers; what it should hold cannot be told.", "See to the database first.") from fault
    return f"Answers. Holds {held} recording{'s' if held != 1 else ''}."


def _broker() -> str:
    try:
        with app.connection_for_write(connect_timeout=WAIT) as link:
            link.ensure_connection(max_retries=1, interval_start=0, timeout=WAIT)
    except (BrokerAway, OSError) as fault:
        raise Ailing(
            f"Does not answer: {fault}",
            "Start it. Nothing is lost meanwhile; recordings go on when it is back.",
        ) from fault
    return "Answers."


def _worker() -> str:
    try:
        answers = app.control.ping(timeout=WAIT / 2, limit=32)
    except (BrokerAway, OSError) as fault:
        raise Ailing("Cannot be asked: the broker is away.", "Start the broker first.") from fault
    if not answers:
        raise Ailing(
            "No worker answers. One that is busy may be slow to.",
            "If recordings stand still, start one: make serve, or celery -A surveillance.celery worker.",
        )
    return "1 worker answers." if len(answers) == 1 else f"{len(answers)} workers answer."


def _weights() -> str:
    env = settings.EARSHOT
    try:
        found = find_weights(env.speech_model, cache=env.cache / "weights")
    except WeightsUnusable as fault:
        raise Ailing(fault.sentence, fault.cure) from fault
    return f"Weights found, SHA-256 {found.sha256[:12]}…"
