"""What was said is not to be read with SQL, and words from before there was encryption can be sealed later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from floor import Spoken, receive_call, say, transcript
from pytest_django import Settings

from surveillance.access.scope import Scope, program
from surveillance.archive.keys import Shredded, shred
from surveillance.audit.models import Entry
from surveillance.core.errors import Broken, Invalid, Refused
from surveillance.transcription.lines import lines, newest_versions, transcript_of
from surveillance.transcription.models import Tokens, Version
from surveillance.transcription.selectors import current
from surveillance.transcription.services import encrypt_words, fill_tokens

CALL = Spoken(name="call-1", turns=((0, "good morning desk"), (1, "morning what can I do")))


@pytest.fixture
def recording(desks: tuple[str, ...], tmp_path: Path) -> UUID:
    return receive_call(tmp_path, "rates", CALL)


def off(settings: Settings) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, encryption=False)


def on(settings: Settings) -> None:
    settings.EARSHOT = replace(settings.EARSHOT, encryption=True)


def rows_as_text() -> str:
    """Every text that SQL reads in the tables of the words."""
    with connection.cursor() as cursor:
        told = []
        for table in ("transcription_version", "transcription_tokens"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  # a name of ours
            told += [str(row) for row in cursor.fetchall()]
    return "\n".join(told)


def test_sql_reads_no_word_and_the_rooms_read_every_one(recording: UUID, rates_officer: Scope) -> None:
    say(recording, CALL)
    told = rows_as_text()
    for word in ("morning", "desk", "what"):
        assert word not in told
    words = current(rates_officer, recording)
    assert words is not None
    assert words.transcript == transcript(CALL)
    (line,) = lines(newest_versions())
    assert "morning" in line.line.split()
    assert transcript_of(line.version) == transcript(CALL)


def test_words_moved_to_another_call_or_changed_do_not_open(
    recording: UUID, tmp_path: Path, rates_officer: Scope
) -> None:
    say(recording, CALL)
    first = Version.objects.get(recording=recording, number=1).content
    other = Spoken(name="call-2", turns=((0, "sell the lot"),), pitch=330.0)
    strange = receive_call(tmp_path, "rates", other)
    say(strange, other)
    say(recording, other)
    moved = {"recording": strange, "number": 1}, {"recording": recording, "number": 2}
    for place in (Version.objects.filter(**one) for one in moved):
        place.update(content=first)
        with pytest.raises(Broken, match="not what was written"):
            current(rates_officer, place.get().recording_id)
    bent = {"sealed": first["sealed"][:-8] + "AAAAAAA="}
    Version.objects.filter(recording=recording).update(content=bent)
    with pytest.raises(Broken, match="not what was written"):
        current(rates_officer, recording)


def test_words_of_before_are_read_and_then_sealed(
    recording: UUID, tmp_path: Path, rates_officer: Scope, settings: Settings
) -> None:
    off(settings)
    say(recording, CALL)
    assert "morning" in rows_as_text()
    with pytest.raises(Invalid, match="off"):
        encrypt_words(scope=program("test"))
    on(settings)
    assert [line.line for line in lines(newest_versions())] == [Tokens.objects.get().line]
    say(recording, replace(CALL, turns=((0, "good evening"),)), model="script-2")
    call_command("encrypt_words")
    assert "morning" not in rows_as_text()
    assert Entry.objects.get(action="words encrypted").detail == {"versions": 1}
    first = transcript_of(Version.objects.get(number=1).pk)
    assert first == transcript(CALL)
    call_command("encrypt_words")
    assert Entry.objects.filter(action="words encrypted").first() is not None
    assert transcript_of(Version.objects.get(number=1).pk) == first


def test_tokens_made_anew_are_sealed_too(recording: UUID) -> None:
    say(recording, CALL)
    Tokens.objects.all().delete()
    fill_tokens(versions=newest_versions())
    assert "morning" not in rows_as_text()
    (line,) = lines(newest_versions())
    assert "morning" in line.line


def test_a_destroyed_key_takes_the_words_with_it(recording: UUID, rates_officer: Scope) -> None:
    say(recording, CALL)
    assert shred(recording=recording, actor="user:records")
    with pytest.raises(Shredded):
        current(rates_officer, recording)
    with pytest.raises(Shredded):
        list(lines(newest_versions()))
    with pytest.raises(Shredded):
        say(recording, CALL)


def test_an_officer_may_not_seal_them(recording: UUID, rates_officer: Scope) -> None:
    assert django_settings.EARSHOT.encryption
    with pytest.raises(Refused):
        encrypt_words(scope=rates_officer)
