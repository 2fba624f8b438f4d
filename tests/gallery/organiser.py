"""The pages for organisers: the door, one's own account, other organisers, what needs a decision, every mail."""

import re
from datetime import timedelta

import emails
from app.models import MailKind, ParticipantState, Role, Scope, SuppressionReason
from app.services import organiser_links, organisers, suppression
from app.web.organiser.tasks import TASKS
from tests.app.web.organiser.desk import REFUSED, SECOND, UNKNOWN, Desk, outbox
from tests.app.web.organiser.test_door import DOOR, asked
from tests.gallery.stage import PURPOSE, Sight, Stage

SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
ROUND = re.compile(r"/organiser/rounds/(rnd_[a-z0-9]+)")

SUBJECT = "Moving house: coffee with {others}"
OPENING = "Hello {name},\n\nthis month many of us move house: tell {others} what you would take along."
CLOSING = "Warmly,\n{organiser}"
ACCOUNT, PEOPLE, KEYS = "/organiser/account", "/organiser/people", "/organiser/keys"


def door(stage: Stage) -> None:
    """How an organiser gets in, and what may be in the way."""
    world, visitor = stage.world, stage.visitor
    with world.database.writing() as session:
        made = organisers.first_link(session, world.secret, world.now)
        assert made
        first = organiser_links.url_of(world.settings, made.id).removeprefix(world.settings.base_url)
    stage.look("first", first)
    stage.press("first-with-problem", first, None, 422, email="amara")
    stage.press("set-up", first, email="amara@example.org")
    stage.press("set-up-with-problem", SECOND, None, 422, code="12")
    desk = Desk(visitor)
    stage.press("codes", SECOND, None, 200, code=desk.code("amara@example.org", anew=True))
    visitor.post("/organiser/sign-out")
    stage.look("ask", DOOR)
    stage.look("ask-unsaved", f"{DOOR}?unsaved=yes")
    stage.press("ask-with-problem", DOOR, None, 422, email="amara")
    world.later(minutes=2)
    link = asked(visitor, "amara@example.org")
    stage.look("sent", f"{DOOR}/sent")
    stage.look("link", link)
    stage.look("link-elsewhere", link, visitor.fresh(), 403)
    stage.press("code", link)
    stage.look("link-over", link, status=410)
    stage.press("code-with-problem", SECOND, None, 422, code="000000")
    for _ in range(3):
        visitor.post(SECOND, code="000000")
    stage.press("code-over", SECOND, None, 403, code="000000")


def own(stage: Stage) -> None:
    """An organiser's own page, and the one about others."""
    desk = Desk(stage.visitor)
    desk.sign_in(desk.organiser(Role.OWNER, name="amara.okafor-with-a-long-name"))
    desk.organiser(Role.ORGANISER, slug="demo", name="bo")
    desk.organiser(Role.SAFETY, name="ines")
    stage.world.later(minutes=2)
    other = Desk(stage.visitor.fresh())
    other.visitor.http.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    other.sign_in(desk.address)
    stage.look("people", PEOPLE)
    stage.press("people-with-problem", PEOPLE, None, 422, email="no", role="viewer", place="demo")
    stage.press("people-invited", PEOPLE, email="new@example.org", role="viewer", place="demo")
    stage.press("key-with-problem", KEYS, None, 422, place="demo")
    for number, name in enumerate(("payroll", "reports")):
        desk.key(
            Scope.READ,
            slug="demo" if number else None,
            name=name,
            expires_at=stage.world.now + timedelta(days=9 * number),
        )
    stage.press("key-made", KEYS, None, 200, name="The intranet", scope="read", place="demo", lasts="90")
    stage.look("account", f"{ACCOUNT}?done=others")
    stage.press("account-with-problem", f"{ACCOUNT}/recovery-codes", None, 422, old="no")
    stage.press("new-app", f"{ACCOUNT}/second-factor/begin")
    stage.press("new-app-with-problem", f"{ACCOUNT}/second-factor", None, 422, old="no", code="no")


def organiser(stage: Stage) -> None:
    """A round with mails that were accepted, held and refused."""
    desk = Desk(stage.visitor)
    address = desk.organiser(Role.ORGANISER, Role.OWNER)
    desk.sign_in(address)
    stage.look("overview-empty", "/organiser")
    stage.look("outbox-empty", "/organiser/programmes/demo/outbox")
    stage.sam_and_priya()
    stage.colleagues()
    stage.world.transport = emails.MemoryTransport([UNKNOWN, REFUSED, UNKNOWN])
    round_ = stage.world.draw(stage.world.open_round(send=True))
    stage.look("outbox-sending", outbox(round_))
    stage.look("watch-sending", f"/organiser/rounds/{round_.id}/watch")
    stage.world.deliver()
    stage.look("overview", "/organiser")
    stage.look("outbox", outbox(round_))
    stage.look("outbox-held", outbox(round_, "?state=held"))
    stage.look("watch", f"/organiser/rounds/{round_.id}/watch")
    stage.world.later(days=1)
    desk.sign_in(address)
    stage.look("watch-to-remind", f"/organiser/rounds/{round_.id}/watch")
    stage.press("watch-reminded", f"/organiser/rounds/{round_.id}/remind")
    (gone,) = [mail for mail in stage.world.mails(MailKind.INTRODUCTION) if mail.state == "rejected"]
    wrong = f"/organiser/programmes/demo/people/{gone.participant_id}"
    stage.look("person-to-correct", wrong)
    stage.press("person-to-correct-with-problem", wrong, None, 422, action="address", email="no address")
    stage.look("outbox-all", f"/organiser/rounds/{round_.id}/outbox/all?action=leave&state=held")
    stage.look("outbox-of-programme", "/organiser/programmes/demo/outbox")
    stage.look("suppressed-none", "/organiser/programmes/demo/suppressed")
    with stage.world.database.writing() as session:
        for name, reason in (("sam", SuppressionReason.HARD), ("priya", SuppressionReason.COMPLAINT)):
            person, secret = stage.world.there(name), stage.world.secret
            suppression.suppress(
                session, person.organisation_id, person.email, reason, secret_key=secret, now=stage.world.now
            )
    stage.look("suppressed", "/organiser/programmes/demo/suppressed")
    stage.look("samples", "/organiser/programmes/demo/emails")
    stage.look("sample", "/organiser/programmes/demo/emails/introduction")
    stage.look("sample-link", "/m/sample-choices", status=410)


def setting_up(stage: Stage) -> None:
    """A programme from its name to the day on which people can join, with what may be wrong in each form."""
    desk, new = Desk(stage.visitor), "/organiser/programmes/new"
    desk.sign_in(desk.organiser(Role.OWNER, name="amara"))
    stage.look("new", new)
    stage.press("new-with-problem", new, None, 422, name="", purpose="", slug="No Spaces")
    stage.press("made", new, name="Coffee across sites", purpose=PURPOSE)
    here = "/organiser/programmes/coffee-across-sites"
    stage.press("not-publishable", here, None, 409, action="publish")
    for task in TASKS:
        stage.look(task, f"{here}/set-up/{task}")
    stage.press("purpose-with-problem", f"{here}/set-up/purpose", None, 422, name="", purpose="", success="")
    wrong = {"domains": "no domain", "capacity": "-1", "opens_on": "soon", "invitation_only": "yes"}
    stage.press("people-with-problem", f"{here}/set-up/people", None, 422, **wrong)
    hours = {"mail_from_hour": "17", "mail_until_hour": "9", "remind_after": "4"}
    stage.press("rhythm-with-problem", f"{here}/set-up/rhythm", None, 422, **hours)
    wrong = {"group_size": "7", "teams_apart": "perhaps", "quality": "0.7"}
    stage.press("rules-with-problem", f"{here}/set-up/rules", None, 422, **wrong)
    stage.press("words-with-problem", f"{here}/set-up/words", None, 422, contact_email="amara", conduct="http://x")
    said = {"name": "Coffee across sites", "purpose": PURPOSE, "success": "Half of us know somebody at another site."}
    stage.press("said", f"{here}/set-up/purpose", **said)
    stage.press("published", here, action="publish")
    stage.sam_and_priya()
    stage.colleagues()
    demo = "/organiser/programmes/demo"
    stage.state("sam", ParticipantState.ACTIVE, manager_email="priya@example.org", manager_key="priya@example.org")
    desk.post(f"{demo}/apart", action="name", a="sam@example.org", b="oscar@example.org")
    rules = {"teams_apart": "yes", "lines_apart": "yes", "no_repeat_for": "4", "quality": "1"}
    stage.press("costs", f"{demo}/set-up/rules/try", None, 200, **rules)
    stage.press("hosts", f"{demo}/set-up/rules", odd_one="host")
    stage.press("paused", demo, action="pause")


def rounds(stage: Stage) -> None:
    """A round from its opening to the second look, and taken back; with somebody who came late."""
    world, every = stage.world, "/organiser/programmes/demo/rounds"
    desk = Desk(stage.visitor)
    desk.sign_in(desk.organiser(Role.ORGANISER))
    stage.look("empty", every)
    nobody = world.draw(world.open_round("2026-W48"))
    stage.look("of-nobody", f"/organiser/rounds/{nobody.id}")
    stage.visitor.post(f"/organiser/rounds/{nobody.id}/cancel")
    stage.sam_and_priya()
    stage.colleagues()
    stage.press("with-problem", every, None, 422, period="no spaces", seed="x")
    found = world.round(_first(ROUND, stage.press("drawing", every, period="2026-W49", seed="11")))
    here = f"/organiser/rounds/{found.id}"
    world.draw(found)
    old = _first(SEEN, stage.look("drawn", here))
    stage.look("as-table", f"{here}?view=table")
    groups = world.seated(found)
    first, second, third, *_ = groups
    sam, other, priya = groups[first][0], groups[third][0], groups[second][0]
    stage.press("locked", f"{here}/changes", do="lock", group=first)
    stage.press("person-refused", f"{here}/people/{sam}", None, 409, do="swap", other=priya)
    stage.press("taken-apart", f"{here}/changes", do="split", group=second)
    stage.look("person", f"{here}/people/{other}?q=a")
    stage.look("person-without-a-group", f"{here}/people/{priya}")
    stage.press("person-tried", f"{here}/people/{priya}", None, 200, do="move", to="3", **{"try": "yes"})
    late = stage.person("late", "Noor van den Berg", "Theatres")
    stage.look("late", f"{here}/late")
    stage.look("person-late", f"{here}/people/{late.id}")
    stage.look("again", f"{here}/draw-again")
    stage.press("stale", f"{here}/approve", None, 412, seen=old)
    now = _first(SEEN, stage.look("changed", here))
    stage.press("drawing-again", f"{here}/draw-again", seen=now, seed="3", rest_only="yes")
    world.draw(found)
    now = _first(SEEN, stage.look("drawn-again", here))
    words = {"seen": now, "intro_subject": SUBJECT, "intro_opening": OPENING, "intro_closing": CLOSING}
    stage.look("words", f"{here}/words")
    stage.press("words-with-problem", f"{here}/words", None, 422, **words | {"intro_closing": "See you, {frist_name}"})
    stage.press("words-saved", f"{here}/words", **words)
    now = _first(SEEN, stage.look("words-changed", here))
    stage.press("approved", f"{here}/approve", seen=now)
    stage.look("words-approved", f"{here}/words")
    stage.look("mail", f"/organiser/mails/{world.mails(MailKind.INTRODUCTION)[0].id}")
    stage.look("send", f"{here}/send")
    stage.press("schedule-with-problem", f"{here}/schedule", None, 422, day="", time="09:00", seen=now)
    stage.press("kept", f"{here}/keep", groups=first)
    stage.press("scheduled", f"{here}/schedule", day="2026-11-30", time="09:00", in_hours="yes", seen=now)
    stage.look("scheduled-outbox", f"{here}/outbox")
    stage.look("scheduled-send", f"{here}/send")
    stage.look("cancel", f"{here}/cancel")
    stage.look("every", every)


def _first(pattern: re.Pattern[str], sight: Sight) -> str:
    found = pattern.search(sight.html.decode())
    assert found, sight.name
    return found[1]
