"""A sample of every mail, about people who do not exist: for organisers to look at, and for the tests of every mail.

What is a programme's own (its days, its zone, who is named in it) comes in the scene; what people would say is here.
To add a kind: a function that returns its facts, and a line in `SAMPLES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from html import unescape
from re import DOTALL, search, sub
from typing import Any

from emails import calendar, facts, messages
from emails.facts import Member
from emails.values import Frame, Message

SAM = Member(
    "Sam Okoro", "sam@example.org", "Finance", "Can help with business cases. Likes to talk about bread, long walks."
)
PRIYA = Member(
    "Priya Nair", "priya@example.org", "Estates", "Would like help with business cases. Can help with planning a move."
)
KIM = Member(
    "Kim Nguyễn",
    "kim@example.org",
    "Theatres",
    "Likes to talk about choirs.",
    access="Captions help me on a video call.",
)
AMIRA = Member("Amira Haddad", "amira@example.org")


@dataclass(frozen=True)
class Scene:
    """What a sample takes from where it is shown. `link` makes a URL of what a link is for; `today` is the day on which
    the mail leaves, and `command` shows the round to its organiser. `opening`, `closing` and `subject` are
    the organisers' own words.
    """

    link: Callable[[str], str]
    today: date
    zone: tzinfo
    calendar_uid: str
    conduct_url: str
    command: str
    next_draw: date | None = None
    me: Member = SAM
    them: Member = PRIYA
    third: Member = KIM
    reader: Member = AMIRA
    organiser: str = AMIRA.address
    sponsor: str = "grace@example.org"
    transport: str = "smtp://mail.example.org:587"
    opening: str = ""
    closing: str = ""
    subject: str = ""
    announced: int = 3
    """Days from the mail before a draw to the draw."""

    @property
    def period(self) -> str:
        """The week that a round of today is for."""
        return f"{self.today + timedelta(days=3):%G-W%V}"

    @property
    def quarter(self) -> str:
        """The quarter that was over last."""
        number = (self.today.month - 1) // 3
        return f"{self.today.year}-Q{number}" if number else f"{self.today.year - 1}-Q4"

    @property
    def later(self) -> date | None:
        """The next draw, if it is still to come."""
        return self.next_draw if self.next_draw and self.next_draw > self.today else None


def known(member: Member) -> Member:
    """Somebody as all mails but an introduction know them: what they wrote about themselves is told once."""
    return replace(member, about="", access="")


def confirm_sign_up(scene: Scene) -> facts.ConfirmSignUp:
    """Somebody has asked to join."""
    return facts.ConfirmSignUp(scene.me.address, scene.link("confirm"), next_draw=scene.next_draw)


def confirm_sign_up_invited(scene: Scene) -> facts.ConfirmSignUp:
    """An organiser has invited somebody."""
    return replace(confirm_sign_up(scene), invited=True, valid_days=14, forget_days=60)


def already_in(scene: Scene) -> facts.AlreadyIn:
    """Somebody who is in has asked to join."""
    return facts.AlreadyIn(scene.me.address, scene.link("my_page"))


def already_in_paused(scene: Scene) -> facts.AlreadyIn:
    """The same of somebody who has paused."""
    return replace(already_in(scene), status="paused", paused_until=scene.today + timedelta(days=49))


def my_page(scene: Scene) -> facts.MyPage:
    """Somebody has asked for the way to their page."""
    return facts.MyPage(scene.me.address, scene.link("my_page"))


def sign_in(scene: Scene) -> facts.SignIn:
    """An organiser has asked for a link to sign in."""
    return facts.SignIn(scene.organiser, scene.link("sign_in"))


def sign_in_invited(scene: Scene) -> facts.SignIn:
    """An owner has invited somebody."""
    return replace(sign_in(scene), invited=True)


def before_draw(scene: Scene) -> facts.BeforeDraw:
    """Some days before a draw."""
    return facts.BeforeDraw(scene.me, scene.today + timedelta(days=scene.announced), scene.link("choices"))


def introduction(scene: Scene) -> facts.Introduction:
    """A pair; the other one writes first."""
    me, them = scene.me, scene.them
    return facts.Introduction(
        recipient=me,
        partners=(them,),
        period=scene.period,
        writes_first=them.address,
        choices_url=scene.link("choices"),
        common=(
            "This is your first meeting.",
            "From different teams: Finance and Estates.",
            "Priya Nair would like help with business cases, which Sam Okoro offers.",
        ),
        times=("Tuesday morning", "Thursday afternoon"),
        languages=("English", "Welsh"),
        draw_date=scene.today,
        next_draw=scene.later,
        concern_url=scene.link("concern"),
        draft=facts.Draft(start=calendar.usual_start(scene.today, scene.zone), uid=scene.calendar_uid),
        conversation_url=scene.link("conversation"),
        opening=scene.opening,
        closing=scene.closing,
        subject=scene.subject,
    )


def introduction_of_three(scene: Scene) -> facts.Introduction:
    """Three people; the reader writes first, and one of the others has said what they need."""
    return replace(
        introduction(scene),
        partners=(scene.them, scene.third),
        writes_first=scene.me.address,
        common=("This is your first meeting.", "From different teams: Finance, Estates and Theatres."),
        times=("Wednesday lunch",),
        languages=("English",),
        format="remote",
    )


def left_out(scene: Scene) -> facts.LeftOut:
    """Nobody this time."""
    return facts.LeftOut(scene.me, scene.period, scene.link("choices"), scene.next_draw)


def left_out_as_offered(scene: Scene) -> facts.LeftOut:
    """Nobody this time, at the reader's own word."""
    return replace(left_out(scene), offered=True)


def called_off(scene: Scene) -> facts.CalledOff:
    """The other one cannot, and the reader may have someone new."""
    return facts.CalledOff(
        recipient=scene.me,
        away=scene.them,
        period=scene.period,
        looking=False,
        someone_new_url=scene.link("someone_new"),
        next_draw=scene.next_draw,
    )


def called_off_looking(scene: Scene) -> facts.CalledOff:
    """The other one has asked for somebody else."""
    return replace(called_off(scene), looking=True)


def called_off_of_three(scene: Scene) -> facts.CalledOff:
    """One of three cannot, and the two others go ahead."""
    return replace(called_off(scene), others=(scene.third.name,), someone_new_url=None)


def called_off_unnamed(scene: Scene) -> facts.CalledOff:
    """The other one has had everything about them deleted, perhaps after the two have met."""
    return replace(called_off(scene), away=None, perhaps_met=True)


def called_off_by_oneself(scene: Scene) -> facts.CalledOff:
    """What somebody pressed behind a mailed link, told to themselves, with the way back."""
    page, others = scene.link("conversation"), (scene.them.name,)
    return replace(called_off_looking(scene), away=None, others=others, someone_new_url=None, conversation_url=page)


def partner_away(scene: Scene) -> facts.PartnerAway:
    """The mailbox of the other one cannot be reached."""
    return facts.PartnerAway(scene.me, scene.them, scene.period, scene.link("someone_new"))


def partner_away_of_three(scene: Scene) -> facts.PartnerAway:
    """The mailbox of one of three cannot be reached."""
    return replace(partner_away(scene), others=(scene.third.name,))


def reminder(scene: Scene) -> facts.Reminder:
    """A pair, of whom nobody has said a word."""
    return facts.Reminder(
        recipient=scene.me,
        partners=(known(scene.them),),
        period=scene.period,
        feedback_url=scene.link("feedback"),
        choices_url=scene.link("choices"),
        concern_url=scene.link("concern"),
        conversation_url=scene.link("conversation"),
    )


def reminder_of_three(scene: Scene) -> facts.Reminder:
    """The same of three."""
    return replace(reminder(scene), partners=(known(scene.them), known(scene.third)))


def check_in(scene: Scene) -> facts.CheckIn:
    """Did the two of you meet?"""
    return facts.CheckIn(
        recipient=scene.me,
        partners=(known(scene.them),),
        period=scene.period,
        feedback_url=scene.link("feedback"),
        choices_url=scene.link("choices"),
        next_draw=scene.next_draw,
        concern_url=scene.link("concern"),
        conversation_url=scene.link("conversation"),
    )


def check_in_of_three(scene: Scene) -> facts.CheckIn:
    """Did the three of you meet?"""
    return replace(check_in(scene), partners=(known(scene.them), known(scene.third)))


def check_in_again(scene: Scene) -> facts.CheckInAgain:
    """The same question, for the last time."""
    return facts.CheckInAgain(
        scene.me, (known(scene.them),), scene.period, scene.link("feedback"), scene.link("choices")
    )


def outcome(scene: Scene) -> facts.Outcome:
    """Some weeks later."""
    return facts.Outcome(scene.me, (known(scene.them),), scene.period, scene.link("outcome"), scene.link("choices"))


def still_in(scene: Scene) -> facts.StillIn:
    """Nothing was heard for some rounds."""
    return facts.StillIn(scene.me, scene.link("still_in"))


def welcome_back(scene: Scene) -> facts.WelcomeBack:
    """A pause is over."""
    return facts.WelcomeBack(scene.me, scene.link("choices"), scene.next_draw)


def concern(scene: Scene) -> facts.Concern:
    """Something was wrong, and whoever says so may be written to."""
    return facts.Concern(
        reader=scene.reader,
        about=(known(scene.them),),
        period=scene.period,
        words="We met on Tuesday.\n\nIt did not feel right, and I left early. Please write to me.",
        conduct_url=scene.conduct_url,
        writer=known(scene.me),
    )


def concern_unnamed(scene: Scene) -> facts.Concern:
    """The same from somebody who would rather not be written to."""
    return replace(concern(scene), writer=None, words="It did not feel right. Please keep an eye on it.")


def round_report(scene: Scene) -> facts.RoundReport:
    """A round that is out, with one mail to decide about."""
    return facts.RoundReport(
        organiser=scene.organiser,
        period=scene.period,
        state="introduced",
        command=f"coffee round status {scene.command} {scene.period}",
        people=49,
        groups=24,
        left_out=0,
        trios=1,
        mails=facts.MailCounts(planned=49, accepted=47, held=1, rejected=1),
        certificate=(
            "Everybody who can be placed was placed.",
            "Nobody meets anybody again.",
            "Every pair crosses a team boundary.",
            "This is proven to be the best that the rules allow.",
        ),
        decisions=(
            facts.Decision(
                "1 mail was handed over but never acknowledged. Decide whether to send it again.",
                f"coffee round mails {scene.command} {scene.period} --state held",
            ),
        ),
    )


def round_ready(scene: Scene) -> facts.RoundReady:
    """A round that was drawn by itself."""
    return facts.RoundReady(
        address=scene.organiser,
        number=3,
        period=scene.period,
        url=scene.link("round"),
        account_url=scene.link("account"),
        people=49,
        groups=24,
        trios=1,
    )


def round_so_far(scene: Scene) -> facts.RoundSoFar:
    """The same round when half of its time is over."""
    return facts.RoundSoFar(
        address=scene.organiser,
        number=3,
        period=scene.period,
        url=scene.link("round"),
        account_url=scene.link("account"),
        people=49,
        answered=30,
        met=20,
        returned=2,
        held=1,
    )


def round_so_far_of_few(scene: Scene) -> facts.RoundSoFar:
    """A round of whom too few have answered to tell how many."""
    return replace(round_so_far(scene), people=8, answered=0, met=0, returned=0, held=0)


def not_delivered(scene: Scene) -> facts.NotDelivered:
    """Two messages came back, and one waits for a word."""
    return facts.NotDelivered(scene.organiser, scene.link("round"), scene.link("account"), returned=2, held=1)


def not_delivered_held(scene: Scene) -> facts.NotDelivered:
    """One waits for a word."""
    return replace(not_delivered(scene), returned=0)


def sponsor_report(scene: Scene) -> facts.SponsorReport:
    """A quarter with three rounds."""
    return facts.SponsorReport(
        address=scene.sponsor,
        quarter=scene.quarter,
        url=scene.link("report"),
        stop_url=scene.link("leave"),
        rounds=3,
        people=55,
        introductions=135,
        answered=75,
        met=60,
    )


def sponsor_report_of_few(scene: Scene) -> facts.SponsorReport:
    """One round of a handful of people."""
    return replace(sponsor_report(scene), rounds=1, people=0, introductions=0, answered=0, met=0)


def test_mail(scene: Scene) -> facts.TestMail:
    """Whether mails travel."""
    return facts.TestMail(scene.organiser, scene.transport)


test_mail.__test__ = False  # type: ignore[attr-defined]  # as in `messages`: not one of pytest's


def test_copy(scene: Scene) -> facts.TestCopy:
    """An introduction, shown to an organiser before it leaves."""
    return facts.TestCopy(scene.organiser, scene.me.name, introduction(scene))


test_copy.__test__ = False  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Sample:
    """How a sample is made. `leave`: mail readers offer a button to leave (RFC 8058); `thread`: it belongs to an
    introduction, and joins its thread.
    """

    kind: str
    facts: Callable[[Scene], Any]
    write: Callable[[Frame, Any], Message]
    leave: bool = True
    thread: bool = False

    def message(self, frame: Frame, scene: Scene) -> Message:
        """The mail. `frame` is that of a mail which can be left and answers nothing."""
        unsubscribe = frame.unsubscribe_url if self.leave else None
        references = frame.references if self.thread else ()
        return self.write(replace(frame, unsubscribe_url=unsubscribe, references=references), self.facts(scene))


SAMPLES: Mapping[str, Sample] = {
    "confirm_sign_up": Sample("confirm_sign_up", confirm_sign_up, messages.confirm_sign_up, leave=False),
    "confirm_sign_up_invited": Sample(
        "confirm_sign_up", confirm_sign_up_invited, messages.confirm_sign_up, leave=False
    ),
    "already_in": Sample("already_in", already_in, messages.already_in),
    "already_in_paused": Sample("already_in", already_in_paused, messages.already_in),
    "my_page": Sample("my_page", my_page, messages.my_page),
    "before_draw": Sample("before_draw", before_draw, messages.before_draw),
    "introduction": Sample("introduction", introduction, messages.introduction),
    "introduction_of_three": Sample("introduction", introduction_of_three, messages.introduction),
    "left_out": Sample("left_out", left_out, messages.left_out),
    "left_out_as_offered": Sample("left_out", left_out_as_offered, messages.left_out),
    "called_off": Sample("called_off", called_off, messages.called_off, thread=True),
    "called_off_looking": Sample("called_off", called_off_looking, messages.called_off, thread=True),
    "called_off_of_three": Sample("called_off", called_off_of_three, messages.called_off, thread=True),
    "called_off_unnamed": Sample("called_off", called_off_unnamed, messages.called_off, thread=True),
    "called_off_by_oneself": Sample("called_off", called_off_by_oneself, messages.called_off, thread=True),
    "partner_away": Sample("partner_away", partner_away, messages.partner_away, thread=True),
    "partner_away_of_three": Sample("partner_away", partner_away_of_three, messages.partner_away, thread=True),
    "reminder": Sample("reminder", reminder, messages.reminder, thread=True),
    "reminder_of_three": Sample("reminder", reminder_of_three, messages.reminder, thread=True),
    "check_in": Sample("check_in", check_in, messages.check_in, thread=True),
    "check_in_of_three": Sample("check_in", check_in_of_three, messages.check_in, thread=True),
    "check_in_again": Sample("check_in_again", check_in_again, messages.check_in_again, thread=True),
    "outcome": Sample("outcome", outcome, messages.outcome, thread=True),
    "still_in": Sample("still_in", still_in, messages.still_in),
    "welcome_back": Sample("welcome_back", welcome_back, messages.welcome_back),
    "concern": Sample("concern", concern, messages.concern, leave=False),
    "concern_unnamed": Sample("concern", concern_unnamed, messages.concern, leave=False),
    "round_ready": Sample("round_ready", round_ready, messages.round_ready, leave=False),
    "round_so_far": Sample("round_so_far", round_so_far, messages.round_so_far, leave=False),
    "round_so_far_of_few": Sample("round_so_far", round_so_far_of_few, messages.round_so_far, leave=False),
    "not_delivered": Sample("not_delivered", not_delivered, messages.not_delivered, leave=False),
    "not_delivered_held": Sample("not_delivered", not_delivered_held, messages.not_delivered, leave=False),
    "round_report": Sample("round_report", round_report, messages.round_report, leave=False),
    "sponsor_report": Sample("sponsor_report", sponsor_report, messages.sponsor_report),
    "sponsor_report_of_few": Sample("sponsor_report", sponsor_report_of_few, messages.sponsor_report),
    "sign_in": Sample("sign_in", sign_in, messages.sign_in, leave=False),
    "sign_in_invited": Sample("sign_in", sign_in_invited, messages.sign_in, leave=False),
    "test_copy": Sample("test_copy", test_copy, messages.test_copy, leave=False),
    "test_mail": Sample("test_mail", test_mail, messages.test_mail, leave=False),
}
"""Every kind, each with its variants, in the order in which a person may meet them."""


def preheader(html: str) -> str:
    """The line that inboxes show beside the subject, as people read it."""
    found = search(r'class="preheader"[^>]*>(.*?)</div>', html, DOTALL)
    return " ".join(unescape(sub(r"<[^>]*>", "", found[1] if found else "")).split())
