"""Checking a proof: from the words of an entry over its path to the root that a signed checkpoint states."""

from __future__ import annotations

from surveillance.audit.merkle import is_included, leaf_hash
from surveillance.audit.models import Entry
from surveillance.audit.notes import NoteUnreadable, read_note
from surveillance.audit.selectors import Proof
from surveillance.audit.walk import FIELDS, the_signer
from surveillance.audit.writing import written
from surveillance.core.errors import Missing


def content_of(sequence: int) -> str:
    """The words of an entry as they are hashed: canonical JSON.

    Raises:
        Missing: no such entry.
    """
    row = Entry.objects.filter(sequence=sequence).values(*FIELDS).first()
    if row is None:
        raise Missing(f"The ledger has no entry {sequence}.", cure="Look for it on the ledger page.")
    return written(**row).decode()


def holds(proof: Proof, content: str) -> bool:
    """Does the path lead from these words to the root that the ledger's key has signed?"""
    try:
        statement = read_note(proof.note, the_signer().public)
    except NoteUnreadable:
        return False
    path = [bytes.fromhex(step) for step in proof.path]
    leaf = leaf_hash(content.encode())
    return statement.size == proof.size and is_included(
        leaf, proof.sequence - 1, statement.size, path, statement.root
    )
