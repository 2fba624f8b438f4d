"""What we say and how it travels. Knows neither the app nor the matcher.

facts + frame ──messages──▶ Message ──mime──▶ Envelope ──transports──▶ Accepted | Refused | Unknown

The names are found when they are first asked for (PEP 562): whoever wants a phrase gets no mail server with it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emails.answers import (
        STEPS,
        Accepted,
        Answer,
        CannotConnect,
        Connection,
        Envelope,
        Refused,
        Transport,
        Unknown,
        Verb,
    )
    from emails.calendar import (
        day_entry,
        usual_start,
        working_days_after,
    )
    from emails.facts import (
        PROMPTS,
        AlreadyIn,
        BeforeDraw,
        CalledOff,
        CheckIn,
        CheckInAgain,
        Concern,
        ConfirmSignUp,
        Decision,
        Draft,
        Introduction,
        LeftOut,
        MailCounts,
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
    from emails.kept import (
        from_json,
        to_json,
    )
    from emails.kinds import (
        COFFEE,
        KINDS,
        Kind,
    )
    from emails.languages import (
        ACCENTED,
        CATALOGUES,
        ENGLISH,
        MIRRORED,
        Language,
        english,
        language,
        written,
    )
    from emails.messages import (
        already_in,
        before_draw,
        calendar_entry,
        called_off,
        check_in,
        check_in_again,
        concern,
        confirm_sign_up,
        introduction,
        left_out,
        my_page,
        not_delivered,
        outcome,
        partner_away,
        reminder,
        round_ready,
        round_report,
        round_so_far,
        sign_in,
        sponsor_report,
        still_in,
        test_copy,
        test_mail,
        welcome_back,
    )
    from emails.mime import (
        NeedsSmtputf8,
        UnsafeMessage,
        needs_smtputf8,
        to_bytes,
        to_envelope,
    )
    from emails.own_words import (
        PLACEHOLDERS,
        WordsRefused,
        read_own_subject,
        read_own_words,
    )
    from emails.pythons import (
        header_fault,
    )
    from emails.render import (
        mailto,
    )
    from emails.sentences import (
        Either,
        Period,
        Phrase,
        Zone,
        phrase,
        phrases,
        together,
    )
    from emails.speech import (
        teach,
    )
    from emails.transports import (
        BadTransportURL,
        MaildirTransport,
        MemoryTransport,
        SmtpTransport,
        Timeouts,
        from_url,
    )
    from emails.values import (
        Address,
        Attachment,
        BadAddress,
        Frame,
        Message,
        ascii_address,
        calendar_uid,
        message_id,
        sender_name,
    )
    from emails.words import (
        break_links,
        clean_name,
    )

_HOMES = {
    "answers": "STEPS Accepted Answer CannotConnect Connection Envelope Refused Transport Unknown Verb",
    "calendar": "day_entry usual_start working_days_after",
    "facts": (
        "PROMPTS AlreadyIn BeforeDraw CalledOff CheckIn CheckInAgain Concern ConfirmSignUp Decision Draft "
        "Introduction LeftOut MailCounts Member MyPage NotDelivered Outcome PartnerAway Reminder RoundReady "
        "RoundReport RoundSoFar SignIn SponsorReport StillIn TestCopy TestMail WelcomeBack"
    ),
    "kept": "from_json to_json",
    "kinds": "COFFEE KINDS Kind",
    "languages": "ACCENTED CATALOGUES ENGLISH MIRRORED Language english language written",
    "messages": (
        "already_in before_draw calendar_entry called_off check_in check_in_again concern confirm_sign_up "
        "introduction left_out my_page not_delivered outcome partner_away reminder round_ready round_report "
        "round_so_far sign_in sponsor_report still_in test_copy test_mail welcome_back"
    ),
    "mime": "NeedsSmtputf8 UnsafeMessage needs_smtputf8 to_bytes to_envelope",
    "own_words": "PLACEHOLDERS WordsRefused read_own_subject read_own_words",
    "sentences": "Either Period Phrase Zone phrase phrases together",
    "pythons": "header_fault",
    "render": "mailto",
    "speech": "teach",
    "transports": "BadTransportURL MaildirTransport MemoryTransport SmtpTransport Timeouts from_url",
    "values": "Address Attachment BadAddress Frame Message ascii_address calendar_uid message_id sender_name",
    "words": "break_links clean_name",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """The name, from the module where it lives, kept for the next who asks."""
    if name not in _HOME:
        raise AttributeError(f"module 'emails' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"emails.{_HOME[name]}"), name)
    return found


def __dir__() -> list[str]:
    """Every name, also of what nobody has asked for yet."""
    return sorted({*globals(), *_HOME})


__all__ = [
    "ACCENTED",
    "CATALOGUES",
    "COFFEE",
    "ENGLISH",
    "KINDS",
    "MIRRORED",
    "PLACEHOLDERS",
    "PROMPTS",
    "STEPS",
    "Accepted",
    "Address",
    "AlreadyIn",
    "Answer",
    "Attachment",
    "BadAddress",
    "BadTransportURL",
    "BeforeDraw",
    "CalledOff",
    "CannotConnect",
    "CheckIn",
    "CheckInAgain",
    "Concern",
    "ConfirmSignUp",
    "Connection",
    "Decision",
    "Draft",
    "Either",
    "Envelope",
    "Frame",
    "Introduction",
    "Kind",
    "Language",
    "LeftOut",
    "MailCounts",
    "MaildirTransport",
    "Member",
    "MemoryTransport",
    "Message",
    "MyPage",
    "NeedsSmtputf8",
    "NotDelivered",
    "Outcome",
    "PartnerAway",
    "Period",
    "Phrase",
    "Refused",
    "Reminder",
    "RoundReady",
    "RoundReport",
    "RoundSoFar",
    "SignIn",
    "SmtpTransport",
    "SponsorReport",
    "StillIn",
    "TestCopy",
    "TestMail",
    "Timeouts",
    "Transport",
    "Unknown",
    "UnsafeMessage",
    "Verb",
    "WelcomeBack",
    "WordsRefused",
    "Zone",
    "already_in",
    "ascii_address",
    "before_draw",
    "break_links",
    "calendar_entry",
    "calendar_uid",
    "called_off",
    "check_in",
    "check_in_again",
    "clean_name",
    "concern",
    "confirm_sign_up",
    "day_entry",
    "english",
    "from_json",
    "from_url",
    "header_fault",
    "introduction",
    "language",
    "left_out",
    "mailto",
    "message_id",
    "my_page",
    "needs_smtputf8",
    "not_delivered",
    "outcome",
    "partner_away",
    "phrase",
    "phrases",
    "read_own_subject",
    "read_own_words",
    "reminder",
    "round_ready",
    "round_report",
    "round_so_far",
    "sender_name",
    "sign_in",
    "sponsor_report",
    "still_in",
    "teach",
    "test_copy",
    "test_mail",
    "to_bytes",
    "to_envelope",
    "to_json",
    "together",
    "usual_start",
    "welcome_back",
    "working_days_after",
    "written",
]
