"""The copy a person is given: their words, their sound with others silenced, what else is kept of them, signed.

It is made while it is sent. Nothing of it lies on a disk here; asked for again, it is made again.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings

from surveillance.access.scope import Scope
from surveillance.access.selectors import accounts_named
from surveillance.archive.selectors import listening_copy, sealed
from surveillance.audit.selectors import Filter, entries
from surveillance.audit.services import record
from surveillance.audit.signing import Kind as Signed
from surveillance.capture.withholding import answerable
from surveillance.consent.selectors import statements_of
from surveillance.core.clock import now
from surveillance.core.errors import Conflict
from surveillance.subjects.finding import WHYS, who
from surveillance.subjects.masking import CLOSED, MARK, OPEN, Mask, others
from surveillance.subjects.models import FoundCall, Kind, Stage
from surveillance.subjects.quieting import quieted
from surveillance.subjects.selectors import masked, request
from surveillance.subjects.told import MaskedCall, RequestRow

MANIFEST = Signed(noun="manifest of a copy", format="earshot-subject-copy/1", key="subject-key")
READ_ME = """A copy of what is kept about {person}, made on {day:%d %B %Y} in answer to a request received on
{received:%d %B %Y}.

calls/        one folder a call: words.txt is what was said as far as it is yours to have, sound.wav the sound of it.
              Other people are protected: their voices are silent, their names and numbers are {mark}.
about.json    why the recordings are kept, who may hear them, for how long, and your rights.
elsewhere/    what else is kept of you.
manifest.txt  the SHA-256 of each file, signed.

{answer}

You may complain to the authority that watches over data protection where you live or work.
"""


class _Sink(io.RawIOBase):
    """Where a ZIP is written to piece by piece, and taken from as it comes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any, /) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def copy_for(scope: Scope, number: int) -> Iterator[bytes]:
    """The copy as a ZIP in pieces; that it left, and the hash of its manifest, go on record.

    Calls on desks or behind walls out of the asker's reach are left out and counted in its manifest.

    Raises:
        Refused, Missing. Conflict: the answer was not released, or it is of another kind.
    """
    row = request(scope, number)
    if row.kind != Kind.ACCESS or row.stage != Stage.ANSWERED:
        raise Conflict("This copy was not released.", cure="Prepare the answer; another person releases it.")
    recordings = list(
        FoundCall.objects.filter(request_id=number, left_out_because="").values_list("recording", flat=True)
    )
    mine = answerable(scope, recordings)
    record(
        actor=scope.actor,
        action="subject copy begun",
        subject=f"subject-request:{number}",
        detail={"calls": len(mine)},
    )
    calls = [masked(scope, number, recording) for recording in recordings if recording in mine]
    if stale := [one for one in calls if not one.checked]:
        raise Conflict(
            f"The words of {len(stale)} calls changed since they were looked at.",
            cure="Enter the request anew: nothing goes that nobody looked at.",
        )
    return _zipped(scope, row, calls, missing=len(recordings) - len(mine))


def _zipped(scope: Scope, row: RequestRow, calls: list[MaskedCall], *, missing: int) -> Iterator[bytes]:
    sink, hashes = _Sink(), {}
    at = now()
    with ZipFile(sink, "w", allowZip64=True) as out:
        for name, content in _files(scope, row, calls, at):
            digest = hashlib.sha256()
            info = ZipInfo(name, date_time=at.timetuple()[:6])
            info.compress_type = ZIP_STORED if name.endswith(".wav") else ZIP_DEFLATED
            with out.open(info, "w", force_zip64=True) as file:
                for piece in content:
                    digest.update(piece)
                    file.write(piece)
                    yield sink.taken()
            hashes[name] = digest.hexdigest()
        manifest = MANIFEST.sign(
            {
                "request": row.number,
                "made_at": at.astimezone(UTC).isoformat(),
                "made_by": scope.actor,
                "prepared_by": row.prepared_by,
                "released_by": row.closed_by,
                "calls": len(calls),
                "calls_out_of_reach": missing,
                "files": hashes,
            }
        )
        out.writestr("manifest.txt", manifest)
        out.writestr("manifest-key.txt", MANIFEST.public_key() + "\n")
    record(
        actor=scope.actor,
        action="subject copy given",
        subject=f"subject-request:{row.number}",
        detail={
            "calls": len(calls),
            "out_of_reach": missing,
            "manifest_sha256": hashlib.sha256(manifest.encode()).hexdigest(),
        },
    )
    yield sink.taken()


def _files(
    scope: Scope, row: RequestRow, calls: list[MaskedCall], at: datetime
) -> Iterator[tuple[str, Iterable[bytes]]]:
    told = READ_ME.format(person=row.person, day=at, received=row.received_at, answer=row.answer, mark=MARK)
    yield "README.txt", [told.encode()]
    yield "about.json", [_json(_about())]
    for nth, one in enumerate(calls, start=1):
        folder = f"calls/{nth:04d}-{one.row.started_at:%Y%m%d-%H%M}"
        yield f"{folder}/facts.json", [_json(_facts(scope, one))]
        if one.mask is not None:
            yield f"{folder}/words.txt", [_words(row, one.mask).encode()]
        if one.mask is not None and one.mask.audible and sealed(scope, one.row.recording):
            sound = quieted(listening_copy(scope, one.row.recording), one.mask.audible)
            yield f"{folder}/sound.wav", sound.read(0, sound.size)
    statements = statements_of(row.names, row.numbers)
    if statements:
        kept = [
            {
                "what": one.kind_name,
                "since": one.since,
                "until": one.until,
                "purpose": one.purpose,
                "reference": one.reference,
            }
            for one in statements
        ]
        yield "elsewhere/consent.json", [_json(kept)]
    for account in accounts_named(who(row.names, row.numbers)):
        yield f"elsewhere/acts-of-{account}.csv", _acts(account)


def _words(row: RequestRow, mask: Mask) -> str:
    names = others(mask.parts)
    lines = []
    for part in mask.parts:
        speaker = row.person if part.mine else names[part.speaker]
        said = "[not given: somebody else speaks]" if part.state == CLOSED else part.text
        quiet = "" if part.state == OPEN or part.state == CLOSED else " (words only)"
        lines.append(f"{part.start:8.1f} s  {speaker}{quiet}: {said}")
    return "\n".join(lines) + "\n"


def _facts(scope: Scope, one: MaskedCall) -> dict[str, Any]:
    seal = sealed(scope, one.row.recording)
    return {
        "recording": str(one.row.recording),
        "started_at": one.row.started_at,
        "seconds": one.row.duration,
        "found_because": [WHYS[why] for why in one.row.why],
        "native_sha256": seal.sha256 if seal else "",
        "words": "given" if one.mask else "none were written down",
    }


def _about() -> dict[str, Any]:
    """What art. 15(1) asks to be told with the copy."""
    return {
        "controller": settings.EARSHOT.controller,
        "contact": settings.EARSHOT.privacy_contact,
        "purposes": "Recording duties of the firm, and finding misconduct; see the notice to those who are recorded.",
        "recipients": "People of the firm whose role allows it; authorities and courts that may ask for it.",
        "rights": "Correction, restriction, erasure where no law keeps it, objection, complaint (GDPR 15-21, 77).",
        "source": "Recorders of the firm; the words were written down by a program.",
        "automated_decisions": "None. A program points people to calls; people decide.",
    }


def _acts(account: str) -> Iterator[bytes]:
    yield _line(["at", "action", "subject"])
    for entry in entries(Filter(actor=account)).order_by("sequence").iterator(chunk_size=2000):
        yield _line([entry.at.isoformat(), entry.action, entry.subject])


def _line(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def _json(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1, default=str).encode()
