"""Under which names, numbers and addresses a user may turn up in a call: their own, and their manager's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from surveillance.access.models import User
from surveillance.access.names import number_of, words


@dataclass(frozen=True, kw_only=True)
class Known:
    """One user: names as sets of words, numbers and addresses as they are compared; `why` own or manager."""

    username: str
    why: str
    names: frozenset[frozenset[str]]
    numbers: frozenset[str]

    def is_party(self, *, person: str, number: str, line: str) -> bool:
        """Is somebody whom a recorder names so this one? "Hart, Amelia J" is Amelia Hart."""
        said = words(person)
        if said and any(name <= said for name in self.names):
            return True
        return any(plain and plain in self.numbers for plain in map(number_of, (number, line, person)))

    def is_named(self, told: str) -> bool:
        """Do words of a call name them, by their whole name?"""
        said = words(told)
        return any(name <= said for name in self.names if len(name) > 1)


def known(usernames: Iterable[str] | None = None) -> list[Known]:
    """Everyone of whom any name or number is known; a user's own, and apart from those their manager's."""
    users = User.objects.prefetch_related("known_as", "manager__known_as").select_related("manager")
    if usernames is not None:
        users = users.filter(username__in=list(usernames))
    found = []
    for user in users:
        found.append(_known(user.username, "own", user))
        if user.manager is not None:
            found.append(_known(user.username, "manager", user.manager))
    return [one for one in found if one.names or one.numbers]


def _known(username: str, why: str, of: User) -> Known:
    names = {words(of.get_full_name())}
    numbers = {number_of(of.email)} if of.email else set()
    for one in of.known_as.all():
        (names.add(words(one.value)) if one.kind == "name" else numbers.add(number_of(one.value)))
    return Known(
        username=username,
        why=why,
        names=frozenset(name for name in names if name),
        numbers=frozenset(number for number in numbers if number),
    )
