"""Documents that leave the house as signed notes: one JSON document, an Ed25519 signature by a key of their kind."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from surveillance.audit.notes import new_key
from surveillance.core.keys import kept_key

MARK = "\n— "


class NoteBent(ValueError):
    """It is no such document, or not one as it was signed."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of signed document: a `noun` for people, its `format` in the first line, its key in a
    file of the home."""

    noun: str
    format: str
    key: str

    def sign(self, facts: Mapping[str, Any]) -> str:
        """The facts as a signed note: the format, one JSON document, an empty line, the signature."""
        body = f"{self.format}\n{json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1)}\n"
        signature = base64.b64encode(self._private().sign(body.encode())).decode()
        return f"{body}{MARK}{signature}\n"

    def public_key(self) -> str:
        """The public half of the key, in base64: give it to whoever is to check these documents."""
        raw = self._private().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(raw).decode()

    def read(self, note: str, key: str) -> dict[str, Any]:
        """What a note says, where it is as it was signed with the key of this public half (base64).

        Raises:
            NoteBent: it is not, or the key is none.
        """
        body, mark, told = note.rpartition(MARK)
        if not mark or not body.startswith(f"{self.format}\n"):
            raise NoteBent(f"It is no {self.noun}.")
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
            public.verify(base64.b64decode(told.removesuffix("\n"), validate=True), body.encode())
            facts = json.loads(body.removeprefix(f"{self.format}\n"))
        except InvalidSignature as fault:
            raise NoteBent("It was changed after it was signed, or signed with another key.") from fault
        except (binascii.Error, ValueError) as fault:
            raise NoteBent("Its signature or the key cannot be read.") from fault
        return dict(facts)

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(kept_key(settings.EARSHOT.home / self.key, new_key))
