"""Who organises what: owners invite, change and take away in what they own, and never the last owner."""

import re

from sqlmodel import select

from app.models import AuditEntry, MailKind, Role
from tests.app.web.organiser.desk import Desk
from tests.app.web.organiser.test_door import sent_link

PEOPLE = "/organiser/people"
ROW = re.compile(r"<td><strong><bdi>(.*?)</bdi></strong>.*?<td>(.*?)</td>\s*<td>(.*?)</td>", re.DOTALL)


def rows(desk: Desk) -> list[tuple[str, str, str]]:
    """Who, where, what."""
    answer = desk.get(PEOPLE)
    assert answer.status_code == 200
    return [(who, re.sub(r"<[^>]+>", "", where), role) for who, where, role in ROW.findall(answer.text)]


def owner(desk: Desk) -> Desk:
    return desk.elsewhere(desk.organiser(Role.OWNER, name="olga"))


def test_an_owner_invites_by_mail_and_the_link_in_it_lets_in(sqlite_desk: Desk) -> None:
    olga = owner(sqlite_desk)
    assert olga.post(PEOPLE, email="new@example.org", role="viewer", place="demo").headers["location"] == (
        f"{PEOPLE}?done=invited"
    )
    assert ("new@example.org", "Cross-team coffees", "Viewer") in rows(olga)
    assert sqlite_desk.world.mails(MailKind.SIGN_IN)[-1].facts["invited"] is True
    fresh = sqlite_desk.visitor.fresh()
    assert fresh.post(sent_link(sqlite_desk.world, "new")).headers["location"] == "/organiser/second-factor"
    assert olga.post(PEOPLE, email="no", role="viewer", place="demo").status_code == 422
    assert olga.post(PEOPLE, email="new@example.org", role="king", place="demo").status_code == 422
    assert olga.post(PEOPLE, email="new@example.org", role="viewer", place="theirs").status_code == 404


def test_without_a_mail_server_the_link_is_shown_to_be_handed_over(desk: Desk) -> None:
    olga = owner(desk)
    answer = olga.post(PEOPLE, email="new@example.org", role="viewer", place="")
    link = re.findall(r"http://localhost:8000(/organiser/link/[a-z2-7]{52})", answer.text)[0]
    assert desk.visitor.fresh().get(link).status_code == 200


def test_a_role_is_changed_and_taken_away_and_the_audit_says_by_whom(desk: Desk) -> None:
    olga = owner(desk)
    who = desk.account(desk.address).id
    assert olga.post(f"{PEOPLE}/{who}", action="change", role="viewer", place="").headers["location"] == (
        f"{PEOPLE}?done=changed"
    )
    assert ("amara@example.org", "Everything here", "Viewer") in rows(olga)
    assert olga.post(f"{PEOPLE}/{who}", action="take", place="").headers["location"] == f"{PEOPLE}?done=taken"
    assert [one[0] for one in rows(olga)] == ["olga@example.org"]
    assert desk.get("/organiser").status_code == 303
    with desk.world.database.reading() as session:
        found = [one for one in session.exec(select(AuditEntry)) if one.subject == who]
    actions = [(one.action, one.actor) for one in found if one.actor != f"organiser:{who}"]
    by = f"organiser:{desk.account('olga@example.org').id}"
    assert sorted(actions) == [("organiser.role", by), ("organiser.take_away", by)]


def test_the_last_owner_stays(desk: Desk) -> None:
    olga = owner(desk)
    assert "The last owner stays." in olga.get(PEOPLE).text
    who = desk.account("olga@example.org").id
    for form in ({"action": "take"}, {"action": "change", "role": "viewer"}):
        answer = olga.post(f"{PEOPLE}/{who}", place="", **form)
        assert (answer.status_code, "This is the last owner." in answer.text) == (409, True)
    desk.organiser(Role.OWNER, name="pia")
    assert "The last owner stays." not in olga.get(PEOPLE).text
    assert olga.post(f"{PEOPLE}/{who}", action="take", place="").status_code == 303
    assert olga.get(PEOPLE).status_code == 303


def test_the_owner_of_one_programme_manages_that_one_alone(desk: Desk) -> None:
    desk.world.programme("second")
    small = desk.elsewhere(desk.organiser(Role.OWNER, slug="second", name="sia"))
    desk.organiser(Role.VIEWER, slug="second", name="vic")
    assert [one[0] for one in rows(small)] == ["sia@example.org", "vic@example.org"]
    amara, vic = desk.account(desk.address).id, desk.account("vic@example.org").id
    assert small.post(f"{PEOPLE}/{amara}", action="take", place="second").status_code == 404
    assert small.post(f"{PEOPLE}/{amara}", action="take", place="").status_code == 404
    assert small.post(PEOPLE, email="new@example.org", role="owner", place="").status_code == 404
    assert small.post(PEOPLE, email="new@example.org", role="owner", place="demo").status_code == 404
    assert small.post(f"{PEOPLE}/{vic}", action="take", place="second").status_code == 303


def test_a_role_in_one_programme_allows_nothing_in_another(desk: Desk) -> None:
    desk.world.programme("second", name="Second coffees")
    mixed = desk.organiser(Role.ORGANISER, slug="demo", name="mix")
    desk.organiser(Role.VIEWER, slug="second", name="mix")
    mix = desk.elsewhere(mixed)
    where = "/organiser/programmes/{}/outbox/all"
    assert mix.post(where.format("demo"), action="leave", state="held").status_code == 422
    assert mix.post(where.format("second"), action="leave", state="held").status_code == 403
    assert mix.get("/organiser/programmes/second/outbox").status_code == 200


def test_no_owner_of_a_part_is_shown_a_link_of_somebody_who_may_do_more(desk: Desk) -> None:
    small = desk.elsewhere(desk.organiser(Role.OWNER, slug="demo", name="sia"))
    desk.organiser(Role.OWNER, name="olga")
    answer = small.post(PEOPLE, email="olga@example.org", role="viewer", place="demo")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PEOPLE}?done=given")
    assert "/organiser/link/" in small.post(PEOPLE, email="new@example.org", role="viewer", place="demo").text
