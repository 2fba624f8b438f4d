"""The page on which organisers see every mail as their people would get it."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app.models import Role
from app.web.mail_parts import MAIL_POLICY
from app.web.organiser.samples import SHELVES, VARIANTS, shelves, title_of
from emails.samples import SAMPLES
from tests.app.web.organiser.desk import Desk
from tests.app.web.visitor import visiting
from tests.factories import World
from tests.rig.browser import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EMAILS = "/organiser/programmes/demo/emails"
PARTS = ("", "/html", "/text", "/eml")
PATIENCE = 30_000


def test_every_mail_is_listed_with_what_inboxes_show_and_three_ways_to_look(desk: Desk) -> None:
    page = desk.get(EMAILS).text
    assert f'href="{EMAILS}">What its mails say' in desk.get("/organiser").text
    linked = set(re.findall(rf'href="{EMAILS}/(\w+)"', page))
    assert linked == set(SAMPLES)
    for sample in SAMPLES.values():
        first = next(name for name, one in SAMPLES.items() if one.kind == sample.kind)
        assert all(f'href="{EMAILS}/{first}{part}"' in page for part in PARTS)
    for words in (
        "Meet Priya Nair from Estates",
        "Priya Nair writes first. Thirty minutes is plenty for a good conversation.",
        "Cross-team coffees via Example Trust",
        "4 working days after the introduction",
        "organiser@example.org",
        "on working days from 8:00 to 18:00",
    ):
        assert words in page


def test_the_list_is_in_the_order_of_the_journey_and_leaves_no_kind_out() -> None:
    kinds = [kind for kinds in shelves().values() for kind in kinds]
    assert kinds == list(dict.fromkeys(sample.kind for sample in SAMPLES.values()))
    assert list(shelves()) == list(SHELVES)
    first = {next(name for name, one in SAMPLES.items() if one.kind == kind) for kind in kinds}
    assert VARIANTS.keys() == SAMPLES.keys() - first
    assert len({title_of(name) for name in SAMPLES}) == len(SAMPLES)


def test_a_mail_is_shown_in_all_its_parts(sqlite_desk: Desk) -> None:
    page = sqlite_desk.get(f"{EMAILS}/introduction").text
    for words in (
        "<dt>Subject</dt><dd><bdi>Meet Priya Nair from Estates</bdi></dd>",
        "<dt>Preheader</dt><dd><bdi>Priya Nair writes first.",
        "<dt>Reply-To</dt><dd><bdi>Priya Nair &lt;priya@example.org&gt;</bdi></dd>",
        'sandbox="allow-top-navigation-by-user-activation"',
        f'src="{EMAILS}/introduction/html"',
        f'href="{EMAILS}/introduction/attachments/0"',
        f'href="{EMAILS}/before_draw">Before it: Before the draw',
        f'href="{EMAILS}/introduction_of_three">Next: Introduction, of three',
    ):
        assert words in page, words
    calendar = sqlite_desk.get(f"{EMAILS}/introduction/attachments/0")
    assert calendar.text.startswith("BEGIN:VCALENDAR")
    assert sqlite_desk.get(f"{EMAILS}/introduction/attachments/1").status_code == 404
    text = sqlite_desk.get(f"{EMAILS}/introduction/text")
    assert (text.headers["content-type"], text.text[:20]) == ("text/plain; charset=utf-8", "Sam Okoro, meet Priy")
    source = sqlite_desk.get(f"{EMAILS}/introduction/eml")
    assert source.headers["content-type"] == "message/rfc822"
    assert source.headers["content-disposition"] == 'attachment; filename="introduction.eml"'
    assert source.content.startswith(b"From: ")


def test_the_html_of_each_mail_can_run_send_and_fetch_nothing(sqlite_desk: Desk) -> None:
    assert "default-src 'none'" in MAIL_POLICY
    assert "script" not in MAIL_POLICY
    for name in SAMPLES:
        framed = sqlite_desk.get(f"{EMAILS}/{name}/html")
        assert (framed.status_code, framed.headers["content-security-policy"]) == (200, MAIL_POLICY), name
        assert '<base target="_top">' in framed.text
        assert sqlite_desk.get(f"{EMAILS}/{name}").status_code == 200, name


def test_a_mail_that_is_not_there_is_a_page(sqlite_desk: Desk) -> None:
    for name in ("birthday", "Introduction", "%00", "..%2Foutbox", "x" * 3000):
        for part in PARTS:
            answer = sqlite_desk.get(f"{EMAILS}/{name}{part}")
            assert (answer.status_code, "<h1>There is no page here</h1>" in answer.text) == (404, True), (name, part)


def test_only_who_may_look_at_the_programme_sees_its_mails(desk: Desk) -> None:
    desk.world.programme("other")
    strangers = {
        "of another organisation": desk.elsewhere(desk.stranger()),
        "of another programme": desk.elsewhere(desk.organiser(Role.VIEWER, slug="other", name="bo")),
    }
    looker = desk.elsewhere(desk.organiser(Role.VIEWER, slug="demo", name="cleo"))
    out = Desk(desk.visitor.fresh())
    for part in ("", *(f"/introduction{part}" for part in (*PARTS, "/attachments/0"))):
        path = EMAILS + part
        assert looker.get(path).status_code == 200
        for who, one in strangers.items():
            assert one.get(path).status_code == 404, who
        answer = out.get(path)
        assert (answer.status_code, answer.headers["location"].startswith("/organiser/sign-in")) == (303, True)
    for path in ("/organiser/programmes/nobodys/emails", "/organiser/programmes/%00/emails"):
        assert desk.get(path).status_code == 404


def test_looking_at_samples_changes_nothing_and_sends_nothing(sqlite_desk: Desk) -> None:
    before = sqlite_desk.visitor.state()
    for path in (EMAILS, *(f"{EMAILS}/concern{part}" for part in PARTS)):
        assert sqlite_desk.get(path).status_code == 200
        assert sqlite_desk.visitor.http.head(path).status_code == 200
        assert sqlite_desk.post(path).status_code == 405
    sqlite_desk.world.deliver()
    assert sqlite_desk.visitor.state() == before
    assert sqlite_desk.world.transport.sent == []


def test_a_link_of_a_sample_opens_a_page_that_says_so(desk: Desk) -> None:
    text = desk.get(f"{EMAILS}/introduction/text").text
    links = re.findall(r"https?://[^/]+(/m/\S+)", text)
    assert len(links) == 3
    before = desk.visitor.state()
    for path in links:
        for answer in (desk.get(path), desk.post(path, action="leave"), desk.post(path, action="confirm")):
            assert answer.status_code == 410
            assert "<h1>This is a link of a sample mail</h1>" in answer.text
            assert "fresh link" not in answer.text
    leave = re.findall(r"List-Unsubscribe: <[^/]+//[^/]+([^>]+)>", desk.get(f"{EMAILS}/introduction/eml").text)[0]
    assert desk.post(leave, **{"List-Unsubscribe": "One-Click"}).status_code == 200
    assert desk.visitor.state() == before


@pytest.mark.parametrize("sender", [None, "Coffee <hello@example.net>"])
def test_without_a_sender_the_page_says_that_it_is_made_up(sqlite_world: World, sender: str | None) -> None:
    sqlite_world.settings = sqlite_world.settings.model_copy(update={"mail_from": sender})
    with visiting(sqlite_world) as visitor:
        desk = Desk(visitor)
        desk.sign_in(desk.organiser(Role.VIEWER))
        assert ("No sender is set" in desk.get(EMAILS).text) is (sender is None)
        shown = "coffee@example.org" if sender is None else "hello@example.net"
        assert f"Cross-team coffees via Example Trust &lt;{shown}&gt;" in desk.get(f"{EMAILS}/reminder").text


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_an_organiser_reads_a_mail_in_its_frame_and_its_link_leads_nowhere(
    browser: "Browser", sqlite_desk: Desk, width: int, scheme: str
) -> None:
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme, "java_script_enabled": False}
    with watched_page(browser, **options) as page:
        sqlite_desk.enter(page, sqlite_desk.organiser(Role.VIEWER, name="bo"))
        page.goto(sqlite_desk.visitor.site.url + EMAILS)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0
        page.get_by_role("link", name="Introduction", exact=True).click()
        mail = page.frame_locator("iframe")
        expect(mail.get_by_role("heading", name="Sam Okoro, meet Priya Nair")).to_be_visible(timeout=PATIENCE)
        assert page.evaluate(wide) == 0
        public = sqlite_desk.world.settings.base_url  # nobody serves it here
        page.route(f"{public}/**", lambda route: route.fulfill(status=204))
        with page.expect_request(f"{public}/m/sample-choices", timeout=PATIENCE) as asked:
            mail.get_by_role("link", name=re.compile("sample-choices")).click()
        assert asked.value.frame == page.main_frame
        page.goto(asked.value.url.replace(public, sqlite_desk.visitor.site.url))
        expect(page.get_by_role("heading", name="This is a link of a sample mail")).to_be_visible(timeout=PATIENCE)
