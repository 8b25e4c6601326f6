"""An exported ledger verifies itself with nothing but Python, and shows whatever was bent in the copy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from surveillance.archive.ledger_keeping import lock_away
from surveillance.audit.offline import signed
from surveillance.audit.services import record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(300):
        record(actor="odile", action="viewed", subject=f"recording:{number}", detail={"query": "größer"})
        if number in (9, 255):
            lock_away()
    call_command("export_ledger", str(tmp_path / "out"), stdout=StringIO())
    return tmp_path / "out"


def verified(folder: Path) -> tuple[int, str]:
    # -I: neither Earshot nor anything installed is within reach.
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify.py"), str(folder)], capture_output=True, text=True
    )
    assert not done.stderr
    return done.returncode, done.stdout


def edit(folder: Path) -> None:
    path = folder / "entries.jsonl"
    path.write_text(path.read_text().replace("recording:100", "recording:999"))


def cut(folder: Path) -> None:
    path = folder / "entries.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def swap(folder: Path) -> None:
    path = folder / "entries.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    lines[4], lines[5] = lines[5], lines[4]
    path.write_text("".join(lines))


def forge(folder: Path) -> None:
    path = sorted(folder.glob("checkpoint-*"))[-1]
    path.write_text(path.read_text().replace("time 20", "time 19"))


def test_an_export_holds(folder: Path) -> None:
    assert verified(folder) == (0, "300 entries, 300 of them vouched for: all holds\n")


@pytest.mark.parametrize(
    ("bend", "told"),
    [
        (edit, "entries 11 to 256: the checkpoint at 256 has signed others"),
        (cut, "checkpoint at 300: the export ends at entry 299"),
        (swap, "line 5: is entry 6"),
        (forge, "its signature is not that of the key"),
    ],
)
def test_a_bent_export_does_not(folder: Path, bend: Callable[[Path], None], told: str) -> None:
    bend(folder)
    status, text = verified(folder)
    assert status == 1
    assert told in text


def test_a_folder_in_use_is_not_written_over(folder: Path) -> None:
    with pytest.raises(CommandError, match="something in it"):
        call_command("export_ledger", str(folder), stdout=StringIO())


def test_the_verifier_tells_signatures_apart_as_the_library_does() -> None:
    for number in range(12):
        key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        public, text = key.public_key().public_bytes_raw(), b"entry" * number
        signature = key.sign(text)
        assert signed(public, text, signature)
        assert not signed(public, text + b"!", signature)
        bent = bytearray(signature)
        bent[number * 5] ^= 1
        assert not signed(public, text, bytes(bent))
