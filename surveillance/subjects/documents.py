"""The documents a firm owes about its recording, written from what is configured: DPIA, records, worker notice.

Where a firm must say something no configuration knows, as why it is necessary, the document leaves the question open
in so many words; it never makes an answer up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from surveillance.subjects.configured import DEAF, Configured

OPEN_QUESTION = "To be answered by the firm: "


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, sentences, and a table where `columns` name it."""

    heading: str
    text: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document as it would be issued now."""

    kind: str
    title: str
    law: str
    sections: Sequence[Section]

    def content(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return told

    @property
    def sha256(self) -> str:
        return digest(self.content())


def digest(content: Mapping[str, Any]) -> str:
    """The hash that a document is known by."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def written(kind: str, facts: Configured) -> Document:
    """The document of a kind of KINDS."""
    title, law, write = KINDS[kind]
    return Document(kind=kind, title=title, law=law, sections=write(facts))


def changed_sections(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The headings whose sections differ between two documents, new and gone ones among them."""
    old, new = ({one["heading"]: one for one in told["sections"]} for told in (before, after))
    return [name for name in dict.fromkeys([*new, *old]) if old.get(name) != new.get(name)]


def _notice(facts: Configured) -> list[Section]:
    reads = (
        f"They look for {', '.join(name for name, _ in facts.policies)}."
        if facts.policies
        else ("No policy is in force: nothing is looked for yet.")
    )
    intents = f"Each turn is read for what it intends: {', '.join(facts.intents)}." if facts.intents else ""
    return [
        _who(facts),
        Section(
            heading="What is recorded",
            text=(f"Calls on these desks, as their recorders hand them in. Kept: {facts.scale}.",),
            columns=("Desk", "What its calls are"),
            rows=facts.desks,
        ),
        Section(
            heading="Why, and on what ground",
            text=(
                "Because law asks for it: the duties below say which (GDPR art. 6(1)(c)).",
                "To find misconduct (art. 6(1)(f), or the law of the place of work under art. 88).",
                f"{OPEN_QUESTION}the agreement with the works council, where there is one.",
            ),
        ),
        Section(
            heading="What programs do with it",
            text=tuple(
                line
                for line in (
                    f"Words are written down by a recogniser ({facts.engine}).",
                    f"Policies and a reader mark stretches of talk for people to look at. {reads}",
                    intents,
                    f"What is named is marked: {', '.join(facts.entities)}.",
                    *DEAF,
                )
                if line
            ),
        ),
        Section(
            heading="Consent and notice",
            text=(
                f"Consent to being recorded: {facts.consent}.",
                "A private call is let out by two people, and heard by nobody but who answers for privacy.",
            ),
        ),
        _kept(facts),
        _heard_by(facts),
        Section(
            heading="What is watched of those who listen",
            text=("Every act in Earshot is on record. These patterns are judged every night:",),
            columns=("Pattern", "What is seen", "What honest reasons there are"),
            rows=[(one.title, one.sees, one.honest) for one in facts.watched],
        ),
        Section(
            heading="Your rights",
            text=(
                "You may ask what is kept of you and be given a copy in which others are protected (art. 15), have it "
                "corrected (art. 16), restricted (art. 18), erased where no law keeps it (art. 17); you may object "
                "(art. 21).",
                f"Ask: {facts.contact or OPEN_QUESTION + 'whom (EARSHOT_PRIVACY_CONTACT)'}. You are answered within a "
                "month.",
                "You may complain to the authority where you live or work (art. 77).",
            ),
        ),
    ]


def _records(facts: Configured) -> list[Section]:
    return [
        _who(facts),
        Section(
            heading="Purposes (art. 30(1)(b))",
            text=("Keeping records that law asks for.", "Finding and proving misconduct in them."),
        ),
        Section(
            heading="People and data (c)",
            text=(
                "People: those who work on the desks below, whoever speaks with them, whoever is spoken of.",
                f"Data: sound, words, who, when, on which number; marks of {', '.join(facts.entities)}; decisions on "
                "calls; every act of those who listen.",
                "Special categories are not sought; what people say of health or belief in a call is in its words.",
            ),
            columns=("Desk", "What its calls are"),
            rows=facts.desks,
        ),
        Section(
            heading="Recipients (d) and transfers (e)",
            text=(f"{OPEN_QUESTION}authorities it answers to, and any country data is sent to.",),
            columns=("Service", "What it has"),
            rows=facts.elsewhere,
        ),
        _kept(facts),
        _safeguards(facts),
    ]


def _assessment(facts: Configured) -> list[Section]:
    return [
        _who(facts),
        Section(
            heading="What is done (art. 35(7)(a))",
            text=(
                f"Calls are recorded, written down ({facts.engine}), marked by policies and a reader, and searched.",
                f"Kept: {facts.scale}.",
                f"Consent: {facts.consent}.",
            ),
            columns=("Looked for", "Policies in force"),
            rows=[(name, str(many)) for name, many in facts.policies],
        ),
        Section(
            heading="Necessity and proportion (b)",
            text=(
                "Where a duty below stands, recording is not the firm's choice.",
                f"{OPEN_QUESTION}why what goes beyond those duties is necessary, and what milder means were weighed.",
                "Only desks that a grant names are reached.",
                f"A call that nothing marked is played {facts.unflagged}.",
            ),
        ),
        Section(
            heading="Risks (c)",
            columns=("Risk", "What stands against it"),
            rows=(
                (
                    "Curiosity, spying on a colleague",
                    "Conflict walls, the ledger, the nightly watch over listeners",
                ),
                (
                    "A false alert harms somebody",
                    "People decide; what a finding rests on is shown; decisions are sampled",
                ),
                (
                    "Private talk is heard",
                    "Private calls are let out by two; withdrawal of consent withholds",
                ),
                (
                    "Kept for too long",
                    "Limits are law as data; what is overdue is told; disposal destroys its key",
                ),
                ("The archive is stolen", "A key for each recording; keys lie apart"),
                ("The record is bent", "Seals, a history of every row, signed checkpoints, nightly fixity"),
                (
                    "A recogniser hears some speakers worse",
                    OPEN_QUESTION + "error rates on the firm's own speakers",
                ),
            ),
        ),
        Section(heading="What is never done", text=DEAF),
        _safeguards(facts),
        _heard_by(facts),
        _kept(facts),
        Section(
            heading="Consultation",
            text=(
                f"{OPEN_QUESTION}the advice of the data protection officer (art. 35(2)).",
                f"{OPEN_QUESTION}the views of those who are recorded or of who speaks for them (art. 35(9)).",
            ),
        ),
    ]


def _who(facts: Configured) -> Section:
    return Section(
        heading="Who answers for it",
        text=(
            f"Controller: {facts.controller or OPEN_QUESTION + 'name and address (EARSHOT_CONTROLLER)'}",
            f"Privacy: {facts.contact or OPEN_QUESTION + 'contact (EARSHOT_PRIVACY_CONTACT)'}",
        ),
    )


def _kept(facts: Configured) -> Section:
    return Section(
        heading="How long it is kept",
        text=(
            "The longest duty wins; a limit applies where no duty stands. A legal hold keeps a call until its release."
            if facts.duties
            else "No rule was applied to a recording yet.",
        ),
        columns=("Duty or limit", "For", "Source"),
        rows=facts.duties,
    )


def _heard_by(facts: Configured) -> Section:
    return Section(
        heading="Who may do what",
        columns=("Role", "May", "Is it held"),
        rows=facts.roles,
    )


def _safeguards(facts: Configured) -> Section:
    return Section(heading="Safeguards", columns=("Safeguard", "How it stands"), rows=facts.safeguards)


KINDS: Mapping[str, tuple[str, str, Callable[[Configured], list[Section]]]] = {
    "notice": ("Notice to those who are recorded", "GDPR arts. 13, 88", _notice),
    "records": ("Records of processing", "GDPR art. 30", _records),
    "dpia": ("Data protection impact assessment", "GDPR art. 35", _assessment),
}
