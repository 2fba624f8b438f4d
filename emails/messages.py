"""Every mail we send, one short function each: a frame and the facts in, a finished `Message` out.

To add a kind: a dataclass in `facts.py`, a folder in `templates/`, a function here, a sample in `samples.py`.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from emails import calendar, own_words
from emails.facts import (
    AlreadyIn,
    BeforeDraw,
    CalledOff,
    CheckIn,
    CheckInAgain,
    Concern,
    ConfirmSignUp,
    Introduction,
    LeftOut,
    Member,
    MyPage,
    NotDelivered,
    Outcome,
    PartnerAway,
    Reminder,
    RoundReady,
    RoundReport,
    RoundSoFar,
    SignIn,
    SponsorReport,
    StillIn,
    TestCopy,
    TestMail,
    WelcomeBack,
)
from emails.languages import Language, language
from emails.render import render
from emails.sentences import Phrase, phrase, phrases
from emails.values import Address, Attachment, Frame, Message
from emails.words import NAME_LIMIT, clean_name, pieces, say, shorten

MAIL_COUNTS = {
    "planned": phrase("Planned"),
    "accepted": phrase("Accepted"),
    "waiting": phrase("Waiting"),
    "held": phrase("Held"),
    "rejected": phrase("Rejected"),
    "suppressed": phrase("Suppressed"),
    "expired": phrase("Expired"),
}


def confirm_sign_up(frame: Frame, facts: ConfirmSignUp) -> Message:
    """E1: one press and this address is in. Not a word of whoever typed it (E29)."""
    return _message("confirm_sign_up", frame, Address("", facts.address), facts)


def already_in(frame: Frame, facts: AlreadyIn) -> Message:
    """To a known address that signed up again, so that the page need not tell who is known."""
    return _message("already_in", frame, Address("", facts.address), facts)


def introduction(frame: Frame, facts: Introduction) -> Message:
    """E3: presents a group to one of its members; replies go to the others, never to us."""
    partners = tuple(Address(partner.name, partner.address) for partner in facts.partners)
    recipient = Address(facts.recipient.name, facts.recipient.address)
    values = _values(frame, facts) if facts.opening or facts.closing else {}
    return _message(
        "introduction",
        frame,
        recipient,
        facts,
        opening=own_words.fill(facts.opening, values),
        closing=own_words.fill(facts.closing, values),
        own_subject=own_words.fill_subject(facts.subject, _short_values(frame, facts)),
        to=(recipient, *partners),
        reply_to=partners,
        attachments=_draft(frame, facts),
        members=(facts.recipient, *facts.partners),
        first=_first_writer(facts),
        you_write_first=facts.writes_first == facts.recipient.address,
        hello=phrase("Hello from %(name)s", name=shorten(facts.recipient.called, 40)),
        way_out=_way_out(facts),
    )


def left_out(frame: Frame, facts: LeftOut) -> Message:
    """Nobody this time, and it is not you: the same words whatever the reason (P10), but for who had offered it."""
    return _message("left_out", frame, Address(facts.recipient.name, facts.recipient.address), facts)


def reminder(frame: Frame, facts: Reminder) -> Message:
    """E4: have you met yet? Replies go to the others, in the thread of the introduction."""
    partners = tuple(Address(partner.name, partner.address) for partner in facts.partners)
    recipient = Address(facts.recipient.name, facts.recipient.address)
    return _message("reminder", frame, recipient, facts, reply_to=partners, way_out=_way_out(facts))


def check_in(frame: Frame, facts: CheckIn) -> Message:
    """E5: did you meet? Replies go to the organiser."""
    return _message("check_in", frame, Address(facts.recipient.name, facts.recipient.address), facts)


def before_draw(frame: Frame, facts: BeforeDraw) -> Message:
    """E2: you are in the next draw, and there is nothing to do."""
    soon = (facts.draw_on - frame.date.date()).days < 7
    return _message("before_draw", frame, Address(facts.recipient.name, facts.recipient.address), facts, soon=soon)


def check_in_again(frame: Frame, facts: CheckInAgain) -> Message:
    """E5r: did you meet? The last time that we ask."""
    return _message("check_in_again", frame, Address(facts.recipient.name, facts.recipient.address), facts)


def outcome(frame: Frame, facts: Outcome) -> Message:
    """E6: did anything come of it? Replies go to the organiser."""
    return _message("outcome", frame, Address(facts.recipient.name, facts.recipient.address), facts)


def still_in(frame: Frame, facts: StillIn) -> Message:
    """E8: to who gave no sign for some rounds. One press, and they are in the draw again."""
    return _message("still_in", frame, Address(facts.recipient.name, facts.recipient.address), facts)


def welcome_back(frame: Frame, facts: WelcomeBack) -> Message:
    """E9: a pause is over."""
    return _message("welcome_back", frame, Address(facts.recipient.name, facts.recipient.address), facts)


def partner_away(frame: Frame, facts: PartnerAway) -> Message:
    """To who was introduced to somebody whose mailbox cannot be reached: kind, and with a way to someone new."""
    return _message("partner_away", frame, Address(facts.recipient.name, facts.recipient.address), facts)


def concern(frame: Frame, facts: Concern) -> Message:
    """In confidence, to the one person who is named for it. Replies go to the writer, where they want that, and else
    nowhere: back to the reader, never to us or to an organiser.
    """
    reader, back = (Address(one.name, one.address) for one in (facts.reader, facts.writer or facts.reader))
    alone = replace(frame, organiser=None, unsubscribe_url=None)
    return _message("concern", alone, reader, facts, reply_to=(back,), said=pieces(facts.words))


def called_off(frame: Frame, facts: CalledOff) -> Message:
    """E4b: somebody cannot this time, or meets someone else: kind, at once, and with a way to someone new."""
    return _message("called_off", frame, Address(facts.recipient.name, facts.recipient.address), facts)


def calendar_entry(frame: Frame, facts: Introduction) -> bytes | None:
    """The .ics that travels with an introduction, by itself; None without a draft."""
    found = _draft(frame, facts)
    return found[0].data if found else None


def my_page(frame: Frame, facts: MyPage) -> Message:
    """The link to one's own page, for who asked for it."""
    return _message("my_page", frame, Address("", facts.address), facts)


def sign_in(frame: Frame, facts: SignIn) -> Message:
    """The link that lets an organiser in."""
    return _message("sign_in", frame, Address("", facts.address), facts)


def round_report(frame: Frame, facts: RoundReport) -> Message:
    """How a round stands, to its organiser: counts, proof, and what needs a decision."""
    people_rows = [
        (phrase("In this round"), facts.people),
        (phrase("Groups"), facts.groups),
        (phrase("Larger than usual"), facts.trios),
        (phrase("Left out"), facts.left_out),
    ]
    mail_rows = [(MAIL_COUNTS[name], count) for name, count in asdict(facts.mails).items()]
    return _message(
        "round_report", frame, Address("", facts.organiser), facts, people_rows=people_rows, mail_rows=mail_rows
    )


def round_ready(frame: Frame, facts: RoundReady) -> Message:
    """O1: a round was drawn on its day, and waits for an organiser's yes."""
    return _message("round_ready", frame, Address("", facts.address), facts)


def round_so_far(frame: Frame, facts: RoundSoFar) -> Message:
    """O2: how a round goes, once, when half of its time is over."""
    return _message("round_so_far", frame, Address("", facts.address), facts)


def not_delivered(frame: Frame, facts: NotDelivered) -> Message:
    """O3: messages that came to nothing, collected."""
    return _message("not_delivered", frame, Address("", facts.address), facts)


def sponsor_report(frame: Frame, facts: SponsorReport) -> Message:
    """O4: what a programme did in a quarter, to its sponsor."""
    return _message("sponsor_report", frame, Address("", facts.address), facts)


def test_mail(frame: Frame, facts: TestMail) -> Message:
    """Shows an organiser that mails travel."""
    return _message("test_mail", frame, Address("", facts.address), facts)


test_mail.__test__ = False  # type: ignore[attr-defined]  # pytest collects what begins with test_, wherever imported


def test_copy(frame: Frame, facts: TestCopy) -> Message:
    """Somebody's introduction or left-out word, to an organiser alone: answers go to nobody of the group."""
    frame = replace(frame, test_of=facts.reader, unsubscribe_url=None)
    mail = facts.mail
    made = introduction(frame, mail) if isinstance(mail, Introduction) else left_out(frame, mail)
    subject = say(language(frame.locale).say(phrase("Test: %(subject)s", subject=made.subject)))
    alone = Address("", facts.address)
    return replace(
        made,
        kind="test_copy",
        recipient=facts.address,
        to=(alone,),
        reply_to=(frame.organiser,) if frame.organiser else (),
        subject=subject,
        attachments=(),
    )


test_copy.__test__ = False  # type: ignore[attr-defined]


def _message(
    kind: str,
    frame: Frame,
    recipient: Address,
    facts: Any,
    *,
    to: tuple[Address, ...] = (),
    reply_to: tuple[Address, ...] = (),
    attachments: tuple[Attachment, ...] = (),
    **more: Any,
) -> Message:
    words = render(kind, {**vars(facts), **more, "frame": frame}, language(frame.locale))
    organiser = (frame.organiser,) if frame.organiser else ()
    return Message(
        kind=kind,
        sender=frame.sender,
        recipient=recipient.address,
        to=to or (recipient,),
        reply_to=reply_to or organiser,
        subject=words.subject,
        text=words.text,
        html=words.html,
        message_id=frame.message_id,
        date=frame.date,
        references=frame.references,
        list_id=frame.list_id,
        list_name=frame.programme,
        unsubscribe_url=frame.unsubscribe_url,
        headers=frame.headers,
        attachments=attachments,
    )


def _first_writer(facts: Introduction) -> Member:
    for member in (facts.recipient, *facts.partners):
        if member.address == facts.writes_first:
            return member
    raise ValueError("Introduction.writes_first is the address of nobody in the group")


def _values(frame: Frame, facts: Introduction) -> Mapping[str, own_words.Value]:
    """What each placeholder of an organiser's own words stands for in this mail."""
    speaks = language(frame.locale)
    return {
        "name": own_words.value(facts.recipient.called),
        "others": own_words.listed([partner.called for partner in facts.partners], speaks),
        "team": own_words.value(facts.recipient.team),
        "period": own_words.value(speaks.period(facts.period)),
        "next_draw": own_words.value(speaks.day(facts.next_draw) if facts.next_draw else ""),
        "programme": own_words.value(frame.programme, NAME_LIMIT),
        "organisation": own_words.value(frame.organisation, NAME_LIMIT),
        "organiser": own_words.value(frame.organiser.name if frame.organiser else ""),
    }


def _short_values(frame: Frame, facts: Introduction) -> Mapping[str, own_words.Fitting]:
    """The same for a subject, where there is little room."""
    speaks = language(frame.locale)
    others = [clean_name(partner.called) for partner in facts.partners]

    def named(most: int) -> str:
        if len(others) == 1:
            return shorten(others[0], most)
        if len(others) == 2:
            both = max((most - len(speaks.listing(["", ""]))) // 2, 1)
            return speaks.listing([shorten(one, both) for one in others])
        beside = len(and_more(""))
        return and_more(shorten(others[0], max(most - beside, 1)))

    def and_more(name: str) -> str:
        more = len(others) - 1
        return str(speaks.say(phrases("%(name)s and %(count)s more", "%(name)s and %(count)s more", more, name=name)))

    def plain(text: str) -> own_words.Fitting:
        return lambda most: shorten(clean_name(text), most)

    return {
        "name": plain(facts.recipient.called),
        "others": named,
        "team": plain(facts.recipient.team),
        "period": plain(speaks.period(facts.period)),
        "next_draw": plain(speaks.day(facts.next_draw) if facts.next_draw else ""),
        "programme": plain(frame.programme),
        "organisation": plain(frame.organisation),
        "organiser": plain(frame.organiser.name if frame.organiser else ""),
    }


def _way_out(facts: Introduction | Reminder) -> Phrase:
    """What to do when one cannot, before the link that skips, pauses or leaves."""
    if facts.conversation_url and len(facts.partners) == 1:
        return phrase("Say so on that page, or tell the other, then skip the next round, pause or leave here:")
    if facts.conversation_url:
        return phrase("Say so on that page, or tell the others, then skip the next round, pause or leave here:")
    if len(facts.partners) == 1:
        return phrase("Tell the other, then skip the next round, pause or leave here:")
    return phrase("Tell the others, then skip the next round, pause or leave here:")


def _draft(frame: Frame, facts: Introduction) -> tuple[Attachment, ...]:
    if facts.draft is None:
        return ()
    # Sorted, because the entry is one and the same for everybody in the group.
    names = sorted(member.name for member in (facts.recipient, *facts.partners))
    speaks = language(frame.locale)
    data = calendar.draft_entry(
        **asdict(facts.draft),
        stamp=frame.date,
        organiser=frame.sender,
        summary=say(speaks.say(phrase("Conversation: %(names)s", names=names))),
        description=_description(frame, facts, speaks),
    )
    return (calendar.attachment(data),)


def _description(frame: Frame, facts: Introduction, speaks: Language) -> str:
    draft = phrase(
        "A draft from %(programme)s. Move it to a time that suits you all, or delete it.",
        programme=say(frame.programme),
    )
    return "\n".join([speaks.say(draft), "", *(f"- {say(speaks.say(prompt))}" for prompt in facts.prompts)])
