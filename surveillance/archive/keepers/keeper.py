"""What a keeper promises: to wrap the key of a recording, and to unwrap it again; its own keys stay with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from surveillance.core.errors import Broken

KEY_BYTES = 32
NONCE = 12


@dataclass(frozen=True, kw_only=True)
class Wrapped:
    """The key of a recording under a key-encryption key (NIST SP 800-57: KEK). `kek` is its name, not its bytes."""

    kek: str
    content: bytes


class Keeper(Protocol):
    """Who holds the key-encryption keys."""

    name: str

    def current(self) -> str:
        """The name of the key under which is wrapped from now on. Raises Broken, Transient."""
        ...

    def wrap(self, key: bytes, *, bound: bytes) -> Wrapped:
        """Wrap a key; `bound` says whose it is, and unwraps nothing else. Raises Broken, Transient."""
        ...

    def unwrap(self, wrapped: Wrapped, *, bound: bytes) -> bytes:
        """The key again. Raises Broken: not wrapped so, or its KEK is gone. Transient: try again."""
        ...

    def renew(self) -> str:
        """Begin a new key-encryption key; the older stay, to unwrap. Its name. Raises Broken, Transient."""
        ...


class LocalKeeper:
    """Keys that lie in this process: AES-256-GCM, a nonce a wrapping. `keys` by name, the last is the current one."""

    name = "local"

    def keys(self) -> Mapping[str, bytes]:
        """Every key by its name. Raises Broken where there is none."""
        raise NotImplementedError

    def current(self) -> str:
        return list(self.keys())[-1]

    def wrap(self, key: bytes, *, bound: bytes) -> Wrapped:
        kek, nonce = self.current(), os.urandom(NONCE)
        return Wrapped(kek=kek, content=nonce + AESGCM(self.keys()[kek]).encrypt(nonce, key, bound))

    def unwrap(self, wrapped: Wrapped, *, bound: bytes) -> bytes:
        held = self.keys().get(wrapped.kek)
        if held is None:
            raise Broken(
                f"The key-encryption key {wrapped.kek} is not there; what it wraps cannot be read.",
                cure="Bring it back from where it is kept safe: without it no copy of these recordings is of use.",
                code="key-gone",
            )
        try:
            return AESGCM(held).decrypt(wrapped.content[:NONCE], wrapped.content[NONCE:], bound)
        except (InvalidTag, ValueError) as fault:
            raise unwrappable(wrapped.kek) from fault


def unwrappable(kek: str) -> Broken:
    """The fault where a wrapped key is not what this KEK once wrapped for this recording."""
    return Broken(
        f"A recording's key does not open with {kek}: one of the two was changed.",
        cure="Run verify_archive, and look into the ledger for who touched the database or the keys.",
        code="key-bent",
    )
