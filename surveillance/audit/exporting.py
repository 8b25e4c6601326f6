"""The ledger as files that anyone can verify without Earshot: entries, checkpoints, the key, the verifier."""

from __future__ import annotations

import shutil
from pathlib import Path

from surveillance.audit import offline
from surveillance.audit.models import Checkpoint, Entry
from surveillance.audit.services import record
from surveillance.audit.walk import FIELDS, the_signer
from surveillance.audit.writing import written
from surveillance.core.errors import Invalid


def export(folder: Path, *, actor: str) -> int:
    """Write every entry that a checkpoint covers into a new folder, with what vouches for it; how many.

    Raises:
        Invalid: the folder has something in it, or no checkpoint was signed yet.
    """
    last = Checkpoint.objects.order_by("-size").first()
    if last is None:
        raise Invalid("No checkpoint was signed yet.", cure="One is signed every few minutes; try again.")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Invalid(f"{folder} has something in it.", cure="Name a new folder.")
    rows = Entry.objects.filter(sequence__lte=last.size).order_by("sequence").values(*FIELDS)
    with (folder / "entries.jsonl").open("wb") as out:
        for row in rows.iterator(chunk_size=5000):
            out.write(written(**row) + b"\n")
    for size, note in Checkpoint.objects.values_list("size", "note"):
        (folder / f"checkpoint-{size:012d}.txt").write_text(note, encoding="utf-8")
    (folder / "key.txt").write_text(the_signer().verifier + "\n", encoding="utf-8")
    shutil.copyfile(str(offline.__file__), folder / "verify.py")
    record(actor=actor, action="ledger exported", subject="ledger", detail={"entries": last.size})
    return last.size
