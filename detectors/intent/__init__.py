"""Reading risk and intent from words: the corpus, the training, the reader and its card."""

from pathlib import Path
from typing import Final

# The measured figures of the packaged reader (`python -m detectors.intent.card`), as JSON.
CARD: Final = Path(__file__).parent / "card.json"
