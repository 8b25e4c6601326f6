"""Sampling in a real browser: a supervisor draws, an officer hears blind, and the bound is shown."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from site_at_work import Site, go

Visit = Callable[..., Page]


def test_a_round_is_drawn_heard_blind_and_bounded(visit: Visit, site: Site) -> None:
    page = visit("supervisor")
    page.goto(f"{site.url}/queue")
    go(page, "sampling")
    page.fill("#since", "2026-11-01")
    page.fill("#until", "2026-11-30")
    page.fill("#size", "50")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.locator("#planned")).to_contain_text("calls without an alert would be drawn")
    page.fill("#title", "November")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.get_by_role("heading", name="November")).to_be_visible()
    expect(page.get_by_text("Nothing was heard yet").first).to_be_visible()

    officer = visit("officer")
    officer.goto(f"{site.url}/sampling")
    officer.get_by_role("link", name="Hear the next").click()
    officer.wait_for_url("**/sampling/calls/*")
    officer.wait_for_selector("#wave-waiting", state="hidden")
    expect(officer.locator("mark, .finding, .silenced, .badge-cat")).to_have_count(0)
    missed = 0
    while officer.locator('input[name="action"]').count():
        here = officer.url
        # The order of hearing is drawn by lot, and other tests need their own calls as they are.
        if officer.locator("#transcript", has_text="pontoon").count():
            missed += 1
            _say_what_was_missed(officer)
        else:
            officer.keyboard.press("1")
        officer.get_by_role("button", name="Record and go on").click()
        officer.wait_for_url(lambda url, here=here: url != here)
        expect(officer.get_by_role("status").filter(has_text="Recorded")).to_be_visible()
    assert missed == 1
    expect(officer.get_by_text("Closed").first).to_be_visible()

    page.goto(f"{site.url}/sampling")
    expect(page.locator(".big-figure")).to_contain_text("at 95 % confidence")
    expect(page.locator("svg.elusion .whisker")).to_have_count(1)
    page.get_by_role("link", name="November").click()
    expect(page.locator(".finding")).to_contain_text("Somebody asks for silence.")
    page.locator(".finding a").click()
    expect(page.locator("#decision")).to_be_visible()
    expect(page.locator(".finding")).to_contain_text("reviewer")


def _say_what_was_missed(page: Page) -> None:
    expect(page.locator("#category")).to_be_hidden()
    page.keyboard.press("2")
    expect(page.locator("#category")).to_be_visible()
    page.select_option("#category", "secrecy")
    page.locator("#transcript [data-s]").first.click()
    page.locator('[data-second-to="start"]').click()
    page.locator('[data-second-to="end"]').click()
    expect(page.locator("#start")).not_to_have_value("")
    page.fill("#reason", "Somebody asks for silence.")


def test_decisions_challengers_and_drift_have_a_page(visit: Visit, site: Site) -> None:
    page = visit("supervisor")
    page.goto(f"{site.url}/queue")
    go(page, "learning")
    page.get_by_text("Register a challenger").click()
    page.fill("#challenger-name", "Stricter")
    page.fill("#challenger-value", "0.9")
    page.fill("#challenger-reason", "Fewer false alarms.")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.locator("#challengers")).to_contain_text("Stricter")
    expect(page.locator("#challengers")).to_contain_text("In the shadow")
    page.get_by_text("Register a challenger").click()
    page.fill("#challenger-name", "Impossible")
    page.fill("#challenger-value", "7")
    page.fill("#challenger-reason", "No.")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.locator("#challenger-fault")).to_contain_text("between 0 and 1")
