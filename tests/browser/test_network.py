"""Names in a real browser: underlined on the call, played by a click, searched by field, drawn as a network."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from site_at_work import Site, go

Visit = Callable[..., Page]


def test_what_is_named_is_underlined_listed_and_played(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.goto(site.call("rates-0001"))
    expect(page.locator(".turn .named.kind-instrument").first).to_have_text("gilt")
    row = page.locator("#named li", has_text="GILT")
    expect(row).to_contain_text("Instrument")
    row.locator(".at").first.click()
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")
    auditor = visit("auditor")
    auditor.goto(site.call("rates-0001"))
    expect(auditor.locator(".named")).to_have_count(0)


def test_an_instrument_is_searched_by_field_and_narrowed_by_facet(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.goto(f"{site.url}/search?q=instrument:gilt")
    expect(page.locator(".result").first).to_contain_text("gilt")
    page.locator(".facets .facet", has_text="Instrument named").get_by_text("GILT").click()
    expect(page).to_have_url(re.compile("instrument=GILT"))
    expect(page.locator(".result").first).to_contain_text("gilt")


def test_the_network_is_drawn_and_an_edge_opens_its_calls(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.goto(f"{site.url}/queue")
    go(page, "network")
    picture = page.locator("svg.network")
    expect(picture.locator("text", has_text="Nadia Brandt")).to_be_visible()
    page.get_by_role("link", name=re.compile(r"The \d+ calls? of Nadia Brandt and Owen Pryce")).click()
    calls = page.locator("#edge-calls")
    expect(calls.get_by_role("link", name="Nadia Brandt and Owen Pryce").first).to_be_visible()
    field = visit("field-officer")
    field.goto(f"{site.url}/network")
    expect(field.get_by_text("Nadia Brandt")).to_have_count(0)


def test_the_network_fits_a_phone(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site.url}/network")
    expect(page.locator("svg.network")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
