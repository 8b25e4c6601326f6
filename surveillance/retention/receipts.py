"""The receipt of a disposal: a text that says what went and why, signed by a key of its own."""

from __future__ import annotations

from surveillance.audit.signing import Kind, NoteBent

__all__ = ["RECEIPT", "NoteBent"]

RECEIPT = Kind(noun="receipt of a disposal", format="earshot-disposal-receipt/1", key="disposal-key")
