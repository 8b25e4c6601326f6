"""Does the index hold what the archive says it should: which recordings, and exactly their words?"""

from __future__ import annotations

from uuid import UUID

from surveillance.capture.selectors import is_drill
from surveillance.indexing.backend import index_name, the_index, translated
from surveillance.indexing.documents import document_of, receipted
from surveillance.indexing.models import IndexReceipt
from surveillance.transcription.selectors import transcribed


def missing_and_strange() -> tuple[list[str], list[str]]:
    """Recordings with words that the index lacks, and those it holds that the archive does not know.

    Raises:
        Transient: the index is away. BrokenIndex.
    """
    put = IndexReceipt.objects.filter(index=index_name(drills=False)).values_list("recording_id", flat=True)
    known = {
        str(recording) for recording in put
    }  # before the index is asked: it is put first, receipted after
    with translated():
        held = {recording for recording, _ in the_index().recordings()}
    return sorted(known - held), sorted(held - {str(recording) for recording in transcribed()})


def is_altered(recording: UUID) -> bool:
    """Does the index hold something else of it than its newest words, their names and who spoke?

    Not where it is merely behind: words and flags that were not put there yet are on their way.

    Raises as `missing_and_strange`; Broken, Shredded: its words cannot be read.
    """
    document, drill = document_of(recording), is_drill(recording)
    name = index_name(drills=drill)
    receipt = IndexReceipt.objects.filter(recording_id=recording, index=name).first()
    if document is None or receipt is None or receipt.version != receipted(document):
        return False
    with translated():
        return not the_index(drills=drill).holds(document)
