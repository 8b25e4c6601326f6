"""The receipt of a disposal: a text that says what went and why, signed with Ed25519 by a key of its own."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings

from surveillance.core.keys import kept_key

FORMAT = "earshot-disposal-receipt/1"
MARK = "\n— "


class ReceiptBent(ValueError):
    """It is no receipt, or not one as it was signed."""


def sign(facts: Mapping[str, Any]) -> str:
    """The facts as a signed note: the format, one JSON document, an empty line, the signature."""
    body = f"{FORMAT}\n{json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1)}\n"
    signature = base64.b64encode(_key().sign(body.encode())).decode()
    return f"{body}{MARK}{signature}\n"


def public_key() -> str:
    """The public half of the key, in base64: give it to whoever is to check receipts."""
    raw = _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def read(receipt: str, key: str) -> dict[str, Any]:
    """What a receipt says, where it is as it was signed with the key of this public half (base64).

    Raises:
        ReceiptBent: it is not, or the key is none.
    """
    body, mark, told = receipt.rpartition(MARK)
    if not mark or not body.startswith(f"{FORMAT}\n"):
        raise ReceiptBent("It is no receipt of a disposal.")
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(base64.b64decode(told.removesuffix("\n"), validate=True), body.encode())
        facts = json.loads(body.removeprefix(f"{FORMAT}\n"))
    except InvalidSignature as fault:
        raise ReceiptBent("It was changed after it was signed, or signed with another key.") from fault
    except (binascii.Error, ValueError) as fault:
        raise ReceiptBent("Its signature or the key cannot be read.") from fault
    return dict(facts)


def _key() -> Ed25519PrivateKey:
    path: Path = settings.EARSHOT.home / "disposal-key"
    return Ed25519PrivateKey.from_private_bytes(kept_key(path, _made))


def _made() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
