"""Key-encryption keys from the environment, as an orchestrator's secrets come: EARSHOT_KEKS=name:base64,name:base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from surveillance.archive.keepers.keeper import KEY_BYTES, LocalKeeper
from surveillance.core.errors import Broken


class EnvironmentKeeper(LocalKeeper):
    """The keys of one setting; the last named is the current one."""

    name = "environment"

    def __init__(self, told: tuple[str, ...]) -> None:
        self._keys = dict(_read(one) for one in told)
        if not self._keys:
            raise Broken("EARSHOT_KEKS names no key.", cure="Set it to name:base64 of 32 bytes.")

    def keys(self) -> Mapping[str, bytes]:
        return self._keys

    def renew(self) -> str:
        raise Broken(
            "Keys from the environment are made where the environment is.",
            cure="Add a key at the end of EARSHOT_KEKS, start anew, and run rotate_keys without --new.",
        )


def _read(told: str) -> tuple[str, bytes]:
    name, _, content = told.partition(":")
    try:
        key = base64.b64decode(content, validate=True)
    except binascii.Error:
        key = b""
    if not name or len(name) > 100 or len(key) != KEY_BYTES:
        # Never the text itself: it may be nearly a key.
        raise Broken(
            f"EARSHOT_KEKS: the entry {name[:20]!r} is not name:base64 of {KEY_BYTES} bytes.",
            cure=f"`openssl rand -base64 {KEY_BYTES}` prints one.",
        )
    return name, key
