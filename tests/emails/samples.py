"""One example of each kind of mail, with names and addresses to be chosen, and the corpus of hostile ones."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import emails
from emails import Address, Frame, Member, Message

BASE_URL = "https://coffee.example.org"
DOMAIN = "coffee.example.org"
SECRET = b"a secret for tests"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

NAMES = [
    "Sam Okoro",
    "X",
    "Nguyễn Thị Minh Khai",
    "Zoë Brânză-Ștefănescu",
    "محمد بن سلمان العتيبي",
    "יעל כהן־לוי",
    "李小龍",
    "さくら　田中",
    "Αλέξανδρος Παπαδόπουλος",
    "Пётр Ильич Чайковский",
    "प्रिया नायर",
    "👩🏽‍💻 Ada",
    "O'Neill, Conor (Estates)",
    'Dwayne "The Rock" Johnson',
    "Back\\slash",
    "Wolfeschlegelsteinhausenbergerdorff" * 10,
    "word " * 60,
    "e\u0301" * 120,
    "=?utf-8?q?Eve=0d=0aBcc:_v@x.example.org?=",
    "=?utf-8?b?RXZlDQpCY2M6IHZAeC5leGFtcGxlLm9yZw==?=",
    "Eve =?utf-8?q?=0aBcc:_v@x.example.org?= Adams",
    "=?=?utf-8?q?Eve?=?=",
    "Eve\r\nBcc: v@x.example.org",
    "Eve\nSubject: spam\n\nbody",
    "Eve\x00\x07\x1b[31m",
    "Eve\u2028Bcc: v@x.example.org",
    "Eve\u0085Bcc: v@x.example.org",
    "\u202egro.elpmaxe\u202c",
    "\u2066isolated",
    "\ud800 lone surrogate",
    "  \t  ",
    "\u200b\u200b",
    "Eve <v@x.example.org>",
    "v@x.example.org, w@x.example.org",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    '"><img src=x onerror=alert(1)>',
    "https://evil.example.org/win",
    "www.evil.example.org",
    "Win money at evil.com",
    "=cmd|' /C calc'!A0",
    ";\r\nATTENDEE:mailto:v@x.example.org",
    ".",
    "-- ",
    "&amp; Söhne &#8203; GmbH",
]

ADDRESSES = [
    "a@example.org",
    "first.last+tag@mail.example.org",
    "o'neill@example.org",
    "x_y=z/{|}~!#$%&*?^`@example.org",
    "a" * 64 + "@example.org",
    "b" * 64 + "@" + ".".join(["d" * 60] * 3) + ".org",
    "a@bücher.example.org",
    "a@例え.example.org",
    "a@EXAMPLE.ORG",
]

BROKEN_ADDRESSES = [
    "",
    "a",
    "a@",
    "@example.org",
    "a@@example.org",
    "a b@example.org",
    "a@exam ple.org",
    "a@example.org\r\nBcc: v@x.example.org",
    "a\r\n@example.org",
    "a\u2028@example.org",
    "a@example.org>",
    "<a@example.org>",
    "a@example.org,b@example.org",
    "a,b@example.org",
    '"a b"@example.org',
    "a..b@example.org",
    "a@example..org",
    "a@-example.org",
    "a" * 65 + "@example.org",
    "a@" + "d" * 250 + ".org",
    "a@xn--bücher.example.org\x00",
    "a\u202e@example.org",
    "a\u00a0b@example.org",
    "=?utf-8?q?a=40evil.example.org=3e?=@example.org",
]


_AROUND: dict[str, object] = {}


@contextmanager
def framed(**changes: object) -> Iterator[None]:
    """What is made in here has a frame with these fields, unless its kind asks for another value itself."""
    _AROUND.update(changes)
    try:
        yield
    finally:
        _AROUND.clear()


_SPELT: list[Callable[[str], str]] = []


@contextmanager
def spelt(how: Callable[[str], str]) -> Iterator[None]:
    """What people have typed is spelt like this in the mails that are made in here."""
    _SPELT.append(how)
    try:
        yield
    finally:
        _SPELT.pop()


def typed(text: str) -> str:
    """Words of people's own: names, teams, what they say."""
    return _SPELT[-1](text) if _SPELT else text


def frame(**changes: object) -> Frame:
    """The usual frame; `changes` replace fields."""
    fields = {
        "programme": typed("Cross-trust coffees"),
        "organisation": typed("North Trust"),
        "base_url": BASE_URL,
        "sender": Address(typed("Cross-trust coffees via North Trust"), "coffee@example.org"),
        "message_id": emails.message_id(SECRET, "eu/2026-W48/introduction/1", DOMAIN),
        "date": MONDAY,
        "organiser": Address(typed("Amira Haddad"), "amira@example.org"),
        "list_id": "eu.coffee.example.org",
        "unsubscribe_url": f"{BASE_URL}/m/unsubscribe-token/one-click",
    }
    return Frame(**(fields | _AROUND | changes))  # type: ignore[arg-type]


def introduction_facts(name: str = "Sam Okoro", address: str = "sam@example.org") -> emails.Introduction:
    """A pair: the one chosen, and Priya, who writes first."""
    sam = Member(name, address, typed("Finance"), typed("I make budgets less frightening."))
    priya = Member(
        typed("Priya Nair"), "priya@example.org", typed("Estates"), typed("Twelve years of keeping the lights on.")
    )
    return emails.Introduction(
        recipient=sam,
        partners=(priya,),
        period="2026-W48",
        writes_first="priya@example.org",
        choices_url=f"{BASE_URL}/m/choices-token",
        common=(
            typed("Priya would like help with business cases, which Sam offered."),
            typed("You are both new here."),
        ),
        times=(typed("Tuesday mornings"), typed("Thursday afternoons")),
        languages=(typed("English"), typed("Welsh")),
        draw_date=date(2026, 11, 23),
        next_draw=date(2026, 12, 7),
        concern_url=f"{BASE_URL}/m/concern-token",
        draft=emails.Draft(
            start=emails.usual_start(date(2026, 11, 23), ZoneInfo("Europe/London")),
            uid=emails.calendar_uid(SECRET, "group 1", DOMAIN),
        ),
        conversation_url=f"{BASE_URL}/m/conversation-token",
    )


def trio_facts() -> emails.Introduction:
    """Three people; the recipient writes first."""
    pair = introduction_facts(typed("Sam Okoro"))
    kim = Member(typed("Kim Nguyễn"), "kim@example.org", typed("Theatres"))
    return emails.Introduction(
        recipient=pair.recipient,
        partners=(*pair.partners, kim),
        period="2026-11",
        writes_first=pair.recipient.address,
        choices_url=pair.choices_url,
    )


def confirm_sign_up(name: str, address: str) -> Message:
    facts = emails.ConfirmSignUp(address, f"{BASE_URL}/m/confirm-token", next_draw=date(2026, 12, 7))
    return emails.confirm_sign_up(frame(unsubscribe_url=None), facts)


def confirm_sign_up_invited(name: str, address: str) -> Message:
    url = f"{BASE_URL}/m/confirm-token"
    facts = emails.ConfirmSignUp(address, url, forget_days=60, invited=True, valid_days=14)
    return emails.confirm_sign_up(frame(unsubscribe_url=None), facts)


def already_in(name: str, address: str) -> Message:
    return emails.already_in(frame(), emails.AlreadyIn(address, f"{BASE_URL}/m/page-token"))


def already_in_paused(name: str, address: str) -> Message:
    facts = emails.AlreadyIn(address, f"{BASE_URL}/m/page-token", "paused", date(2027, 1, 11))
    return emails.already_in(frame(), facts)


def introduction(name: str, address: str) -> Message:
    return emails.introduction(frame(), introduction_facts(name, address))


def introduction_trio(name: str, address: str) -> Message:
    facts = trio_facts()
    stranger = Member(name, address, name, name, access=name)
    return emails.introduction(
        frame(organiser=None, unsubscribe_url=None),
        emails.Introduction(
            recipient=facts.recipient,
            partners=(stranger, facts.partners[1]),
            period=typed("Advent round"),
            writes_first=facts.recipient.address,
            choices_url=facts.choices_url,
            common=(typed(f"{name} likes it too."),),
            times=(name,),
            languages=(name,),
            format="remote",
        ),
    )


def left_out(name: str, address: str) -> Message:
    facts = emails.LeftOut(Member(name, address), "2026-W48", f"{BASE_URL}/m/page-token", date(2026, 12, 7))
    return emails.left_out(frame(), facts)


def partner_away(name: str, address: str) -> Message:
    facts = emails.PartnerAway(
        recipient=Member(name, address),
        away=Member(name, "alex@example.org"),
        period="2026-W48",
        someone_new_url=f"{BASE_URL}/m/new-token",
        others=(name,),
    )
    return emails.partner_away(frame(), facts)


def called_off(name: str, address: str) -> Message:
    facts = emails.CalledOff(
        recipient=Member(name, address),
        away=Member(name, "alex@example.org"),
        period="2026-W48",
        looking=False,
        someone_new_url=f"{BASE_URL}/m/new-token",
        next_draw=date(2026, 12, 7),
    )
    return emails.called_off(frame(references=("<introduction@coffee.example.org>",)), facts)


def called_off_of_three(name: str, address: str) -> Message:
    away, me = Member(name, "alex@example.org"), Member(name, address)
    return emails.called_off(frame(), emails.CalledOff(me, away, "2026-W48", looking=True, others=(name,)))


def called_off_unnamed(name: str, address: str) -> Message:
    me = Member(name, address)
    facts = emails.CalledOff(me, None, "2026-W48", False, f"{BASE_URL}/m/new-token", perhaps_met=True)
    return emails.called_off(frame(), facts)


def called_off_by_oneself(name: str, address: str) -> Message:
    me, page = Member(name, address), f"{BASE_URL}/m/conversation-token"
    facts = emails.CalledOff(me, None, "2026-W48", looking=True, others=(name,), conversation_url=page)
    return emails.called_off(frame(), facts)


def reminder(name: str, address: str) -> Message:
    facts = emails.Reminder(
        recipient=Member(name, address),
        partners=(
            Member(name, "alex@example.org", name),
            Member(typed("Kim Nguyễn"), "kim@example.org", typed("Theatres")),
        ),
        period="2026-W48",
        feedback_url=f"{BASE_URL}/m/feedback-token",
        choices_url=f"{BASE_URL}/m/choices-token",
        concern_url=f"{BASE_URL}/m/concern-token",
        conversation_url=f"{BASE_URL}/m/conversation-token",
    )
    return emails.reminder(frame(references=("<introduction@coffee.example.org>",)), facts)


def check_in(name: str, address: str) -> Message:
    facts = emails.CheckIn(
        recipient=Member(name, address),
        partners=(Member(name, "alex@example.org"),),
        period="2026-W48",
        feedback_url=f"{BASE_URL}/m/feedback-token",
        choices_url=f"{BASE_URL}/m/choices-token",
        concern_url=f"{BASE_URL}/m/concern-token",
        conversation_url=f"{BASE_URL}/m/conversation-token",
        next_draw=date(2026, 12, 7),
    )
    return emails.check_in(frame(references=("<introduction@coffee.example.org>",)), facts)


def concern(name: str, address: str) -> Message:
    facts = emails.Concern(
        reader=Member(typed("Amira Haddad"), address),
        about=(Member(name, "alex@example.org", name),),
        period="2026-W48",
        words=typed(f"We met on Tuesday.\n\nIt was not all right: {name}.\nPlease write to me."),
        conduct_url=f"{BASE_URL}/p/eu/conduct",
        writer=Member(name, "sam@example.org", typed("Finance")),
    )
    return emails.concern(frame(), facts)


def concern_unnamed(name: str, address: str) -> Message:
    facts = emails.Concern(Member(name, address), (), "2026-W48", name, f"{BASE_URL}/p/eu/conduct", gone=1)
    return emails.concern(frame(), facts)


def before_draw(name: str, address: str) -> Message:
    facts = emails.BeforeDraw(Member(name, address), date(2026, 11, 26), f"{BASE_URL}/m/choices-token")
    return emails.before_draw(frame(), facts)


def check_in_again(name: str, address: str) -> Message:
    facts = emails.CheckInAgain(
        recipient=Member(name, address),
        partners=(Member(name, "alex@example.org"), Member(typed("Kim Nguyễn"), "kim@example.org", typed("Theatres"))),
        period="2026-W48",
        feedback_url=f"{BASE_URL}/m/feedback-token",
        choices_url=f"{BASE_URL}/m/choices-token",
    )
    return emails.check_in_again(frame(references=("<introduction@coffee.example.org>",)), facts)


def outcome(name: str, address: str) -> Message:
    facts = emails.Outcome(
        recipient=Member(name, address),
        partners=(Member(name, "alex@example.org"),),
        period="2026-W48",
        outcome_url=f"{BASE_URL}/m/outcome-token",
        choices_url=f"{BASE_URL}/m/choices-token",
    )
    return emails.outcome(frame(references=("<introduction@coffee.example.org>",)), facts)


def still_in(name: str, address: str) -> Message:
    return emails.still_in(frame(), emails.StillIn(Member(name, address), f"{BASE_URL}/m/stay-token"))


def welcome_back(name: str, address: str) -> Message:
    facts = emails.WelcomeBack(Member(name, address), f"{BASE_URL}/m/choices-token", date(2026, 12, 7))
    return emails.welcome_back(frame(), facts)


def my_page(name: str, address: str) -> Message:
    return emails.my_page(frame(unsubscribe_url=None), emails.MyPage(address, f"{BASE_URL}/m/page-token"))


def round_report(name: str, address: str) -> Message:
    facts = emails.RoundReport(
        organiser=address,
        period="2026-W48",
        state="introduced",
        command=typed("coffee round status eu 2026-W48"),
        people=1005,
        groups=502,
        left_out=2,
        trios=1,
        mails=emails.MailCounts(planned=1005, accepted=1001, held=1, rejected=1, waiting=2),
        certificate=(
            typed("Nobody meets anyone a second time."),
            typed(f"No other draw leaves fewer people out than {name}."),
        ),
        decisions=(
            emails.Decision(
                typed(f"One mail to {name} may or may not have arrived."), typed("coffee mail resend msg_7")
            ),
        ),
        evidence_url=f"{BASE_URL}/organiser/programmes/eu/evidence",
    )
    return emails.round_report(frame(unsubscribe_url=None), facts)


def test_mail(name: str, address: str) -> Message:
    return emails.test_mail(frame(unsubscribe_url=None), emails.TestMail(address, "smtp://mail.example.org:587"))


KINDS: dict[str, Callable[[str, str], Message]] = {
    "confirm_sign_up": confirm_sign_up,
    "already_in": already_in,
    "already_in_paused": already_in_paused,
    "introduction": introduction,
    "introduction_trio": introduction_trio,
    "left_out": left_out,
    "reminder": reminder,
    "check_in": check_in,
    "partner_away": partner_away,
    "concern": concern,
    "concern_unnamed": concern_unnamed,
    "before_draw": before_draw,
    "check_in_again": check_in_again,
    "outcome": outcome,
    "still_in": still_in,
    "welcome_back": welcome_back,
    "called_off": called_off,
    "called_off_of_three": called_off_of_three,
    "my_page": my_page,
    "round_report": round_report,
    "test_mail": test_mail,
    "confirm_sign_up_invited": confirm_sign_up_invited,
    "called_off_unnamed": called_off_unnamed,
    "called_off_by_oneself": called_off_by_oneself,
}


def every_kind(name: str = "Sam Okoro", address: str = "sam@example.org") -> dict[str, Message]:
    """One message of each kind."""
    return {kind: build(name, address) for kind, build in KINDS.items()}
