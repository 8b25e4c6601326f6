"""How what is kept of a recording is sealed under its key: its native, what is made of that, its words.

One key a recording; what each use does with it is bound to that use and to that recording, so that bytes moved from one
place to another do not open there.
"""

from __future__ import annotations

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from surveillance.archive.streaming_aead import PREFIX, SALT, Sealing
from surveillance.core.errors import Broken

HEAD = SALT + PREFIX
NONCE = 12


def sealing(key: bytes, recording: UUID, use: str) -> Sealing:
    """How a native, or a file made of it, is sealed in segments; `use` says which."""
    return Sealing(key=key, bound=f"earshot {use} {recording}".encode())


def head_of_native(key: bytes, sha256: str) -> bytes:
    """Salt and nonce prefix for the native of this hash: the same each time it is sealed.

    A sealing that was killed is so done again with the same bytes, which the store takes once. The key is this
    recording's alone and the hash is held against what was sealed, so no nonce ever meets other bytes.
    """
    return HKDF(SHA256(), length=HEAD, salt=None, info=b"earshot head " + sha256.encode()).derive(key)


def head_at_random() -> bytes:
    """Salt and nonce prefix for a file that may be made again with other bytes."""
    return os.urandom(HEAD)


def seal_words(key: bytes, recording: UUID, content: bytes, *, place: str) -> bytes:
    """Seal a few bytes as one; in another `place` than this they do not open."""
    nonce = os.urandom(NONCE)
    return nonce + _for_words(key).encrypt(nonce, content, f"{recording} {place}".encode())


def open_words(key: bytes, recording: UUID, sealed: bytes, *, place: str) -> bytes:
    """What was sealed so. Raises Broken where it was not, or was changed or moved since."""
    try:
        return _for_words(key).decrypt(sealed[:NONCE], sealed[NONCE:], f"{recording} {place}".encode())
    except (InvalidTag, ValueError) as fault:
        raise Broken(
            f"The stored words of {recording} are not what was written ({place}).",
            cure="Someone changed the database. Transcribe the call again, and find out who.",
            code="words-bent",
        ) from fault


def _for_words(key: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"earshot words").derive(key))
