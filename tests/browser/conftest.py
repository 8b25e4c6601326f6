"""One Chromium and one site a run. A test that decides has a call of the scene to itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from playwright.sync_api import Browser, Page, sync_playwright
from site_at_work import ARGUMENTS, Site, chromium, faults_of, running, signed_in

from installation import COLUMNS, installation, real_services

BROWSER_TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if BROWSER_TESTS in item.path.parents:
            item.add_marker("browser")
            site = getattr(item, "callspec", None) and item.callspec.params.get("site")  # type: ignore[attr-defined]
            item.add_marker(pytest.mark.xdist_group(f"the site on {site}"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without one the tests are skipped, and in CI they fail."""
    found = chromium()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium; CI may skip nothing. Install Debian's chromium.")
        pytest.skip("There is no Chromium: install Debian's chromium.")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session", params=COLUMNS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A seeded installation on each column, served."""
    if request.param == "real":
        real_services()
    home = tmp_path_factory.mktemp("site") / "home"
    # All that is silenced is drawn for review, so that there is something to judge.
    with (
        installation(request.param, home, EARSHOT_SUPPRESSED_SHARE="100") as made,
        running(made) as served,
    ):
        yield served


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Sign someone in and give their window; it is closed, and its complaints are read, when the test ends."""
    opened: list[Page] = []

    def enter(username: str, *, width: int = 1440, dark: bool = False) -> Page:
        page = signed_in(browser, site, username, width=width, dark=dark)
        page.set_default_timeout(15_000)
        opened.append(page)
        return page

    yield enter
    complaints = [fault for page in opened for fault in faults_of(page)]
    for page in opened:
        page.context.close()
    assert complaints == []
