"""Which calls a run walks over: all of a span, or a sample that its seed draws again."""

from __future__ import annotations

import random
from collections.abc import Sequence


def drawn(versions: Sequence[int], sample: int, seed: int) -> list[int]:
    """`sample` of the versions without repetition (all, where it is 0 or as many), in their own order.

    Python's Mersenne Twister over the ordered keys: the same seed and archive give the same calls.
    """
    if not sample or sample >= len(versions):
        return list(versions)
    chosen = random.Random(seed).sample(range(len(versions)), sample)  # noqa: S311 — no secret hangs on it
    return [versions[nth] for nth in sorted(chosen)]
