"""Handing a recording in through the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from scene import wav
from site_at_work import Site

Visit = Callable[..., Page]


def test_a_recording_and_its_broken_sibling_are_handed_in_together(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    good, bad = tmp_path / "hallway.wav", tmp_path / "empty.wav"
    good.write_bytes(wav(((0, 1.0, "only the sound matters here"), (1, 4.0, "quite so"))))
    bad.write_bytes(b"")
    page = visit("records")
    page.goto(f"{site.url}/intake")
    page.set_input_files("#files", [good, bad])
    expect(page.locator("[data-files] li")).to_have_count(2)
    page.select_option("#upload-desk", "rates")
    page.fill("#upload-start", "2026-11-20T09:00:00")
    page.get_by_role("button", name="Hand in").click()
    taken = page.locator("#taken li")
    expect(taken.filter(has_text="hallway.wav")).to_contain_text("taken in")
    expect(taken.filter(has_text="empty.wav")).to_contain_text("set aside")
    expect(page.locator("#under-way")).to_contain_text("hallway.wav")
    page.reload()
    aside = page.locator("article", has_text="empty.wav")
    aside.get_by_text("Take off the list").click()
    aside.get_by_label("Why").fill("The recorder was switched off.")
    page.once("dialog", lambda dialog: dialog.accept())
    aside.get_by_role("button", name="Take it off the list").click()
    expect(page.locator("article", has_text="empty.wav")).to_have_count(0)
