"""Examples for the description of the API, made from its schemas: each value by the name of its field, so that one
person, one programme and one round walk through all of them.
"""

from collections.abc import Mapping
from typing import Any

ROUND, GROUP, PERSON, MESSAGE, IMPORT = "rnd_q3f7x2", "grp_m5k2v8", "ppl_a4n6c2", "msg_h7d3w9", "imp_c8r2t5"
PRINT = "4f1c2d3e4f1c2d3e4f1c2d3e4f1c2d3e"
MORNING = "2026-11-23T09:00:00Z"
CERTIFICATE = {
    "people": 101,
    "left_out": 1,
    "left_out_bound": 1,
    "repeats": 0,
    "repeats_bound": 0,
    "repeat_cost": 0,
    "same_team": 0,
    "same_team_bound": 0,
    "score": 48.2,
    "score_bound": 49.0,
    "optimal_tiers": True,
}

PARAMETERS: dict[str, Any] = {
    "slug": "eu",
    "round_id": ROUND,
    "participant_id": PERSON,
    "message_id": MESSAGE,
    "import_id": IMPORT,
    "kind": "not-found",
    "name": "introduction",
    "state": "held",
    "reason": "held",
    "dry_run": True,
    "q": "ada",
    "format": "csv",
    "in_hours": True,
    "limit": 100,
    "If-Match": f'"{PRINT}"',
    "Idempotency-Key": "4f1c8a52-send-2026-W48",
}
VALUES: dict[str, Any] = {
    "slug": "eu",
    "period": "2026-W48",
    "seed": 7,
    "number": 12,
    "size": 2,
    "group_size": 2,
    "page": "/p/eu",
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "manager_email": "maya@example.org",
    "team": "Nursing",
    "known_as": "ada@example.org",
    "person": "ada@example.org",
    "a": "ada@example.org",
    "b": "ben@example.org",
    "group": 3,
    "to": 4,
    "address": "ada@example.org",
    "round": ROUND,
    "programme": "eu",
    "participant": PERSON,
    "actor": "key:key_b2d5",
    "fingerprint": PRINT,
    "input_fingerprint": None,
    "code_version": "0.1.0",
    "certificate": CERTIFICATE,
    "purpose": "Half an hour with a colleague from another team.",
    "success": "Half of us know somebody new whom they can ask.",
    "rhythm": "once a month",
    "contact_name": "Amara Okafor",
    "contact_email": "amara@example.org",
    "time_zone": "Europe/London",
    "sponsor_name": "Grace Mensah",
    "sponsor_role": "Director of people",
    "sponsor_words": "I want that for you.",
    "conduct": "",
    "safe_name": "Ines Duarte",
    "safe_email": "ines@example.org",
    "controller": "",
    "intro_opening": "Hello {name}, meet {others}.",
    "intro_closing": "Warmly, {organiser}",
    "locale": "en",
    "state": "open",
    "interest_rule": "ask-offer",
    "quality": 1.0,
    "shadows": 0,
    "teams_apart": False,
    "no_repeat_for": 0,
    "odd_one": "trio",
    "lines_apart": True,
    "joining": True,
    "capacity": 0,
    "domains": ["example.org"],
    "invitation_only": False,
    "opens_on": None,
    "draw_every": "two_weeks",
    "next_draws": ["2026-12-03", "2026-12-17", "2027-01-04"],
    "pauses": ["2026-12-21/2027-01-03"],
    "sends_itself": False,
    "next_draw_on": "2026-12-03",
    "remind_after": 4,
    "check_in_after": 10,
    "check_in_again_after": 3,
    "outcome_after": 30,
    "announce_before": 3,
    "hold_after": 2,
    "welcome_back": True,
    "mails_a_round": 4,
    "mail_from_hour": 8,
    "mail_until_hour": 18,
    "location": "",
    "access": "",
    "often": "every",
    "id_in_rounds": "ada@example.org",
    "language": "en",
    "how_often": "every",
    "in_person_or_remote": None,
    "access_needs": "",
    "consent": "join-form-2",
    "signed_up": MORNING,
    "confirmed": MORNING,
    "left_out_in": ["2026-W46"],
    "format": None,
    "left_at": None,
    "interests": ["chess"],
    "asks": ["statistics"],
    "offers": ["budgets"],
    "languages": ["English"],
    "times": [],
    "facts": ["Ada would like help with statistics; Ben offers it."],
    "reason": "blocked with everyone who is free",
    "words": ["Swapped Ada and Ben."],
    "what": "approve",
    "detail": "Look at the groups, then approve.",
    "at": f"/api/v1/rounds/{ROUND}/approve",
    "trouble": None,
    "policy": {"size": 2, "quality": 1.0},
    "costs": [],
    "planned": 1005,
    "accepted": 1002,
    "held": 3,
    "attempts": 1,
    "answer": "250 2.0.0 Ok",
    "last_event": None,
    "when": "After a round is sent.",
    "to_whom": "Everybody in a group.",
    "subject": "Coffee with Ben?",
    "preheader": "You both like chess.",
    "sender": "Coffee Trial <coffee@example.org>",
    "text": "Hello Ada,",
    "replies_to": ["Ben <ben@example.org>"],
    "html": "<p>Hello Ada,</p>",
    "eml": "Subject: Coffee with Ben?",
    "file": "people.csv",
    "line": 7,
    "column": "email",
    "level": "error",
    "problem": "is not an address.",
    "remedy": "Write it like name@example.org.",
    "next_cursor": None,
    "undone_at": None,
    "gone": [],
    "send": False,
    "send_at": None,
    "send_in_hours": False,
    "kept": 0,
    "remind_from": None,
    "approved_at": None,
    "sending_at": None,
    "introduced_at": None,
    "closed_at": None,
    "next_try_at": None,
    "errors": 1,
    "rounds_left": None,
    "no_costs": "",
    "before": 0,
    "now": 0,
    "bound": 0,
}
"""By the name of a field, wherever it stands; `OF` comes first."""
OF: dict[str, Any] = {
    "ProgrammeAnswer.id": "prg_e6t4y2",
    "RoundAnswer.id": ROUND,
    "StuckAnswer.reason": "held",
    "ClosedAnswer.reason": "hard",
    "ClosedAnswer.status": "5.1.1",
    "ClosedAnswer.may_be_lifted": True,
    "BlockAnswer.a": {"id": PERSON, "name": "Ada Lovelace", "email": "ada@example.org"},
    "BlockAnswer.b": {"id": "ppl_b7k2w5", "name": "Ben Okri", "email": "ben@example.org"},
    "MessageAnswer.kept": False,
    "SendAt.at": "2026-11-24T09:00:00",
    "WatchAnswer.stuck": {"held": 3, "returned": 0, "closed": 0, "late": 0, "trying": 0},
    "RoundSummary.id": ROUND,
    "GroupAnswer.id": GROUP,
    "ParticipantAnswer.id": PERSON,
    "MessageAnswer.id": MESSAGE,
    "Member.id": PERSON,
    "LeftOut.id": PERSON,
    "ProgrammeAnswer.name": "Institute coffees",
    "NewProgramme.name": "Institute coffees",
    "SampleAnswer.name": "introduction",
    "SampleInFull.name": "introduction",
    "ProgrammeAnswer.people": {"pending": 3, "active": 101, "paused": 4, "held": 0, "left": 2},
    "ParticipantAnswer.state": "active",
    "RoundAnswer.state": "matched",
    "RoundSummary.state": "matched",
    "GroupList.state": "matched",
    "Adjusted.state": "matched",
    "RoundWords.state": "matched",
    "RoundWords.programme": {"intro_opening": "", "intro_closing": ""},
    "RoundWords.placeholders": {"name": "the name of who reads the mail"},
    "MessageAnswer.state": "accepted",
    "Adjusted.number": 1,
    "ChangeAnswer.number": 1,
    "ChangeAnswer.at": MORNING,
    "MailEventAnswer.at": MORNING,
    "RoundCounts.people": 101,
    "RoundCounts.groups": 50,
    "RoundCounts.left_out": 1,
    "FiguresAnswer.asks": 40,
    "FiguresAnswer.asks_met": 31,
    "FiguresAnswer.at_least": 9,
    "FiguresAnswer.at_most": 12,
    "ImportJobAnswer.id": IMPORT,
    "CautionAnswer.group": GROUP,
    "CautionAnswer.what": "repeat",
    "RoundsLeft.words": "At least 9 rounds.",
    "CautionAnswer.detail": "Ada and Cy met 2 rounds ago.",
    "Adjusted.cost": {"repeats": {"before": 0, "now": 1, "bound": 0}},
    "PersonKept.programme": "Institute coffees",
    "PersonKept.id": PERSON,
    "PersonKept.state": "active",
    "PersonKept.topics": {
        "interest": ["chess"],
        "ask": ["statistics"],
        "offer": ["budgets"],
        "language": [],
        "time": [],
    },
    "PersonKept.left": None,
    "PersonKept.host": False,
    "PersonKept.line_manager": "",
    "ConversationKept.with": ["Ben"],
    "PersonKept.mails": [{"kind": "introduction", "written": MORNING, "state": "sent"}],
    "Decided.do": "leave",
    "Decided.state": "held",
    "ErasureAnswer.rounds": 3,
    "ErasureAnswer.not_sent": [ROUND],
    "ErasureAnswer.mails": 3,
    "FactChange.field": "teams_apart",
    "FactChange.before": False,
    "FactChange.after": True,
    "RuleCosts.sum": "Drawn today, 2 of 101 people would be left out.",
    "RuleCosts.rules": {"teams_apart": ["This wall leaves 2 people out."]},
    "DryRun.groups": [["ada@example.org", "ben@example.org"]],
    "DryRun.left_out": [],
    "DryRun.shadows": [],
    "DryRun.people": {"ada@example.org": {"name": "Ada Lovelace", "team": "Nursing"}},
    "DryRun.facts": [["Ada would like help with statistics; Ben offers it."]],
    "MessageAnswer.kind": "introduction",
    "SampleAnswer.kind": "introduction",
    "SampleInFull.kind": "introduction",
    "MailEventAnswer.status": "5.1.1",
    "ParticipantAnswer.size": None,
    "AuditAnswer.id": "aud_k8s3f5",
    "AuditAnswer.at": MORNING,
    "AuditAnswer.action": "round.open",
    "AuditAnswer.subject": ROUND,
    "AuditAnswer.detail": {"seed": 7, "send": False},
    "Readiness.status": "ok",
    "Readiness.checks": {"database": {"ok": True}, "worker": {"ok": True}},
    "ProblemKind.kind": "not-found",
    "ProblemKind.status": 404,
    "ProblemKind.title": "There is nothing here by that name.",
}


EMPTY: dict[str, Any] = {"integer": 0, "number": 0.0, "boolean": False, "null": None, "object": {}}


class Examples:
    """Examples of the schemas in one description."""

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas

    def of(self, schema: Mapping[str, Any], name: str = "", owner: str = "") -> Any:
        """A value that fits the schema, as a field of that name would hold it."""
        if (own := schema.get("examples")) or f"{owner}.{name}" in OF:
            return own[0] if own else OF[f"{owner}.{name}"]
        if "$ref" in schema:
            part = schema["$ref"].rpartition("/")[2]
            return self._named(name, self._schemas[part], part)
        if name in VALUES:
            return VALUES[name]
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self.of(options[0], name, owner)
        return self._object(schema, owner) if "properties" in schema else self._plain(schema, name)

    def _named(self, name: str, schema: Mapping[str, Any], part: str) -> Any:
        if words := schema.get("enum"):
            return VALUES[name] if VALUES.get(name) in words else words[0]
        return self.of(schema, "", part)

    def _object(self, schema: Mapping[str, Any], owner: str) -> dict[str, Any]:
        """Every field of an answer; of what is sent, only the fields that must be there."""
        fields, needed = schema.get("properties", {}), set(schema.get("required", ()))
        return {name: self.of(field, name, owner) for name, field in fields.items() if name in needed}

    def _plain(self, schema: Mapping[str, Any], name: str) -> Any:
        if "const" in schema or "enum" in schema:
            return schema.get("const") or schema["enum"][0]
        if schema.get("type") == "array":
            return [self.of(schema["items"], name)]
        if schema.get("format") == "date-time":
            return MORNING
        return {"integer": 0, "number": 0.0, "boolean": False, "null": None, "object": {}}.get(
            schema.get("type", ""), ""
        )
