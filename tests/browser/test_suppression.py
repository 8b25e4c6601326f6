"""Noise in a real browser: greyed where it was said, undone and restored by a click, sampled, never out of reach."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect
from site_at_work import Site, go

Visit = Callable[..., Page]


def _until_alerted(page: Page, call: str) -> None:
    """Open the call again and again until the worker has been over it and raised its alert."""
    end = time.monotonic() + 120
    while page.locator("#decision").count() == 0:
        assert time.monotonic() < end, "the call was not screened again"
        page.wait_for_timeout(1000)
        page.goto(call)


def test_noise_is_greyed_with_its_reason_and_comes_back_by_one_click(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.goto(site.call("menu-0006"))
    menu = page.locator(".silenced", has_text="smell")
    expect(menu).to_have_count(1)
    expect(menu).to_have_attribute("title", re.compile("Telephone menu.*machine offering choices"))
    expect(page.locator(".silenced", has_text="another menu")).to_have_count(0)
    expect(page.locator("#noise")).to_contain_text("Sets aside 1 finding")
    expect(page.locator("#findings-title + .num")).to_have_text("0")
    with site.installation.worker(1, "io,screen,index"):
        page.locator(".noise-tag", has_text="Telephone menu").get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status").filter(has_text="counts as talk again")).to_be_visible()
        _until_alerted(page, site.call("menu-0006"))
        expect(page.locator(".finding")).to_contain_text("safety.emergency")
        expect(page.locator(".silenced", has_text="smell")).to_have_count(0)
        expect(page.locator("#noise")).to_contain_text("Undone by officer")
        page.locator(".noise-tag", has_text="Telephone menu").get_by_role(
            "button", name="Silence again"
        ).click()
        expect(page.get_by_role("status").filter(has_text="silenced again")).to_be_visible()
        expect(page.locator(".silenced", has_text="smell")).to_have_count(1)
        expect(page.locator("#decision")).to_have_count(1)


def test_a_drawn_finding_is_judged_and_the_estimate_follows(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.goto(f"{site.url}/queue")
    go(page, "suppressed")
    row = (
        page.locator("#kinds-title")
        .locator("xpath=ancestor::section")
        .locator("tr", has_text="Telephone menu")
    )
    expect(row).to_contain_text("not judged yet")
    drawn = page.locator("#drawn .finding", has_text="menu-0007")
    expect(drawn).to_contain_text("smell of gas")
    expect(drawn).to_contain_text("machine offering choices")
    drawn.get_by_label("Note").fill("A switchboard.")
    drawn.get_by_role("button", name="Rightly silenced").click()
    expect(page.get_by_role("status").filter(has_text="Recorded")).to_be_visible()
    expect(page.locator("#drawn .finding", has_text="menu-0007")).to_have_count(0)
    expect(row).to_contain_text("0 of 1")
    page.get_by_role("link", name="Judged").click()
    expect(page.locator("#drawn .finding", has_text="menu-0007")).to_contain_text("A switchboard.")


def test_an_auditor_sees_how_much_was_silenced_and_no_word_of_it(visit: Visit, site: Site) -> None:
    page = visit("auditor")
    page.goto(f"{site.url}/suppressed")
    expect(page.locator("tr", has_text="Telephone menu")).to_have_count(1)
    expect(page.get_by_text("Your role does not listen")).to_be_visible()
    assert "smell of gas" not in page.content()


def test_the_same_call_from_two_recorders_is_told_in_queue_and_call_and_can_be_parted(
    visit: Visit, site: Site
) -> None:
    page = visit("officer")
    page.goto(f"{site.url}/queue")
    page.get_by_role("link", name=re.compile("same call as turret-0008")).click()
    expect(page.locator(".notice.twin")).to_contain_text("by another recorder")
    page.goto(site.call("hoot-0009"))
    expect(page.locator(".notice.twin")).to_contain_text("the alert of that one leads")
    page.locator(".notice.twin").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="two calls")).to_be_visible()
    page.locator(".notice.twin").get_by_role("button", name="Same call after all").click()
    expect(page.get_by_role("status").filter(has_text="one call again")).to_be_visible()


def test_the_system_page_counts_what_was_silenced(visit: Visit, site: Site) -> None:
    page = visit("admin")
    page.goto(f"{site.url}/system")
    counts = page.locator("section", has=page.locator("#noise-title"))
    expect(counts.get_by_role("row", name=re.compile("Telephone menu"))).to_have_count(1)


def test_on_a_telephone_nothing_of_it_is_wider_than_the_page(visit: Visit, site: Site) -> None:
    page = visit("officer", width=390)
    for address in (f"{site.url}/suppressed", site.call("menu-0006"), site.call("hoot-0009")):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
