"""A supervisor's look at the drills and at what is wrong: recall, a missed drill, a run, an incident closed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from site_at_work import Site, go, python_in, until

Visit = Callable[..., Page]
SCENE = str(Path(__file__).parent / "drill_scene.py")


@pytest.fixture(scope="module")
def drilled(site: Site) -> Site:
    """Drills of three days, some missed, and an incident."""
    python_in(site.installation, SCENE, "seed")
    return site


def test_recall_stands_there_with_its_interval_and_failing_drills_come_first(
    visit: Visit, drilled: Site
) -> None:
    page = visit("supervisor")
    go(page, "drills")
    expect(page.locator(".big-figure")).to_contain_text(re.compile(r"between \d+% and \d+%"))
    expect(page.locator("svg.chart .dot")).to_have_count(3)
    expect(page.locator(".bars svg").first).to_be_visible()
    expect(page.locator("#drill-list tbody tr").first.locator(".state-dot.bad").first).to_be_visible()
    page.get_by_role("link", name="G.711 A-law").click()
    expect(page.locator("svg.chart .dot")).to_have_count(1)
    page.get_by_role("link", name="all drills").click()
    page.get_by_role("link", name=re.compile("^Passing")).click()
    page.wait_for_url("**state=passing*")
    expect(page.locator("#drill-list .state-dot.bad")).to_have_count(0)


def test_a_missed_drill_shows_script_beside_transcript_and_can_be_heard(visit: Visit, drilled: Site) -> None:
    page = visit("supervisor")
    page.goto(f"{drilled.url}/drills/of/market.spoofing")
    expect(page.locator(".beside")).to_contain_text("coffin")
    expect(page.locator(".beside del").first).to_be_visible()
    expect(page.locator(".beside ins").first).to_be_visible()
    expect(page.get_by_text("Misheard: the script as written would have been caught").first).to_be_visible()
    page.evaluate("document.querySelector('audio').play()")
    until(page, "document.querySelector('audio').currentTime > 0.3")


def test_a_drill_is_run_from_its_page_and_its_outcome_appears(visit: Visit, drilled: Site) -> None:
    page = visit("supervisor")
    page.goto(f"{drilled.url}/drills/of/conduct.off-channel")
    before = page.locator("table.cards tbody tr").count()
    page.select_option("#codec", "mp3")
    page.get_by_role("button", name="Run it now").click()
    expect(page.get_by_text("One drill is on its way.")).to_be_visible()
    python_in(drilled.installation, SCENE, "on")
    page.reload()
    expect(page.locator("table.cards tbody tr")).to_have_count(before + 1)
    newest = page.locator("table.cards tbody tr").first
    expect(newest).to_contain_text("MP3")
    expect(newest.locator(".state-dot.good")).to_be_visible()


def test_an_incident_is_taken_on_and_closed_with_a_reason(visit: Visit, drilled: Site) -> None:
    page = visit("supervisor")
    page.goto(f"{drilled.url}/incidents")
    told = page.locator(".incident", has_text="turret has delivered nothing")
    told.get_by_role("button", name="I am at it").click()
    expect(page.locator(".incident.seen")).to_contain_text("supervisor is at it")
    told.get_by_placeholder("What was done about it").fill("Cable replaced, calls arrive again.")
    told.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Closed. If it still holds")).to_be_visible()
    page.get_by_role("link", name="Closed", exact=True).click()
    expect(page.locator(".incident")).to_contain_text("Cable replaced")


def test_no_drill_stands_among_the_calls_of_the_officer(visit: Visit, drilled: Site) -> None:
    page = visit("officer")
    for path in ("queue", "calls", "search?q=whatsapp", "suppressed"):
        page.goto(f"{drilled.url}/{path}")
        expect(page.locator("main")).not_to_contain_text("Drill voice")
        expect(page.locator("main")).not_to_contain_text("conduct.off-channel.")
    expect(page.locator('#menu a[data-go="drills"]')).to_have_count(0)


@pytest.mark.parametrize("path", ["drills", "drills/of/market.spoofing", "incidents"])
def test_on_a_phone_nothing_is_wider_than_the_phone(visit: Visit, drilled: Site, path: str) -> None:
    page = visit("supervisor", width=390)
    page.goto(f"{drilled.url}/{path}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
