"""Letting go of what an index holds of a recording whose time has come."""

from __future__ import annotations

from uuid import UUID

from surveillance.indexing.backend import the_index, translated
from surveillance.indexing.models import IndexReceipt


def forget(recording: UUID) -> None:
    """Take it out of the index; nothing where it is not in there. Its receipts go with the recording's row.

    The disposal that calls it is what is recorded.

    Raises:
        Transient: the index is away.
    """
    with translated():
        the_index().remove([str(recording)])


def take_out(recording: UUID) -> None:
    """Take a recording out of the index that is withheld from now on, with the receipt that it is in there.

    What withholds it is what is recorded. Raises Transient: the index is away.
    """
    forget(recording)
    IndexReceipt.objects.filter(recording_id=recording).delete()
