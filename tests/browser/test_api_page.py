"""The API's page in a real browser, under the site's own content security policy."""

from __future__ import annotations

from collections.abc import Callable

from drf_spectacular.generators import SchemaGenerator
from playwright.sync_api import Page, expect
from site_at_work import Site


def test_the_description_of_the_api_can_be_read_and_tried_by_who_is_signed_in(
    visit: Callable[..., Page], site: Site
) -> None:
    page = visit("officer")
    page.goto(f"{site.url}/api/docs/")
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    expect(page.locator(".opblock")).to_have_count(sum(map(len, paths.values())))
    page.locator("#operations-alerts-list_alerts .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answered = page.locator(".live-responses-table tbody .response-col_status")
    expect(answered.first).to_contain_text("200")
