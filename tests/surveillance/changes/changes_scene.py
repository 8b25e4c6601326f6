"""What the tests of changes share: a small archive in words, policies that keep every law, proposing and trying."""

from __future__ import annotations

from surveillance.access.scope import Scope
from surveillance.changes.proposals import Proposal, drafted
from surveillance.changes.services import Walk, advance, begin, propose

# desk, words: what a policy about quokkas hears, what one widened to numbats would, what neither does
CALLS = (
    ("rates", "let us push the quokka before noon"),
    ("rates", "we could hold the numbat until four"),
    ("fx", "hold the numbat and say nothing"),
    ("fx", "good morning and thank you"),
    ("rates", "push the quokka in the training only"),
)


def policy_text(name: str, query: str, *, version: int = 1, unless: str = "", title: str = "Pushed") -> str:
    """A policy with sentences enough to keep every law."""
    words = [word for word in ("quokka", "numbat", "wombat") if word in query]
    fires = [_say(f"push the {words[0]} before number {nth}", misheard=nth < 2) for nth in range(12)]
    silent = [_say(f"good morning number {nth}") for nth in range(12)]
    exclusion = f"unless = '{unless}'\n" if unless else ""
    return (
        f'id = "conduct.{name}"\nversion = {version}\ntitle = "{title}"\ncategory = "market_manipulation"\n'
        'severity = "high"\nweight = 0.9\nduty = ["MAR art. 16"]\nowner = "Tests"\nreview_by = 2030-01-01\n'
        f"query = '{query}'\n{exclusion}"
        f"fires = [{', '.join(fires)}]\nsilent = [{', '.join(silent)}]\n"
    )


def _say(text: str, *, misheard: bool = False) -> str:
    return f'{{ say = "{text}", misheard = {str(misheard).lower()} }}'


WIDER = policy_text("quokka", "(push or hold) w/3 (quokka or numbat)", version=2)
NARROWER = policy_text("quokka", "push w/3 quokka", version=2, unless="training")


def proposed(scope: Scope, text: str) -> int:
    """A change of one policy."""
    wording = drafted(text)
    return propose(scope=scope, proposal=Proposal(title=wording.name, reason="A case.", wordings=[wording]))


def tried(scope: Scope, number: int, *, walk: Walk = Walk()) -> int:  # noqa: B008 — frozen
    """Back-tested to the end, as a worker does it."""
    run = begin(scope=scope, change=number, walk=walk)
    while advance(run=run):
        pass
    return run
