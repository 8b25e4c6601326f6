"""Does the index hold what the archive says it should: which recordings, and exactly their words?"""

from __future__ import annotations

from uuid import UUID

from surveillance.indexing.backend import the_index, translated
from surveillance.indexing.documents import document_of
from surveillance.transcription.selectors import transcribed


def missing_and_strange() -> tuple[list[str], list[str]]:
    """Recordings with words that the index lacks, and those it holds that the archive does not know.

    Raises:
        Transient: the index is away. BrokenIndex.
    """
    with translated():
        held = {recording for recording, _ in the_index().recordings()}
    known = {str(recording) for recording in transcribed()}
    return sorted(known - held), sorted(held - known)


def is_altered(recording: UUID) -> bool:
    """Does the index hold something else of it than its newest words, their names and who spoke?

    Raises as `missing_and_strange`; Broken, Shredded: its words cannot be read.
    """
    document = document_of(recording)
    if document is None:
        return False
    with translated():
        return not the_index().holds(document)
