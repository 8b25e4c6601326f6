"""Checkpoints as signed notes: C2SP tlog-checkpoint and signed-note, with an Ed25519 signature."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from surveillance.core.keys import kept_key

ED25519 = b"\x01"  # the kind of signature, by signed-note


class NoteUnreadable(ValueError):
    """A text that is no checkpoint, or is not signed with the key."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a checkpoint says: this log had `size` entries with this root at this time."""

    origin: str
    size: int
    root: bytes
    at: datetime

    @property
    def text(self) -> str:
        """The body of the note. The time stands as an extension line, which tlog-checkpoint allows."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\ntime {self.at.astimezone(UTC).isoformat()}\n"


class Signer:
    """The key that signs checkpoints."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        self.origin = origin
        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def verifier(self) -> str:
        """The public key as signed-note writes it: name+key id+key."""
        number = key_id(self.origin, self.public).hex()
        return f"{self.origin}+{number}+{base64.b64encode(ED25519 + self.public).decode()}"

    def signed(self, statement: Statement) -> str:
        """The statement as a note with our signature."""
        signature = self._key.sign(statement.text.encode())
        told = base64.b64encode(key_id(self.origin, self.public) + signature).decode()
        return f"{statement.text}\n— {self.origin} {told}\n"


def signer(path: Path, origin: str) -> Signer:
    """The signer whose key is kept at `path`; the key is made at first need."""
    raw = kept_key(path, new_key)
    return Signer(origin, Ed25519PrivateKey.from_private_bytes(raw))


def key_id(name: str, public: bytes) -> bytes:
    """Four bytes that tell keys apart (signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def read_note(note: str, public: bytes) -> Statement:
    """The statement of a note that the key has signed.

    Raises:
        NoteUnreadable: it is no checkpoint, or bears no good signature of this key.
    """
    body, _, tail = note.partition("\n\n")
    lines = body.split("\n")
    try:
        origin, size, root, time = lines
        statement = Statement(
            origin=origin,
            size=int(size),
            root=base64.b64decode(root, validate=True),
            at=datetime.fromisoformat(time.removeprefix("time ")),
        )
    except (ValueError, binascii.Error) as fault:
        raise NoteUnreadable("It is no checkpoint of a ledger.") from fault
    if statement.text != body + "\n" or not _is_signed(statement, tail, public):
        raise NoteUnreadable("It bears no good signature of the ledger's key.")
    return statement


def _is_signed(statement: Statement, tail: str, public: bytes) -> bool:
    for line in tail.splitlines():
        dash, _, told = line.rpartition(" ")
        if dash != f"— {statement.origin}":
            continue
        try:
            raw = base64.b64decode(told, validate=True)
            if raw[:4] == key_id(statement.origin, public):
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], statement.text.encode())
                return True
        except (binascii.Error, InvalidSignature):
            return False
    return False


def new_key() -> bytes:
    """A fresh Ed25519 key, as it is kept."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
