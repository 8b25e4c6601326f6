"""What the index should hold of a recording: its newest words, the names in them, who spoke and what was found."""

from __future__ import annotations

from uuid import UUID

from search.index import Document
from surveillance.access.scope import program
from surveillance.capture.selectors import call
from surveillance.detection.services import categories_of
from surveillance.mentions.selectors import with_names
from surveillance.transcription.selectors import current


def receipted(document: Document) -> str:
    """What a receipt says of a document: the version of its words, and its flags."""
    return f"{document.version}:{','.join(document.categories)}"[:80]


def document_of(recording: UUID) -> Document | None:
    """What the index should hold of a recording; None where it has no words."""
    reader = program("index")
    words = current(reader, recording)
    if words is None:
        return None
    facts = call(reader, recording)
    categories = categories_of(recording)
    return Document(
        recording=str(recording),
        version=words.number,
        started_at=facts.started_at,
        desk=facts.desk,
        people=facts.people,
        categories=categories,
        transcript=with_names(words),
    )
