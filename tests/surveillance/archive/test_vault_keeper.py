"""Key-encryption keys in a transit engine over TLS: wrapping, rotation, a bent key, a wrong token, one that is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings
from transit import TOKEN, Transit, transit

from surveillance.access.scope import Scope
from surveillance.archive import keys
from surveillance.archive.keys import key_of, rotate
from surveillance.archive.models import DataKey
from surveillance.archive.services import seal, verify
from surveillance.capture.progress import Claim
from surveillance.core.errors import Broken, Transient


@pytest.fixture
def vault(tmp_path: Path, settings: Settings) -> Iterator[Transit]:
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    with transit(tmp_path / "vault") as served:
        settings.EARSHOT = replace(
            settings.EARSHOT,
            keeper="vault",
            vault_url=served.url,
            vault_token=token,
            vault_roots=served.roots,
        )
        yield served


def test_the_key_of_a_recording_is_wrapped_there_and_asked_for_once_a_while(
    vault: Transit, claimed: Callable[[], Claim], clerk: Scope
) -> None:
    claim = claimed()
    seal(claim)
    row = DataKey.objects.get()
    assert row.kek == "earshot:v1"
    assert bytes(row.wrapped or b"").startswith(b"vault:v1:")
    assert verify(scope=clerk).sound
    assert vault.asked.count("/v1/transit/decrypt/earshot") <= 2  # a minute may turn in between


def test_rotation_begins_a_new_version_there(
    vault: Transit, claimed: Callable[[], Claim], clerk: Scope
) -> None:
    claim = claimed()
    seal(claim)
    key = key_of(claim.recording)
    told = rotate(scope=clerk, new=True)
    assert (told.kek, told.rewrapped, told.left) == ("earshot:v2", 1, 0)
    vault.keys[0] = bytes(32)  # the first version is destroyed
    assert key_of(claim.recording) == key


def test_a_wrapped_key_that_was_bent_or_moved_opens_nothing(
    vault: Transit, claimed: Callable[[], Claim]
) -> None:
    one, two = claimed(), claimed()
    seal(one)
    seal(two)
    DataKey.objects.filter(recording=two.recording).update(
        wrapped=DataKey.objects.get(recording=one.recording).wrapped
    )
    with pytest.raises(Broken, match="does not open"):
        key_of(two.recording)


def test_a_service_that_is_away_is_asked_again_later(vault: Transit, claimed: Callable[[], Claim]) -> None:
    claim = claimed()
    vault.down = True
    with pytest.raises(Transient, match=r"503|does not answer"):
        seal(claim)
    vault.down = False
    seal(claim)
    keys._kept_a_while.cache_clear()
    assert key_of(claim.recording)


def test_a_wrong_token_and_a_strange_certificate_are_said(
    vault: Transit, claimed: Callable[[], Claim], settings: Settings, tmp_path: Path
) -> None:
    claim = claimed()
    (tmp_path / "other").write_text("s.other")
    settings.EARSHOT = replace(settings.EARSHOT, vault_token=tmp_path / "other")
    with pytest.raises(Broken, match="403"):
        seal(claim)
    settings.EARSHOT = replace(settings.EARSHOT, vault_roots=None)
    with pytest.raises(Transient, match="CERTIFICATE_VERIFY_FAILED"):
        seal(claim)
    assert TOKEN not in str(settings.EARSHOT)
