"""Stores under test, and a recording that stands before its seal."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sounds import wav

from installation import services
from surveillance.access.scope import Scope
from surveillance.archive.stores.folder import FolderStore
from surveillance.archive.stores.s3 import S3Address, S3Store
from surveillance.archive.stores.store import Store
from surveillance.capture.progress import Claim, take
from surveillance.capture.services import Said, receive


def s3_address() -> S3Address:
    """A bucket of this test's own on the real store; without it a test is skipped, and in CI it fails."""
    found = services()
    if not found.get("EARSHOT_S3_ENDPOINT"):
        if os.environ.get("CI"):
            pytest.fail("The real services are not up; CI may skip nothing. Run `make services`.")
        pytest.skip("The real services are not up: run `make services`.")
    return S3Address(
        endpoint=found["EARSHOT_S3_ENDPOINT"],
        access_key=found["EARSHOT_S3_ACCESS_KEY"],
        secret_key=found["EARSHOT_S3_SECRET_KEY"],
        bucket=f"earshot-{uuid.uuid4().hex[:12]}",
        secure=found.get("EARSHOT_S3_SECURE", "1") not in ("0", "false"),
    )


@pytest.fixture
def bucket() -> S3Address:
    """The address of a bucket that does not exist yet."""
    return s3_address()


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.services)])
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn: whatever holds of one holds of the other."""
    if request.param == "folder":
        yield FolderStore(tmp_path / "archive", b"a key of thirty-two bytes, or so")
    else:
        yield S3Store(s3_address())


@pytest.fixture
def claimed(desks: tuple[str, ...], clerk: Scope, tmp_path: Path) -> Callable[[], Claim]:
    """A new recording on the rates desk, claimed for sealing."""
    pitches = iter(range(200, 2000, 50))

    def one() -> Claim:
        path = wav(tmp_path / "in.wav", channels=2, pitch=float(next(pitches)))
        said = Said(desk="rates")
        got = receive(scope=clerk, source="unattributed", path=path, name="in.wav", said=said)
        assert got.recording is not None, got.reason
        claim = take(got.recording, "archive", lease=60)
        assert claim is not None
        return claim

    return one
