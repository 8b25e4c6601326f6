"""What this installation is really configured to do: read from settings, rulebook, schedule and rows, never retold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from detectors.entities.entity import KINDS as ENTITIES
from detectors.intent.lines import INTENTS
from policies.schema import CATEGORIES
from surveillance.access.scope import DEEDS, POWERS, Power, program
from surveillance.access.selectors import desks, holders, roles
from surveillance.capture.withholding import kept_span
from surveillance.oversight.selectors import Watched, what_is_watched
from surveillance.retention.overview import rules_in_use
from surveillance.retention.selectors import profiles, schedule
from surveillance.rulebook.editions import POLICY
from surveillance.rulebook.selectors import in_force, mark, policy_set

DEAF = (
    "No emotion, stress or truthfulness is read from a voice: intent and risk come from words alone "
    "(Regulation (EU) 2024/1689, art. 5(1)(f)).",
    "No voiceprint is kept. Who speaks is told by channel and by what the recorder says.",
    "Nobody is judged by a program: it points people to calls, and people decide, with their reason on record.",
)


@dataclass(frozen=True, kw_only=True)
class Configured:
    """The facts that the documents state. Every pair is a name and what it is."""

    controller: str
    contact: str
    desks: Sequence[tuple[str, str]]  # name, what its calls are said to be
    scale: str
    consent: str
    unflagged: str
    engine: str
    policies: Sequence[tuple[str, int]]  # category, policies in force
    intents: Sequence[str]
    entities: Sequence[str]
    roles: Sequence[tuple[str, str, str]]  # role, what it may, whether anybody holds it
    duties: Sequence[tuple[str, str, str]]  # title, term, citation, of those that keep a recording now
    safeguards: Sequence[tuple[str, str]]
    watched: Sequence[Watched]
    elsewhere: Sequence[tuple[str, str]]  # a processor or service: what it does


def configured() -> Configured:
    """Read all of it, now."""
    env = settings.EARSHOT
    many, since = kept_span()
    return Configured(
        controller=env.controller,
        contact=env.privacy_contact,
        desks=_desks(),
        scale=_scale(many, since),
        consent={
            "off": "not asked by Earshot",
            "note": "decided for every call and shown; a call without evidence is not withheld",
            "enforce": "a call without the evidence its law asks for is withheld from people and programs",
        }[env.consent],
        unflagged="once somebody has said what for, on record; samples are drawn at random"
        if env.purpose
        else "by whoever may listen, without being asked what for",
        engine=f"{env.speech_engine}, on this installation's own machines",
        policies=_policies(),
        intents=[name.replace("_", " ") for name in INTENTS] if env.reader != "none" else [],
        entities=[name.lower() for name in ENTITIES.values()],
        roles=_roles(),
        duties=_duties(),
        safeguards=_safeguards(),
        watched=what_is_watched(),
        elsewhere=_elsewhere(),
    )


def _scale(many: int, since: datetime | None) -> str:
    """How much is kept, so coarsely that a document is not untrue with the next call."""
    if since is None:
        return "nothing yet"
    return f"fewer than {10 ** len(str(many)):,} recordings, the oldest of {since:%Y}"


def _desks() -> list[tuple[str, str]]:
    told: dict[str, str] = {}
    for row in profiles(program("documents")):
        if row.desk_name not in told:
            parts = [*row.description.sectors, *row.description.instruments, *row.description.jurisdictions]
            told[row.desk_name] = ", ".join(sorted(parts)) or "not described yet"
    every = desks(program("documents"))
    return [(desk.name, told.get(desk.name, "not described yet")) for desk in every]


def _policies() -> list[tuple[str, int]]:
    if in_force(POLICY):
        counted: Mapping[str, int] = Counter(one.category for one in policy_set(mark()).policies)
        return [(name.replace("_", " "), counted[name]) for name in CATEGORIES if counted[name]]
    return []


def _roles() -> list[tuple[str, str, str]]:
    held = holders()
    return [
        (
            label,
            ", ".join(DEEDS[power] for power in Power if power in POWERS[role]),
            "held" if held.get(role) else "held by nobody",
        )
        for role, label in roles()
    ]


def _duties() -> list[tuple[str, str, str]]:
    counted = rules_in_use()
    return [
        (rule.title, str(rule.term) or "open-ended", rule.citation)
        for rule in schedule()
        if counted.get(rule.id)
    ]


def _safeguards() -> list[tuple[str, str]]:
    env = settings.EARSHOT
    keeper = {
        "folder": "a folder of its own",
        "environment": "the environment",
        "vault": "a key service apart",
    }
    return [
        (
            "Encryption at rest",
            f"each recording and its words under a key of its own, wrapped by keys in {keeper[env.keeper]}"
            if env.encryption
            else "OFF",
        ),
        (
            "Encryption in transit",
            "the site is served over TLS" if env.https else "the site is NOT set to TLS only",
        ),
        (
            "Unchangeable store",
            f"natives are sealed ({'S3 Object Lock, COMPLIANCE' if env.store == 's3' else 'folder, written once'})"
            + ("" if env.replica == "none" else f"; a second copy in another store ({env.replica})"),
        ),
        (
            "Ledger",
            "every view, search, second played, decision, refusal, in an append-only log with signed checkpoints",
        ),
        ("Conflict walls", "nobody hears their own call, their manager's, or one they are named in"),
        ("Watching the watchers", "patterns of use are judged every night and reported outside the team"),
        (
            "Two people",
            "private calls, holds, disposals, answers to data subjects and rule changes are decided by two",
        ),
        ("Fixity", f"every native is read and hashed at least once in {env.fixity_days} days"),
    ]


def _elsewhere() -> list[tuple[str, str]]:
    env = settings.EARSHOT
    found = [("Speech recognition", "inside this installation; no sound leaves it")]
    if env.second_reader_url:
        where = (
            "may lie OUTSIDE the private network" if env.second_reader_public else "on the private network"
        )
        found.append(("Second reader", f"reads the words about a finding; {where}"))
    if env.timestamp_url:
        found.append(("Time stamps", "an authority stamps hashes of the ledger; it sees no call"))
    if env.store == "s3":
        found.append(("Object store", "keeps encrypted natives" if env.encryption else "keeps natives"))
    if env.index == "elastic":
        found.append(("Search index", "Elasticsearch holds the words in the clear, in its own cluster"))
    return found
