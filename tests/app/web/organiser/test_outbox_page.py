"""The outbox: counts that add up, every mail in plain words, page by page, to whom it belongs and nobody else."""

import re
from datetime import timedelta
from html import unescape

import pytest

import emails
from app.models import MailKind, MailState, OutgoingMail, Role
from app.services.mail_policy import LEASE
from app.workflows import duties
from tests.app.bounced import Post
from tests.app.web.organiser.desk import REFUSED, UNKNOWN, Desk, outbox

ROW = re.compile(r'<tr id="msg_\w+">(.*?)</tr>', re.DOTALL)
ALL = "/organiser/programmes/demo/outbox"
BUSY = emails.Refused(True, "recipient", "RCPT", 450, "450 4.2.1 busy")


def rows(desk: Desk, path: str) -> list[list[str]]:
    """The cells of each mail, as words on lines."""
    found = []
    for row in ROW.findall(desk.get(path).text):
        cells = [re.sub(r"<br>|</p>|</span>", "\n", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)]
        plain = [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in cells]
        found.append([" | ".join(line.strip() for line in cell.split("\n") if line.strip()) for cell in plain])
    return found


def test_each_mail_is_told_in_plain_words_with_the_servers_own(desk: Desk) -> None:
    round_ = desk.round(4, (UNKNOWN, BUSY, REFUSED))
    by_state = {mail.state: mail.recipient for mail in desk.world.mails(MailKind.INTRODUCTION)}
    shown = {cells[0].split(" | ")[1]: cells[1:] for cells in rows(desk, outbox(round_))}
    assert shown[by_state[MailState.UNCERTAIN]] == [
        "Held: handed over, and no answer came | DOT: the connection was lost",
        "Today at 09:00 | 1 try",
        f"Send again: {name(by_state[MailState.UNCERTAIN])} | Leave it: {name(by_state[MailState.UNCERTAIN])}",
    ]
    assert shown[by_state[MailState.REJECTED]] == [
        "Rejected | RCPT: 552 5.2.2 <b>full</b> | It came back for now (5.2.2), today at 09:00.",
        "Today at 09:00 | 1 try",
        f"Send again: {name(by_state[MailState.REJECTED])} | "
        f"Someone new for whom they were to meet: {name(by_state[MailState.REJECTED])}",
    ]
    assert shown[by_state[MailState.SENT]][0].startswith("Accepted by the mail server | ")
    assert shown[by_state[MailState.READY]][0] == "Waits to be tried again | RCPT: 450 4.2.1 busy"
    assert shown[by_state[MailState.READY]][1:] == ["Next today at 09:01 | 1 try", ""]
    assert desk.counts(outbox(round_)) == {
        "planned": 4,
        "accepted": 1,
        "waiting": 1,
        "held": 1,
        "rejected": 1,
        "suppressed": 0,
        "expired": 0,
    }


def name(address: str) -> str:
    return address.partition("@")[0].title()


def test_what_came_back_later_stands_beside_the_mail(sqlite_desk: Desk) -> None:
    round_ = sqlite_desk.round(2)
    post = Post(sqlite_desk.world)
    sent = post.introduction("person00")
    post.take("delayed", sent, "4.4.7")
    sqlite_desk.later(days=1)
    post.take("auto_reply", sent)
    (cells,) = [cells for cells in rows(sqlite_desk, outbox(round_)) if cells[0].startswith("Person00")]
    assert cells[1].split(" | ")[2:] == [
        "A report says that it is delayed (4.4.7), Monday 23 November at 09:00.",
        "An automatic reply came, today at 09:00.",
    ]


def dotted(desk: Desk, ago: timedelta) -> OutgoingMail:
    """A mail whose last dot left so long ago."""
    round_ = desk.world.draw(desk.world.open_round(send=True))
    with desk.world.database.writing() as session:
        mail = session.get_one(OutgoingMail, desk.world.mails(MailKind.INTRODUCTION)[0].id)
        mail.state, mail.attempt_token, mail.attempts = MailState.DOT, "try_a", 1
        mail.lease_until = desk.world.now - ago + LEASE
        session.add(mail)
    assert round_.id == mail.round_id
    return mail


@pytest.mark.parametrize(("seconds", "shown"), [(59, False), (61, True)])
def test_a_mail_without_an_answer_to_its_last_dot_is_shown_within_a_minute(
    desk: Desk, seconds: int, shown: bool
) -> None:
    desk.world.people(2)
    mail = dotted(desk, timedelta(seconds=seconds))
    text = desk.get(f"/organiser/rounds/{mail.round_id}/outbox").text
    assert ("Waiting for the server’s last word; if none comes, it is held" in text) == shown
    assert ("1 waits for the server’s last word" in text) == shown
    assert ("Being handed over at this moment" in text) != shown


def test_the_page_of_a_round_being_sent_looks_again_by_itself_until_told_to_stand_still(sqlite_desk: Desk) -> None:
    sqlite_desk.world.people(4)
    round_ = sqlite_desk.world.draw(sqlite_desk.world.open_round(send=True))
    refresh = f'<noscript><meta http-equiv="refresh" content="5; url={outbox(round_)}?auto=1"></noscript>'
    live = sqlite_desk.get(outbox(round_)).text
    assert refresh in live
    assert f'href="{outbox(round_)}?still=1">Stop refreshing' in live
    for still in ("?still=1", f"?cursor={sqlite_desk.world.mails()[0].id}"):
        assert "http-equiv" not in sqlite_desk.get(outbox(round_, still)).text
    assert "url=" in sqlite_desk.get(outbox(round_, "?state=held")).text
    sqlite_desk.world.deliver()
    assert "http-equiv" not in sqlite_desk.get(outbox(round_)).text
    assert "http-equiv" not in sqlite_desk.get(ALL).text


def test_a_hundred_mails_stand_on_a_page_and_every_mail_on_one(desk: Desk) -> None:
    desk.world.people(230)
    round_ = desk.world.draw(desk.world.open_round(send=True))
    for path in (outbox(round_), outbox(round_, "?state=waiting"), ALL):
        seen, pages = [], 0
        more: str | None = path
        while more:
            answer = desk.get(more)
            ids = re.findall(r'<tr id="(msg_\w+)">', answer.text)
            assert len(ids) <= 100
            seen += ids
            pages += 1
            found = re.search(r'href="([^"]+)#mails">Next page', answer.text)
            more = unescape(found[1]) if found else None
        assert (pages, len(seen), len(set(seen))) == (3, 230, 230)


def test_a_page_that_begins_after_a_mail_that_is_gone_says_so(sqlite_desk: Desk) -> None:
    round_ = sqlite_desk.round(2)
    assert sqlite_desk.get(outbox(round_, "?cursor=msg_gone")).status_code == 422
    assert sqlite_desk.get(outbox(round_, "?state=lost")).status_code == 422
    assert sqlite_desk.get(outbox(round_, "?cursor=%00")).status_code == 422


def test_without_mails_it_says_when_the_first_come(sqlite_desk: Desk) -> None:
    opened = sqlite_desk.world.open_round()
    assert "they are written when the round is drawn" in sqlite_desk.get(outbox(opened)).text
    assert "The first comes when somebody joins" in sqlite_desk.get(ALL).text


def test_the_outbox_of_a_programme_holds_every_kind_but_no_sign_of_who_has_answered(desk: Desk) -> None:
    desk.round(4)
    desk.world.sign_up("late")
    desk.later(days=4)
    duties.ask(desk.world.work)
    assert {mail.kind for mail in desk.world.mails()} > {MailKind.REMINDER, MailKind.CONFIRM_SIGN_UP}
    text = desk.get(ALL).text
    assert "Sign-up to confirm" in text
    assert "Introduction" in text
    listed = set(re.findall(r'<tr id="(msg_\w+)">', text))
    asked = {mail.id for mail in desk.world.mails() if mail.kind == MailKind.REMINDER}
    assert len(asked) == 4
    assert not listed & asked
    said = "who gets one depends on who has answered: 4 mails planned = 0 accepted + 4 waiting"
    assert said in text
    assert desk.post(f"/organiser/mails/{asked.pop()}", action="resend").status_code == 404


def test_what_belongs_to_somebody_else_and_what_nobody_has_are_the_same_404(desk: Desk) -> None:
    round_ = desk.round(2, (UNKNOWN,))
    held = desk.held()
    desk.world.programme("second")
    second = desk.organiser(Role.ORGANISER, slug="second", name="bo")
    strangers = [desk.elsewhere(desk.stranger()), desk.elsewhere(second)]
    unknown = desk.get("/organiser/rounds/rnd_nobodys/outbox")
    assert unknown.status_code == 404
    for stranger in strangers:
        for path in (
            outbox(round_),
            ALL,
            outbox(round_, "/all?action=resend&state=held"),
            "/organiser/rounds/%00/outbox",
        ):
            answer = stranger.get(path)
            assert (answer.status_code, answer.text) == (404, unknown.text), path
        for path in (f"/organiser/mails/{held.id}", outbox(round_, "/all"), "/organiser/mails/msg_nobodys"):
            answer = stranger.post(path, action="resend", state="held")
            assert (answer.status_code, answer.text) == (404, unknown.text), path
    assert desk.mail(held.id).state == MailState.UNCERTAIN


def test_the_pages_keep_the_house_rules(sqlite_desk: Desk) -> None:
    round_ = sqlite_desk.round(4, (UNKNOWN, REFUSED))
    ask = outbox(round_, "/all?action=leave&state=held")
    for path in ("/organiser", "/organiser/sign-in", ALL, outbox(round_), outbox(round_, "?state=held"), ask):
        answer = sqlite_desk.get(path)
        assert answer.status_code == 200, path
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|<b>full", answer.text), path
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", answer.text), path
        assert answer.text.count("<h1") == 1, path
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
    assert "Disallow: /organiser" in sqlite_desk.get("/robots.txt").text
