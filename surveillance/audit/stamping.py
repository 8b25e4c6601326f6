"""Time stamps of a stranger (RFC 3161) on the ledger's checkpoints: they cannot be made later than they say."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from surveillance.core.errors import Transient

SECONDS = 20.0  # an authority answers in one
MOST = 1 << 20  # bytes of an answer


class StampUnfit(ValueError):
    """A time stamp that does not vouch for its checkpoint."""


def stamp_of(note: str, *, url: str) -> bytes:
    """The authority's answer over a note: a TimeStampResp, DER.

    Raises:
        Transient: the authority is away, or does not stamp.
    """
    asked = TimestampRequestBuilder().data(note.encode()).build()
    request = urllib.request.Request(  # noqa: S310  # the address is a setting, checked at start
        url, data=asked.as_bytes(), headers={"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            content = bytes(answer.read(MOST))
        decode_timestamp_response(content)
    except (urllib.error.URLError, OSError, ValueError) as fault:
        raise Transient(f"The time stamping authority does not answer: {fault}.") from fault
    return content


def stamped_at(stamp: bytes, note: str, *, roots: Path) -> datetime:
    """When the authority saw the note, as far as the certificates in `roots` (PEM) vouch for it.

    Raises:
        StampUnfit: it is over other words, or none of those certificates stands behind it.
    """
    try:
        answer = decode_timestamp_response(stamp)
        builder = VerifierBuilder()
        for certificate in x509.load_pem_x509_certificates(roots.read_bytes()):
            builder = builder.add_root_certificate(certificate)
        builder.build().verify_message(answer, note.encode())
    except (VerificationError, ValueError) as fault:
        raise StampUnfit(str(fault)) from fault
    return answer.tst_info.gen_time
