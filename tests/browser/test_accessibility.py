"""Every page, light and dark: axe-core finds nothing serious, and nothing runs out of a narrow screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from site_at_work import Site, faults_of, watched

Visit = Callable[..., Page]
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NARROW, WIDE = 390, 1440
PAGES = {
    "officer": [
        "queue",
        "calls/rates-0001",
        "search",
        "search?q=whatsapp+or+fix*",
        "search?q=a+and+b+or+c",
        "calls",
        "network",
        "sampling",
        "suppressed",
        "model",
        "learning",
    ],
    "supervisor": [
        "sampling?since=2026-11-01&until=2026-11-30&size=5",
        "learning",
        "policies",
        "changes",
        "drills",
        "incidents",
    ],
    "auditor": ["ledger", "calls/rates-0001"],
    "records": ["intake"],
    "admin": ["people", "system"],
    "field-officer": ["calls/rates-0001"],
}


def _address(site: Site, path: str) -> str:
    head, _, name = path.partition("/")
    return site.call(name) if name else f"{site.url}/{head}"


def _serious(page: Page) -> list[str]:
    assert faults_of(page) == []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    faults_of(
        page
    ).clear()  # axe copies the styles of a shadow root into a <style> of its own, which is refused
    return [
        f"{fault['id']} ({fault['impact']}): {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("username", PAGES)
def test_no_page_has_a_serious_fault_of_accessibility(
    visit: Visit, site: Site, username: str, dark: bool
) -> None:
    page = visit(username, dark=dark)
    for path in PAGES[username]:
        page.goto(_address(site, path))
        page.wait_for_load_state("networkidle")
        assert _serious(page) == [], path


def test_the_sign_in_page_has_no_serious_fault(browser: Browser, site: Site) -> None:
    page = watched(browser.new_context())
    page.goto(f"{site.url}/sign-in")
    assert _serious(page) == []
    page.context.close()


@pytest.mark.parametrize("username", PAGES)
def test_no_page_is_wider_than_a_telephone(visit: Visit, site: Site, username: str) -> None:
    page = visit(username, width=NARROW)
    for path in PAGES[username]:
        page.goto(_address(site, path))
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, path
