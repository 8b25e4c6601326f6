"""Draws docs/screenshots/*.png anew: `.venv/bin/python tests/browser/screenshots.py`. Every page, wide and narrow."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(Path(__file__).parent))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from site_at_work import ARGUMENTS, Site, chromium, column, python_in, running, signed_in  # noqa: E402

from installation import installation  # noqa: E402

OUT = ROOT / "docs" / "screenshots"
WIDTHS = (1440, 390)


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One page as someone sees it; `then` is done before the picture is taken."""

    name: str
    who: str
    path: str
    then: Callable[[Page], None] | None = None
    dark: bool = False


def _listening(page: Page) -> None:
    page.wait_for_selector("#wave-waiting", state="hidden")
    page.evaluate("document.querySelector('#transcript').scrollTop = 0; scrollTo(0, 0)")


def _paused(page: Page) -> None:
    _listening(page)
    page.evaluate("document.querySelector('audio').pause()")


def _playing(page: Page) -> None:
    page.locator("[data-play]").first.click()
    page.wait_for_timeout(1200)
    page.locator("#small-player [data-toggle]").click()


def _help(page: Page) -> None:
    page.keyboard.press("?")


def _first_call(page: Page) -> None:
    page.locator("tr[data-row] a").first.click()
    page.wait_for_load_state("networkidle")


def _healthy(page: Page) -> None:
    page.wait_for_selector("#parts table")


SHOTS = (
    Shot(name="queue", who="officer", path="queue"),
    Shot(name="queue-dark", who="officer", path="queue", dark=True),
    Shot(name="call", who="officer", path="calls/rates-0001?t=9.2", then=_paused),
    Shot(name="call-dark", who="officer", path="calls/rates-0001?t=9.2", then=_paused, dark=True),
    Shot(name="call-without-listening", who="auditor", path="calls/rates-0001"),
    Shot(name="search", who="officer", path="search?q=whatsapp+or+fix*", then=_playing),
    Shot(name="search-dark", who="officer", path="search?q=whatsapp+or+fix*", then=_playing, dark=True),
    Shot(name="search-two-readings", who="officer", path="search?q=price+and+fix+or+whatsapp"),
    Shot(name="shortcuts", who="officer", path="queue", then=_help),
    Shot(name="calls", who="officer", path="calls"),
    Shot(name="not-yours", who="field-officer", path="calls/rates-0001"),
    Shot(name="intake", who="records", path="intake"),
    Shot(name="suppressed", who="officer", path="suppressed"),
    Shot(name="suppressed-dark", who="officer", path="suppressed", dark=True),
    Shot(name="call-noise", who="officer", path="calls/menu-0006", then=_listening),
    Shot(name="call-noise-dark", who="officer", path="calls/menu-0006", then=_listening, dark=True),
    Shot(name="call-twin", who="officer", path="calls/hoot-0009", then=_listening),
    Shot(name="ledger", who="auditor", path="ledger"),
    Shot(name="entry", who="auditor", path="ledger/4"),
    Shot(name="acts", who="auditor", path="calls/rates-0001/acts"),
    Shot(name="record", who="records", path="calls/rates-0001/record"),
    Shot(name="retention", who="records", path="retention"),
    Shot(name="holds", who="records", path="holds"),
    Shot(name="hold", who="records", path="holds/1"),
    Shot(name="disposals", who="records", path="disposals"),
    Shot(name="fixity", who="records", path="fixity"),
    Shot(name="night", who="records", path="fixity/1"),
    Shot(name="consent", who="privacy", path="consent"),
    Shot(name="consent-law", who="privacy", path="consent/law"),
    Shot(name="subjects", who="privacy", path="subjects"),
    Shot(name="subject", who="privacy", path="subjects/1"),
    Shot(name="subject-call", who="privacy", path="subjects/1", then=_first_call),
    Shot(name="subject-call-dark", who="privacy", path="subjects/1", then=_first_call, dark=True),
    Shot(name="documents", who="privacy", path="documents"),
    Shot(name="document", who="privacy", path="documents/dpia"),
    Shot(name="notice", who="officer", path="notice"),
    Shot(name="call-record", who="records", path="calls/rates-0001", then=_paused),
    Shot(name="oversight", who="second-line", path="oversight"),
    Shot(name="report", who="second-line", path="oversight/1"),
    Shot(name="report-dark", who="second-line", path="oversight/1", dark=True),
    Shot(name="people", who="admin", path="people"),
    Shot(name="access", who="admin", path="access"),
    Shot(name="drills", who="supervisor", path="drills"),
    Shot(name="drills-dark", who="supervisor", path="drills", dark=True),
    Shot(name="drill", who="supervisor", path="drills/of/market.spoofing"),
    Shot(name="incidents", who="supervisor", path="incidents"),
    Shot(name="policies", who="supervisor", path="policies"),
    Shot(name="policy", who="supervisor", path="policies/market.spoofing"),
    Shot(name="changes", who="supervisor", path="changes"),
    Shot(name="sampling", who="supervisor", path="sampling"),
    Shot(name="learning", who="supervisor", path="learning"),
    Shot(name="model", who="officer", path="model"),
    Shot(name="network", who="officer", path="network"),
    Shot(name="system", who="admin", path="system", then=_healthy),
)


def main() -> None:
    found = chromium()
    if found is None:
        raise SystemExit("There is no Chromium: install Debian's chromium.")
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        installation(column(), Path(home) / "home", EARSHOT_SUPPRESSED_SHARE="100") as made,
        running(made) as site,
        sync_playwright() as playwright,
    ):
        python_in(made, str(Path(__file__).parent / "drill_scene.py"), "seed")
        python_in(made, str(Path(__file__).parent / "record_scene.py"))
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        _sign_in_page(browser, site)
        for width in WIDTHS:
            _draw(browser, site, width)
        browser.close()


def _draw(browser: Browser, site: Site, width: int) -> None:
    windows: dict[tuple[str, bool], Page] = {}
    for shot in SHOTS:
        whose = (shot.who, shot.dark)
        if whose not in windows:
            windows[whose] = signed_in(browser, site, shot.who, width=width, dark=shot.dark)
        page = windows[whose]
        page.goto(_address(site, shot.path))
        page.wait_for_load_state("networkidle")
        if shot.then:
            shot.then(page)
        page.wait_for_timeout(300)
        page.screenshot(path=OUT / f"{shot.name}-{width}.png")
    for page in windows.values():
        page.context.close()


def _sign_in_page(browser: Browser, site: Site) -> None:
    for width in WIDTHS:
        page = browser.new_page(viewport={"width": width, "height": 900 if width > 600 else 844})
        page.goto(f"{site.url}/sign-in")
        page.screenshot(path=OUT / f"sign-in-{width}.png")
        page.close()


def _address(site: Site, path: str) -> str:
    head, _, rest = path.partition("/")
    place, _, asked = rest.partition("?")
    name, _, part = place.partition("/")
    query: Mapping[str, str] = dict(pair.split("=") for pair in asked.split("&") if pair)
    if head != "calls" or not name:
        return f"{site.url}/{path}"
    return site.call(name, **query) + (f"/{part}" if part else "")


if __name__ == "__main__":
    main()
