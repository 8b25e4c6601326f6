"""Spoken normal forms of words: one spelling for what people say in several."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

# Elasticsearch cuts a token at 255 characters; a shorter cut of our own keeps all indexes alike.
LONGEST_TOKEN = 64


class Piece(NamedTuple):
    """A spelling with the words it came from; `breaks` when punctuation follows it."""

    text: str
    first: int
    last: int
    breaks: bool = False


# Said as two words, meant as one. Only pairs that mean nothing else when they stand together
# ("we chat" is not here: people chat).
COMPOUNDS: dict[tuple[str, ...], str] = {
    ("whats", "app"): "whatsapp",
    ("whats", "apps"): "whatsapps",
    ("whats", "apped"): "whatsapped",
    ("whats", "apping"): "whatsapping",
    ("what", "s", "app"): "whatsapp",
    ("what", "app"): "whatsapp",
    ("what", "sapp"): "whatsapp",
    ("wats", "app"): "whatsapp",
    ("watts", "app"): "whatsapp",
    ("face", "time"): "facetime",
    ("snap", "chat"): "snapchat",
    ("insta", "gram"): "instagram",
    ("tele", "gram"): "telegram",
    ("i", "message"): "imessage",
    ("e", "mail"): "email",
    ("e", "mails"): "emails",
    ("g", "mail"): "gmail",
    ("hot", "mail"): "hotmail",
    ("voice", "mail"): "voicemail",
    ("per", "cent"): "percent",
    ("o", "clock"): "oclock",
    ("ear", "bud"): "earbud",
    ("note", "pad"): "notepad",
}

_OPENINGS = {words[0] for words in COMPOUNDS}

# One spelling → the words it stands for. Every entry also maps the word in a query, so a change of
# spelling alone never loses a hit.
SPELLINGS: dict[str, str] = {
    "gonna": "going to", "wanna": "want to", "gotta": "got to", "gimme": "give me", "lemme": "let me",
    "dunno": "do not know", "kinda": "kind of", "sorta": "sort of", "outta": "out of", "oughta": "ought to",
    "hafta": "have to", "coulda": "could have", "shoulda": "should have", "woulda": "would have",
    "whatcha": "what are you", "gotcha": "got you", "cmon": "come on", "cannot": "can not", "cos": "because",
    "cuz": "because", "okay": "ok", "alright": "all right", "yeah": "yes", "yep": "yes", "yup": "yes",
    "nope": "no", "nah": "no", "ya": "you", "til": "until", "till": "until", "thru": "through",
    "tho": "though",
    "wont": "will not", "dont": "do not", "didnt": "did not", "doesnt": "does not", "isnt": "is not",
    "arent": "are not", "wasnt": "was not", "werent": "were not", "havent": "have not", "hasnt": "has not",
    "hadnt": "had not", "couldnt": "could not", "shouldnt": "should not", "wouldnt": "would not",
    "cant": "can not", "aint": "is not", "won't": "will not", "can't": "can not", "ain't": "is not",
    "shan't": "shall not", "let's": "let us", "y'all": "you all", "c'mon": "come on", "ma'am": "madam",
    "o'clock": "oclock", "bps": "basis points", "bips": "basis points", "bp": "basis points",
    "bip": "basis points", "buck": "dollar", "bucks": "dollar", "dollars": "dollar", "quid": "pound",
    "pounds": "pound", "euros": "euro", "billion": "yard", "billions": "yard", "bn": "yard", "yards": "yard",
    "mio": "million", "mln": "million", "mm": "million", "frontrun": "front run", "frontran": "front ran",
    "frontrunning": "front running", "frontrunner": "front runner", "cellphone": "cell phone",
    "cellphones": "cell phones", "app's": "app",
}  # fmt: skip

_WITH_IS = frozenset(
    ("it", "that", "what", "he", "she", "there", "here", "who", "where", "how", "when", "this", "everything")
)
_ENDINGS = {"'ll": "will", "'ve": "have", "'re": "are", "'d": "would", "'m": "am"}

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'"})
_ACCENTS = re.compile("[\u0300-\u036f]")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_SCAN = re.compile(
    rf"""
      (?P<number>[$£€¥]?(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]+)(?:\.[0-9]+)?
                 (?:%|(?:k|mm?|mio|mln|bn|bps?|st|nd|rd|th)\b)?(?![^\W_]))
    | (?P<decimal>(?<![^\W_])[$£€¥]?\.[0-9]+%?(?![^\W_]))
    | (?P<initials>(?<![^\W_])(?:[a-z]\.){{2,}}[a-z]?(?![^\W_]))
    | (?P<ideograph>[{_CJK}])
    | (?P<word>[^\W_{_CJK}]+(?:'[^\W_{_CJK}]+)*)
    """,
    re.VERBOSE,
)
_PAUSES = re.compile(r"[,;:.!?—–…]")


def fold(text: str) -> str:
    """Lower case, straight apostrophes, no accents: "Café’s" → "cafe's"."""
    plain = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)))


def pieces(texts: Sequence[str]) -> list[Piece]:
    """Cut words as heard into bare spellings, each knowing the word it came from."""
    found: list[Piece] = []
    for nth, text in enumerate(texts):
        opens_with_pause, spellings = _cut(text)
        if opens_with_pause and found:
            found[-1] = found[-1]._replace(breaks=True)
        found.extend(Piece(spelled, nth, nth, breaks) for spelled, breaks in spellings)
    return found


@lru_cache(maxsize=65536)
def _cut(text: str) -> tuple[bool, tuple[tuple[str, bool], ...]]:
    """Whether a pause opens a word as heard, and its spellings, each with whether a pause follows."""
    folded = fold(text)
    matches = list(_SCAN.finditer(folded))
    if not matches:
        return _PAUSES.search(folded) is not None, ()
    ends = [*(match.start() for match in matches[1:]), len(folded)]
    spellings = tuple(
        (
            (match.group().replace(".", "") if match.lastgroup == "initials" else match.group())[
                :LONGEST_TOKEN
            ],
            _PAUSES.search(folded, match.end(), end) is not None,
        )
        for match, end in zip(matches, ends, strict=True)
    )
    return _PAUSES.search(folded, 0, matches[0].start()) is not None, spellings


def compounded(said: Sequence[Piece]) -> list[Piece]:
    """Join what belongs together: "what's app" → "whatsapp"."""
    joined: list[Piece] = []
    at = 0
    while at < len(said):
        taken, text = _longest_compound(said, at)
        first, last = said[at], said[at + taken - 1]
        joined.append(first if taken == 1 else Piece(text, first.first, last.last, last.breaks))
        at += taken
    return joined


def _longest_compound(said: Sequence[Piece], at: int) -> tuple[int, str]:
    if said[at].text.replace("'", "") in _OPENINGS:
        for length in (3, 2):
            text = _compound(said[at : at + length], length)
            if text:
                return length, text
    return 1, said[at].text


def _compound(said: Sequence[Piece], length: int) -> str:
    if len(said) < length or any(piece.breaks for piece in said[:-1]):
        return ""
    return COMPOUNDS.get(tuple(piece.text.replace("'", "") for piece in said), "")


def spelled_out(said: Sequence[Piece]) -> Iterator[Piece]:
    """Give every contraction its words: "don't" → "do", "not"."""
    for piece in said:
        texts = _expand(piece.text)
        if len(texts) == 1:
            yield piece if texts[0] == piece.text else piece._replace(text=texts[0])
            continue
        for nth, text in enumerate(texts):
            yield Piece(text, piece.first, piece.last, piece.breaks and nth == len(texts) - 1)


def _expand(text: str) -> list[str]:
    known = SPELLINGS.get(text)
    if known is not None:
        return known.split()
    if "'" not in text:
        return [text]
    if text.endswith("n't"):
        return [text[:-3].replace("'", ""), "not"]
    for ending, meant in _ENDINGS.items():
        if text.endswith(ending):
            return [*_expand(text[: -len(ending)]), meant]
    if text.endswith("'s"):
        owner = text[:-2]
        # "it's" is a sentence, "the bank's" is a possessive.
        return [owner, "is"] if owner in _WITH_IS else _expand(owner)
    return [text.replace("'", "")]
