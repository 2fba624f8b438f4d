"""The page of a conversation in a real browser: without scripts, on a phone, on paper, and once the network is gone."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app.models import MailKind
from tests.app.talking import Talk, talk_of
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World
from tests.rig.browser import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PATIENCE = 30_000
LONG = "Would like help with everything that has to do with budgets and bread"


def trio(world: World) -> Talk:
    """Three who have told a lot about themselves."""
    return talk_of(world, "ann", "bob", "cyd")


def address(visitor: Visitor) -> str:
    return visitor.site.url + visitor.link(MailKind.INTRODUCTION, "conversation", "ann")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_arranged_and_taken_back_by_thumb_without_scripts(
    browser: "Browser", sqlite_world: World, scheme: str
) -> None:
    sqlite_world.settings = sqlite_world.settings.model_copy(update={"mail_from": "Coffee <coffee@example.org>"})
    with visiting(sqlite_world) as visitor:
        trio(sqlite_world)
        options = {"viewport": {"width": 320, "height": 700}, "color_scheme": scheme, "java_script_enabled": False}
        with watched_page(browser, **options) as page:
            page.goto(address(visitor))
            expect(page.get_by_label("All addresses, to copy")).to_have_value("bob@example.org, cyd@example.org")
            page.get_by_label("On which day?").fill("2026-12-03")
            page.get_by_role("button", name="We have arranged it").click()
            expect(page.get_by_text("it is arranged for Thursday 3 December")).to_be_visible(timeout=PATIENCE)
            page.get_by_role("button", name="It is not arranged after all").click()
            expect(page.get_by_role("status")).to_have_text("Taken back.", timeout=PATIENCE)
        with watched_page(browser, viewport={"width": 320, "height": 700}, color_scheme=scheme) as page:
            page.goto(address(visitor))
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(wide) == 0
            small = (
                "[...document.querySelectorAll('main button, main .button')].filter(b => b.offsetHeight < 44).length"
            )
            assert page.evaluate(small) == 0


def test_it_prints_on_one_page_and_stays_readable_without_a_network(browser: "Browser", sqlite_world: World) -> None:
    for name in ("ann", "bob", "cyd"):
        sqlite_world.person(name, "Estates", ask=[LONG], offer=["budgets", "bread"], interest=["chess"])
    sqlite_world.settings = sqlite_world.settings.model_copy(update={"mail_from": "Coffee <coffee@example.org>"})
    sqlite_world.sent_round()
    with visiting(sqlite_world) as visitor, watched_page(browser) as page:
        page.goto(address(visitor))
        pages = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True))
        assert len(pages) == 1
        page.context.set_offline(True)
        expect(page.get_by_text("One step deeper than the weather")).to_be_visible()
        loaded = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
        assert [
            name
            for name in loaded
            if not re.search(
                r"/(?:static/(?:coffee\.css|atkinson-[a-z-]+\.woff2|icon-[a-z-]+\.svg)|favicon\.svg)", name
            )
        ] == []
