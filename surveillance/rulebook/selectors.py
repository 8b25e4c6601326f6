"""Reading the rulebook: what is in force, what was in force at any moment, and every edition there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from policies.schema import PolicySet
from surveillance.access.scope import Power, Scope
from surveillance.core.clock import now
from surveillance.core.errors import Broken, Missing
from surveillance.rulebook import editions as told
from surveillance.rulebook.editions import POLICY
from surveillance.rulebook.models import Edition, Reading, Term
from surveillance.rulebook.written import file_of, held, policy_of

OVERDUE, SOON = "overdue", "soon"
SOON_DAYS = 60


@dataclass(frozen=True, kw_only=True)
class PolicyFilter:
    """What to show of the policies; empty fields do not narrow."""

    category: str = ""
    severity: str = ""
    owner: str = ""
    words: str = ""  # part of the id, the title or the text
    review: str = ""  # overdue or soon
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """One policy as the list shows it: the edition in force, or the last that was."""

    edition: told.Edition
    since: datetime | None
    until: datetime | None
    editions: int

    @property
    def review(self) -> str:
        """Is its review overdue, or due within two months?"""
        return review_state(self.edition.review_by, now().date())


def review_state(review_by: date | None, today: date) -> str:
    """Overdue from the day after the review date; soon in the sixty days up to it."""
    if review_by is None:
        return ""
    if review_by < today:
        return OVERDUE
    return SOON if (review_by - today).days <= SOON_DAYS else ""


def is_open() -> bool:
    """Has anything been put in force yet? For Earshot's own programs."""
    return Term.objects.filter(kind=POLICY).exists()


def mark(at: datetime | None = None) -> tuple[str, ...]:
    """The hashes of the policies' editions in force, in order of id: what tells one set from another."""
    rows = _standing(at or now()).filter(kind=POLICY).order_by("name")
    return tuple(rows.values_list("edition__sha256", flat=True))


def policy_set(hashes: Sequence[str]) -> PolicySet:
    """The set of policies that these editions are.

    Raises:
        Broken: an edition of that hash is not in the rulebook.
    """
    rows = {row.sha256: row for row in _whole().filter(kind=POLICY, sha256__in=hashes)}
    missing = [sha256 for sha256 in hashes if sha256 not in rows]
    if missing:
        raise Broken(
            f"The rulebook holds no edition {missing[0][:12]}.", cure="Restore the database from its backup."
        )
    found = (rows[sha256] for sha256 in hashes)
    return held(policy_of(file_of(row.name), _content(row.text), _content(row.lists)) for row in found)


def in_force(kind: str = "", at: datetime | None = None) -> list[told.Edition]:
    """Exactly what is, or at some moment was, in force. For Earshot's own programs."""
    standing = _standing(at or now())
    if kind:
        standing = standing.filter(kind=kind)
    return [_edition(row) for row in _whole().filter(terms__in=standing).order_by("kind", "name")]


def one_in_force(kind: str, name: str, at: datetime | None = None) -> told.Edition | None:
    """The edition of that name that is in force, if any. For Earshot's own programs."""
    standing = _standing(at or now()).filter(kind=kind, name=name)
    row = _whole().filter(terms__in=standing).first()
    return _edition(row) if row else None


def was_in_force(kind: str, name: str, sha256: str) -> bool:
    """Was an edition of that wording ever in force?"""
    return Term.objects.filter(kind=kind, name=name, edition__sha256=sha256).exists()


def editions_by_id(numbers: Iterable[int]) -> dict[int, told.Edition]:
    """Editions by their keys, for rooms whose rows point to them."""
    return {row.pk: _edition(row) for row in _whole().filter(pk__in=list(numbers))}


def reading(sha256: str) -> tuple[str, ...] | None:
    """The editions behind the hash that a screening names; None where that set was never noted."""
    row = Reading.objects.filter(pk=sha256).first()
    return tuple(row.editions) if row else None


def of_name(kind: str, name: str) -> list[told.Edition]:
    """Every edition of one name, oldest first. For Earshot's own programs."""
    return [_edition(row) for row in _whole().filter(kind=kind, name=name).order_by("number")]


def editions(scope: Scope, kind: str, name: str) -> list[told.Edition]:
    """Every edition of one name, newest first.

    Raises:
        Refused: the asker may not read policies. Missing: nothing of that name was ever proposed.
    """
    scope.require(Power.RULES, subject=f"{kind}:{name}")
    found = [_edition(row) for row in _whole().filter(kind=kind, name=name).order_by("-number")]
    if not found:
        raise Missing("There is no such policy.", cure="Look at the list of policies.")
    return found


def settings_in_force(scope: Scope) -> list[told.Edition]:
    """Thresholds, reader and speech engine, as they stand.

    Raises:
        Refused: the asker may not read policies.
    """
    scope.require(Power.RULES)
    return [edition for edition in in_force() if edition.kind != POLICY]


def every_policy(scope: Scope) -> list[PolicyRow]:
    """Every policy that is or was in force, in order of id; without the lists it was written with.

    Raises:
        Refused: the asker may not read policies.
    """
    scope.require(Power.RULES)
    numbers: dict[str, int] = {}
    newest: dict[str, Edition] = {}
    # The lists are long, the same for nearly all, and no list of policies shows them.
    rows = _whole().defer("lists__content").filter(kind=POLICY).order_by("name", "number")
    for row in rows:
        numbers[row.name] = numbers.get(row.name, 0) + 1
        best = newest.get(row.name)
        if best is None or _last(row) >= _last(best):
            newest[row.name] = row
    return [_row(row, numbers[name]) for name, row in newest.items() if row.terms.all()]


def narrowed(rows: Iterable[PolicyRow], wanted: PolicyFilter) -> list[PolicyRow]:
    """Those of the policies that are wanted."""
    return [row for row in rows if _wanted(row, wanted)]


def policies(scope: Scope, wanted: PolicyFilter) -> list[PolicyRow]:
    """Policies in force, or those retired, in order of id.

    Raises:
        Refused: the asker may not read policies.
    """
    return narrowed(every_policy(scope), wanted)


def owners(rows: Iterable[PolicyRow]) -> list[str]:
    """Everyone who answers for one of these policies."""
    return sorted({str(row.edition.facts.get("owner", "")) for row in rows})


def _wanted(row: PolicyRow, wanted: PolicyFilter) -> bool:
    facts = row.edition.facts
    words = f"{row.edition.name} {facts.get('title', '')} {row.edition.text}".casefold()
    return (
        wanted.retired == (row.until is not None and row.until <= now())
        and wanted.category in ("", facts.get("category"))
        and wanted.severity in ("", facts.get("severity"))
        and wanted.owner in ("", facts.get("owner"))
        and wanted.review in ("", row.review)
        and wanted.words.casefold() in words
    )


def _row(row: Edition, editions: int) -> PolicyRow:
    edition = _edition(row, lists=False)
    term = edition.terms[-1] if edition.terms else None
    return PolicyRow(
        edition=edition,
        since=term.effective_from if term else None,
        until=term.until if term else None,
        editions=editions,
    )


def _last(row: Edition) -> tuple[bool, datetime]:
    """Whether an edition is, or is about to be, in force now; else when it last came to be."""
    terms = [term for term in row.terms.all() if term.effective_from <= now()]
    if not terms:
        return False, row.proposed_at
    return terms[-1].until is None or terms[-1].until > now(), terms[-1].effective_from


def _standing(at: datetime) -> QuerySet[Term]:
    return Term.objects.filter(Q(until__isnull=True) | Q(until__gt=at), effective_from__lte=at)


def _whole() -> QuerySet[Edition]:
    in_order = Term.objects.order_by("effective_from", "pk")
    return Edition.objects.select_related("text", "lists").prefetch_related(Prefetch("terms", in_order))


def _content(text: object) -> str:
    return str(getattr(text, "content", ""))


def _edition(row: Edition, *, lists: bool = True) -> told.Edition:
    return told.Edition(
        id=row.pk,
        kind=row.kind,
        name=row.name,
        number=row.number,
        version=row.version,
        sha256=row.sha256,
        meaning=row.meaning,
        text=_content(row.text),
        lists=_content(row.lists) if lists else "",
        settings=row.settings,
        facts=row.facts,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        reason=row.reason,
        terms=tuple(
            told.Term(
                effective_from=term.effective_from,
                until=term.until,
                activated_by=term.activated_by,
                activated_at=term.activated_at,
                reason=term.reason,
                change=term.change,
                ended_by=term.ended_by,
            )
            for term in row.terms.all()
        ),
    )
