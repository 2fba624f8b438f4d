"""The poster: the link as a picture and in letters, whoever stands behind it, and one sheet of paper."""

import re
from typing import TYPE_CHECKING

import pytest
import segno

from tests.app.web.organiser.desk import Desk
from tests.app.web.test_join import change

if TYPE_CHECKING:
    from playwright.sync_api import Page

HERE = "/organiser/programmes/demo/poster"
POINTS = {"a4": (595, 842), "a5": (420, 595), "letter": (612, 792)}


def test_the_way_in_stands_there_as_a_picture_and_in_letters(desk: Desk) -> None:
    change(desk.world, sponsor_name="Grace <b>", sponsor_words="Come!", contact_name="Amara", purpose="Half an hour")
    page = desk.get(HERE).text
    link = f"{desk.world.settings.base_url}/p/demo"
    drawn = segno.make(link, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr-code"
    )
    assert drawn in page
    assert f"<bdi>{link.partition('://')[2]}</bdi>" in page
    for words in ("Half an hour", "Come!", "Grace &lt;b&gt;", "Amara", "organiser@example.org"):
        assert words in page
    assert "nobody can join" not in page


def test_it_says_when_the_link_lets_nobody_in(sqlite_desk: Desk) -> None:
    change(sqlite_desk.world, invitation_only=True)
    assert "only who was brought along can join" in sqlite_desk.get(HERE).text
    change(sqlite_desk.world, state="paused")
    assert "nobody can join by this link" in sqlite_desk.get(HERE).text
    assert sqlite_desk.get(f"{HERE}?paper=a0").status_code == 422


@pytest.mark.parametrize("paper", POINTS)
def test_it_is_one_sheet_of_that_paper(page: "Page", sqlite_desk: Desk, paper: str) -> None:
    change(sqlite_desk.world, name="Coffees across all of the northern sites", purpose="Half an hour. " * 20)
    sqlite_desk.enter(page, sqlite_desk.address)
    page.goto(f"{sqlite_desk.visitor.site.url}{HERE}?paper={paper}")
    printed = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert [(round(float(wide)), round(float(high))) for wide, high in boxes] == [POINTS[paper]]
    page.emulate_media(media="print")
    assert not page.get_by_role("link", name="Overview").is_visible()
    assert page.get_by_role("img").first.is_visible()
