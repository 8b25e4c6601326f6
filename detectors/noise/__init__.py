"""Recognising noise: what machines, scripts and echoes put on a line, each stretch with the reason."""

from detectors.noise.echoes import echoes
from detectors.noise.kinds import ECHO, KINDS, VERSION, Span
from detectors.noise.notices import notices
from detectors.noise.silence import Aside, set_aside
from search.tokens import Streams, streams
from search.transcript import Transcript

__all__ = ["ECHO", "KINDS", "VERSION", "Aside", "Span", "recognise", "set_aside"]


def recognise(transcript: Transcript, analysed: Streams | None = None) -> list[Span]:
    """Every stretch of noise in a transcript, in the order of talk; `analysed` spares a second analysis."""
    found = [*notices(analysed or streams(transcript)), *echoes(transcript)]
    return sorted(found, key=lambda span: (span.start, span.kind))
