"""People, houses and places: what spaCy hears in cased text, and what the directories know in any case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from detectors.entities.directory import Directory
from detectors.entities.entity import Found
from detectors.entities.gazetteer import Gazetteer, gazetteer
from detectors.entities.said import Said

_LABELS = {"PERSON": "person", "ORG": "organisation", "GPE": "place", "LOC": "place", "FAC": "place"}
# What stands around a person's name, so that "mark" and "grace" can be told from the words.
_BEFORE = frozenset(
    """
    to from with ask tell told tells call called calling this hi hello hey thanks cheers morning sorry and it's its here
    named name by for meet met see saw is was from's dear okay ok yes mate bye
    """.split()
)
_AFTER = frozenset(
    """
    from at says said say wants wanted asked asks told tells called calls is was has had will would did does and here
    speaking thinks reckons left rang sent needs knows just from's on in over please thanks
    """.split()
)
_STRICT_BEFORE = frozenset(
    "to tell told ask asked with from hi hello hey thanks cheers mister mr called and".split()
)
_PLACE_CUES = frozenset("in at from to of near out via through the for on around outside".split())
# Trading talk that a general model takes for houses and places.
_NOT_NAMES = frozenset(
    """
    aussie kiwi loonie cable bund bunds gilt gilts swissie yard yards isin iban imm mid bid offer spot libor sonia sofr
    otc fx lol ok okay yeah yes no control hello hi hey mate cheers lovely agreed right sure fine good roger over copy
    whatsapp signal telegram teams zoom bloomberg compliance legal hr it cfo ceo aadhaar amex visa mastercard nhs ring
    """.split()
)


class Names:
    """Reads one turn at a time; the model is loaded once."""

    def __init__(self, model: Any, directory: Directory) -> None:
        self._model = model
        self._directory = directory
        self._known: Gazetteer = gazetteer()

    def read(self, turns: Sequence[Said]) -> list[list[Found]]:
        """What each turn names; all turns of a call are given to the model at once."""
        cased = [self._cased(said) for said in turns]
        made = self._model.pipe([" ".join(words) for words in cased], batch_size=64)
        return [
            [*self._directories(said), *self._people(said), *self._of_model(said, words, doc)]
            for said, words, doc in zip(turns, cased, made, strict=True)
        ]

    # --- directories, which need no capitals

    def _directories(self, said: Said) -> Iterator[Found]:
        at = 0
        while at < len(said.tokens):
            known = self._at(said, at)
            if known is None:
                at += 1
                continue
            kind, first, last, value, sure = known
            yield Found(kind, *said.words(first, last), value, sure)
            at = last + 1

    def _at(self, said: Said, at: int) -> tuple[str, int, int, str, float] | None:
        for kind, phrases, sure in (
            ("organisation", self._directory.organisations, 0.97),
            ("person", self._directory.people, 0.97),
            ("organisation", self._known.organisations, 0.9),
        ):
            if found := phrases.at(said, at):
                first = at - 1 if kind == "organisation" and self._with_article(said, at) else at
                return kind, first, found[0], found[1], sure
        return self._place(said, at)

    @staticmethod
    def _with_article(said: Said, at: int) -> bool:
        return said.token(at - 1) == "the" and said.token(at) == "bank" and said.token(at + 1) == "of"

    def _place(self, said: Said, at: int) -> tuple[str, int, int, str, float] | None:
        found = self._known.places.at(said, at)
        if found is None:
            return None
        plain = found[0] == at and said.token(at) in self._known.plain_places
        capital = said.texts[said.pieces[at].first][:1].isupper() and said.pieces[at].first > 0
        if plain and not capital and not self._stands_as_place(said, at, found[0]):
            return None
        return "place", at, found[0], found[1], 0.85

    @staticmethod
    def _stands_as_place(said: Said, at: int, last: int) -> bool:
        ends = said.pieces[last].breaks or said.token(last + 1) in (
            "",
            "and",
            "or",
            "on",
            "by",
            "today",
            "tomorrow",
        )
        return said.token(at - 1) in ("in", "to", "from", "near", "at") and ends

    # --- people by name and by what stands around

    def _people(self, said: Said) -> Iterator[Found]:
        at = 0
        while at < len(said.bare):
            last = self._person(said, at)
            if last is None:
                at += 1
                continue
            value = " ".join(
                word.strip(".,;:!?").removesuffix("'s").title() for word in said.texts[at : last + 1]
            )
            yield Found("person", at, last, value.replace("’S", "").strip(), 0.8)
            at = last + 1

    def _person(self, said: Said, at: int) -> int | None:
        """The last word of a name that begins here."""
        word = said.bare[at]
        if word in self._known.titles and at + 1 < len(said.bare):
            named = word not in ("sir", "madam", "miss") and self._may_be_name(said, at + 1)
            return self._through_family(said, at + 1) if named else None
        if word in self._known.given or (word in self._known.also_words and self._stands_as_name(said, at)):
            return self._through_family(said, at)
        return None

    def _may_be_name(self, said: Said, at: int) -> bool:
        word = said.bare[at]
        return word in self._known.family | self._known.given or said.texts[at][:1].isupper()

    def _through_family(self, said: Said, at: int) -> int:
        last = at
        while last + 1 < len(said.bare) and not self._pause_after(said, last):
            word = said.bare[last + 1]
            if word in ("van", "der", "de", "da", "den", "du", "bin", "al", "di"):
                ahead = last + 2
                while ahead < len(said.bare) and said.bare[ahead] in ("van", "der", "de", "da", "den"):
                    ahead += 1
                if ahead < len(said.bare) and (last == at):
                    return ahead
                break
            if word in self._known.family or (last == at and self._surname_like(said, last + 1)):
                last += 1
                continue
            if word in self._known.given and last == at and self._cased_or_followed(said, last + 1):
                last += 1
                continue
            if last == at and self._middle_name(said, last + 1):
                last += 2
                continue
            break
        return last

    def _cased_or_followed(self, said: Said, at: int) -> bool:
        following = at + 1 < len(said.bare) and said.bare[at + 1] in self._known.family
        return said.texts[at][:1].isupper() or following

    def _middle_name(self, said: Said, at: int) -> bool:
        """ "wei ling tan": an unknown word between a given and a family name, unless it is one of talk."""
        follows = said.bare[at + 1] if at + 1 < len(said.bare) else ""
        return follows in self._known.family and said.bare[at] not in _BEFORE | _AFTER | _PLACE_CUES

    @staticmethod
    def _surname_like(said: Said, at: int) -> bool:
        """A capital in the middle of a sentence after a given name."""
        text = said.texts[at]
        return (
            text[:1].isupper() and text[1:2].islower() and said.bare[at] not in ("i", "i'm", "i'll", "monday")
        )

    @staticmethod
    def _pause_after(said: Said, at: int) -> bool:
        return said.texts[at][-1:] in ",.;:!?"

    def _stands_as_name(self, said: Said, at: int) -> bool:
        """ "tell mark", "grace from settlements", "Mark" in the middle of a sentence."""
        text, word = said.texts[at], said.bare[at]
        before = said.bare[at - 1] if at else ""
        after = said.bare[at + 1] if at + 1 < len(said.bare) else ""
        if text[:1].isupper() and at and said.texts[at - 1][-1:] not in ".!?":
            return word not in ("may", "april", "june", "august") or after in self._known.family
        if after in self._known.family and after not in _AFTER:
            return True
        if word in ("will", "may", "dean", "chase", "hope", "max", "miles", "art", "sue", "pat"):
            return before in ("tell", "told", "ask", "hi", "hello", "thanks", "mister") and after not in (
                "be",
                "you",
            )
        if before in _STRICT_BEFORE and (after in ("to", "") or after in _AFTER):
            return before != "to" or after not in ("it", "the")
        return (not at or said.texts[at][:1].isupper()) and after in (
            "from",
            "said",
            "says",
            "told",
            "called",
            "wants",
        )

    # --- what the model adds

    def _cased(self, said: Said) -> list[str]:
        """The words with capitals where a name may be, for talk written down without any."""
        words = list(said.texts)
        if (
            sum(
                word[:1].isupper() and said.bare[nth] not in ("i", "i'm", "i'll", "i've", "i'd")
                for nth, word in enumerate(words)
            )
            > 1
        ):
            return words
        for found in [*self._directories(said), *self._people(said)]:
            for nth in range(found.first, found.last + 1):
                words[nth] = words[nth][:1].upper() + words[nth][1:]
        if words:
            words[0] = words[0][:1].upper() + words[0][1:]
        return words

    def _of_model(self, said: Said, words: Sequence[str], doc: Any) -> Iterator[Found]:
        ends, at = [], 0
        for word in words:
            at += len(word) + 1
            ends.append(at - 1)
        for span in doc.ents:
            kind = _LABELS.get(span.label_)
            if kind is None:
                continue
            first = next(nth for nth, end in enumerate(ends) if end > span.start_char)
            last = next((nth for nth, end in enumerate(ends) if end >= span.end_char), len(words) - 1)
            if found := self._judged(said, kind, first, last):
                yield found

    def _judged(self, said: Said, kind: str, first: int, last: int) -> Found | None:
        """The model was taught on newspapers: what it says counts only for words with capitals as heard."""
        while first < last and said.bare[first] in (
            "the",
            "a",
            "hello",
            "hi",
            "yeah",
            "ok",
            "okay",
            "thanks",
            "and",
            "so",
        ):
            first += 1
        words = said.bare[first : last + 1]
        cased = [nth for nth in range(first, last + 1) if said.texts[nth][:1].isupper()]
        if not cased or set(words) & _NOT_NAMES or any(word.isdigit() for word in words):
            return None
        if kind == "place" or last - first > 3:
            # Its places outside the list are mostly products and desks.
            if kind == "place" and not (first and said.bare[first - 1] in _PLACE_CUES):
                return None
            if last - first > 3:
                return None
        opens = first == 0 or said.texts[first - 1][-1:] in ".!?"
        if first == last and opens:
            return None  # every sentence opens with a capital
        if kind == "organisation":
            if words[0] in self._known.given and (last > first or not opens):
                kind = "person"
            elif all(len(word) == 1 for word in words):
                return None  # letters spelled out are as often a fix, a form or a code
        value = " ".join(text.strip(".,;:!?") for text in said.texts[first : last + 1]).removesuffix("'s")
        return Found(kind, first, last, value, 0.6)
