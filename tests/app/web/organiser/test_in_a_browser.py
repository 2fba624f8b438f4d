"""The pages of organisers in a real browser: no script, no sideways scrolling, and progress that moves by itself."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app.models import Role
from tests.app.web.organiser.desk import REFUSED, UNKNOWN, Desk, outbox
from tests.rig.browser import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE = 30_000


def signed_in(page: "Page", desk: Desk, to: str) -> None:
    """Through the door, to a page."""
    desk.enter(page, desk.organiser(Role.ORGANISER, name="bo"))
    page.goto(desk.visitor.site.url + to)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_held_mail_is_found_and_sent_again_by_its_button(browser: "Browser", sqlite_desk: Desk, width: int) -> None:
    round_ = sqlite_desk.round(4, (UNKNOWN, UNKNOWN, REFUSED))
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": False}
    with watched_page(browser, **options) as page:
        signed_in(page, sqlite_desk, "/organiser")
        page.get_by_role("link", name="Decide").click()
        page.get_by_role("button", name="Send again").first.click()
        expect(page.get_by_role("status")).to_have_text("1 mail goes out again.", timeout=PATIENCE)
        page.get_by_role("link", name="Leave it").click()
        page.get_by_role("button", name="Leave 1 mail").click()
        expect(page.get_by_role("status")).to_have_text("1 mail is left as it was.", timeout=PATIENCE)
    with watched_page(browser, viewport={"width": width, "height": 800}) as page:
        signed_in(page, sqlite_desk, "/organiser")
        for path in ("/organiser", outbox(round_, "?still=1"), "/organiser/programmes/demo/outbox"):
            page.goto(sqlite_desk.visitor.site.url + path)
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(wide) == 0, path
            small = (
                "[...document.querySelectorAll('main button, main .button')].filter(b => b.offsetHeight < 44).length"
            )
            assert page.evaluate(small) == 0, path


def test_the_progress_of_a_round_moves_by_itself_until_it_is_told_to_stand_still(
    browser: "Browser", sqlite_desk: Desk
) -> None:
    sqlite_desk.world.people(4)
    round_ = sqlite_desk.world.draw(sqlite_desk.world.open_round(send=True))
    with watched_page(browser, java_script_enabled=False) as page:
        signed_in(page, sqlite_desk, outbox(round_))
        page.get_by_role("link", name="Stop refreshing").click()
        still = page.get_by_text("0 of 4 mails have met their fate")
        expect(still).to_be_visible(timeout=PATIENCE)
        page.get_by_role("link", name="let it refresh by itself").click()
        page.wait_for_url("**/outbox")
        sqlite_desk.world.deliver()
        expect(page.get_by_text("4 of 4 mails have met their fate")).to_be_visible(timeout=PATIENCE)
