"""The change gate in a real browser: proposed on the page, tried by a real worker, agreed by another, in force."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from site_at_work import Site

Visit = Callable[..., Page]
POLICY = "conduct.off-channel"
WIDER = "query = '''\n   (\"five year\" w/3 swap)\nor "
PATIENCE = 120_000

NEW_CALL = """
import sys, tempfile
from pathlib import Path
sys.path[:0] = ["tests", "tests/browser"]
from scene import _call
from surveillance.access.scope import program
told = {
    "name": "rates-late", "desk": "rates", "start": "2026-11-22T09:00:00+00:00",
    "people": (("Nadia Brandt", "Calder Vale"), ("Late Caller", "Morrow Pension")),
    "turns": ((1, 1.0, "the five year swap again please"), (0, 7.0, "four thirteen bid")),
}
with tempfile.TemporaryDirectory() as folder:
    answer = _call(program("scene"), Path(folder), told)
"""


def lowered(text: str) -> str:
    """The draft's version raised by one, taken back: what someone forgets."""
    return re.sub(r"^version = (\d+)$", lambda found: f"version = {int(found[1]) - 1}", text, flags=re.M)


@pytest.fixture
def patient() -> Iterator[None]:
    """Beside a worker at work a page answers later; what other tests expect stays as prompt as it was."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_an_edit_is_tried_on_the_archive_and_comes_into_force_by_a_second_person(
    visit: Visit, site: Site, patient: None
) -> None:
    site.installation.manage("drill", POLICY, "--inline")
    with site.installation.worker(processes=1, queues="io,screen,index"):
        officer = visit("officer")
        officer.goto(f"{site.url}/policies")
        expect(officer.locator("tbody [data-row]")).not_to_have_count(0)
        officer.fill("#policy-words", POLICY)
        officer.press("#policy-words", "Enter")
        expect(officer.locator("tbody [data-row]")).to_have_count(1)
        officer.locator("a[data-open]").click()
        draft = officer.locator("#edit-text").input_value()
        officer.fill("#edit-text", lowered(draft.replace("query = '''\n", WIDER, 1)))
        officer.fill("#edit-reason", "Clients leave for other channels when they ask for the five year.")
        officer.get_by_role("button", name="Propose it").click()
        expect(officer.locator("#edit-fault")).to_contain_text("raise it to")
        officer.fill("#edit-text", draft.replace("query = '''\n", WIDER, 1))
        officer.get_by_role("button", name="Propose it").click()
        expect(officer.locator("#decision")).to_contain_text("has not been tried")
        expect(officer.locator(".diff .came").filter(has_text="five year")).to_have_count(1)
        officer.get_by_role("button", name="Run a back-test").click()
        expect(officer.locator("#runs .tiles")).to_contain_text("+1", timeout=PATIENCE)
        expect(officer.locator("#runs")).to_contain_text("Finished", timeout=PATIENCE)
        expect(officer.locator(".example.gained")).to_contain_text("five year swap")
        expect(officer.locator("#runs")).to_contain_text("1 of 1 caught")
        number = officer.url.split("/changes/")[1].split("#")[0]
        officer.goto(f"{site.url}/changes/{number}")
        expect(officer.locator("#decision")).to_contain_text("A supervisor must put it in force")
        expect(officer.get_by_role("button", name="Put it in force")).to_have_count(0)

        officer.locator(".example a").first.click()
        officer.wait_for_url("**/calls/*?t=*")

        other = visit("supervisor")
        other.goto(f"{site.url}/changes/{number}")
        other.fill("#activation-reason", "One true one more, nothing lost.")
        other.get_by_role("button", name="Put it in force").click()
        expect(other.get_by_role("status")).to_contain_text("In force from")
        other.get_by_role("button", name="Scan").click()
        expect(other.locator("#scanned-title")).to_be_visible()
        expect(other.locator("#runs")).to_contain_text("1 new alert", timeout=PATIENCE)

        late = site.installation.ask(NEW_CALL)
        other.goto(f"{site.url}/calls/{late}")
        expect(other.locator(".findings-area")).to_contain_text(POLICY)
        other.goto(f"{site.url}/policies/{POLICY}")
        expect(other.locator(".history").first).to_contain_text("in force")
        expect(other.locator(".history").first).to_contain_text(f"change {number}")


def test_what_one_proposes_oneself_one_may_not_put_in_force(visit: Visit, site: Site) -> None:
    page = visit("supervisor", width=390)
    page.goto(f"{site.url}/policies/secrecy.hush")
    page.get_by_text("Propose to retire it").click()
    page.fill("#retire-reason", "Too many false alarms.")
    page.get_by_role("button", name="Propose retirement").click()
    expect(page.locator("#decision")).to_contain_text("a second person must put it in force")
    expect(page.get_by_role("button", name="Put it in force")).to_have_count(0)
    page.get_by_text("Withdraw it").click()
    page.fill("#withdrawal-reason", "It is heard by its neighbours.")
    page.get_by_role("button", name="Withdraw", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Withdrawn")


def test_policies_are_not_for_everyone(visit: Visit, site: Site) -> None:
    page = visit("records")
    expect(page.locator('#menu a[data-go="policies"]')).to_have_count(0)
    for address in ("policies", f"policies/{POLICY}", "changes"):
        answer = page.goto(f"{site.url}/{address}")
        assert answer is not None
        assert answer.status == 403
