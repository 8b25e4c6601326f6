"""How much looking one search may cost: a wide query is refused before it holds up everybody else's."""

from __future__ import annotations

from search.lexer import QueryFault

# A step is one pair of places held against each other, about a tenth of a microsecond. Ordinary queries
# take a few hundred in a long call; only nested proximity of very common words reaches these.
STEPS_IN_A_TRANSCRIPT = 150_000
STEPS_IN_A_SEARCH = 3_000_000
# Telling seconds apart costs more than telling places apart.
STEPS_FOR_SECONDS = 6


class Effort:
    """The steps left to one search, over all transcripts it looks into, and in the present one."""

    def __init__(
        self, in_transcript: int = STEPS_IN_A_TRANSCRIPT, in_search: int = STEPS_IN_A_SEARCH
    ) -> None:
        self._in_transcript = in_transcript
        self._here = in_transcript
        self._left = in_search

    def next_transcript(self) -> Effort:
        self._here = self._in_transcript
        return self

    def spend(self, steps: int) -> None:
        """Count steps about to be taken.

        Raises:
            QueryFault: they are too many.
        """
        self._here -= steps
        self._left -= steps
        if self._here < 0 or self._left < 0:
            raise QueryFault(
                "this query is too wide: too many of its words stand near each other",
                0,
                "Use fewer wildcards and common words, or a smaller distance.",
            )
