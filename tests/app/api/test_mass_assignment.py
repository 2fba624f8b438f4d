"""Nothing can be set from outside that no schema names, and nothing leaves that no answer names."""

from sqlmodel import SQLModel

from tests.app.api.door import Door, kind, problem

ALLOWED = {
    "POST /programmes": {
        *("draw_every", "pauses", "sends_itself", "odd_one"),
        *("slug", "name", "purpose", "rhythm", "next_draw_on", "contact_name", "contact_email", "time_zone", "state"),
        *("group_size", "interest_rule", "quality", "shadows", "teams_apart", "no_repeat_for", "success", "joining"),
        *("remind_after", "check_in_after", "check_in_again_after", "outcome_after", "announce_before", "hold_after"),
        *("welcome_back", "mails_a_round", "mail_from_hour", "mail_until_hour"),
        *("opens_on", "capacity", "invitation_only", "domains", "lines_apart"),
        *("sponsor_name", "sponsor_role", "sponsor_words", "sponsor_email"),
        *("conduct", "safe_name", "safe_email", "controller"),
        *("intro_opening", "intro_closing", "intro_subject"),
    },
    "POST /programmes/demo/rounds": {"period", "seed", "send", "dry_run"},
    "PATCH /participants/{person}": {
        *("name", "email", "team", "size", "topics", "state", "paused_until", "skip_next", "often", "format"),
        *("time_zone", "locale", "host", "may_sit_out", "manager_email"),
    },
    "POST /programmes/demo/imports": {
        *("people", "history", "blocks", "knows", "active", "skip_bad", "sync", "leavers", "confirm_leavers")
    },
    "POST /programmes/demo/blocks": {"a", "b"},
    "POST /programmes/demo/blocks/lift": {"a", "b"},
    "PATCH /rounds/{round}/words": {"intro_opening", "intro_closing", "intro_subject"},
    "POST /rounds/{round}/approve": set(),
    "POST /rounds/{round}/send": set(),
    "POST /messages/{message}/resend": set(),
    "POST /messages/{message}/leave": set(),
    "POST /messages/{message}/rematch": set(),
    "POST /rounds/{round}/messages": {"do", "state", "dry_run"},
    "POST /programmes/demo/messages": {"do", "state", "dry_run"},
}
ALLOWED["PATCH /programmes/demo"] = ALLOWED["POST /programmes"] - {"slug"}
PERSON = {
    *("email", "name", "team", "id", "location", "interests", "asks", "offers", "languages", "times"),
    *("size", "trios", "sat_out", "paused_until", "formats", "access", "time_zone", "manager_email"),
}


def columns() -> set[str]:
    return {column.name for table in SQLModel.metadata.tables.values() for column in table.columns}


def test_no_column_of_any_table_is_taken_where_the_schema_does_not_name_it(sqlite_door: Door) -> None:
    person = sqlite_door.world.people(2)[0].id
    round_id = sqlite_door.drawn()
    message = sqlite_door.get(f"/rounds/{round_id}/messages").json()["messages"][0]["id"]
    before = [
        sqlite_door.get(path).text for path in ("/programmes", "/programmes/demo/participants", f"/rounds/{round_id}")
    ]
    names = columns() | {"organisation", "is_admin", "__proto__", "constructor", "scopes"}
    assert len(names) > 80
    for call, allowed in ALLOWED.items():
        method, _, path = call.partition(" ")
        path = path.format(person=person, round=round_id, message=message)
        unknown = names - allowed
        answer = sqlite_door.call(method, path, idem=call, json=dict.fromkeys(sorted(unknown), 1))
        places = {one.get("pointer") for one in problem(answer)["errors"] if one["detail"] == "is not known here."}
        assert places == ({f"#/{name}" for name in unknown} if allowed else set()), call
        assert kind(answer) == (422, "bad-input"), call
    unknown = names - PERSON
    body = {"people": [{"email": "a@example.org", "name": "A"} | dict.fromkeys(sorted(unknown), 1)]}
    answer = sqlite_door.post("/programmes/demo/imports", body, idem="row")
    assert {one["pointer"] for one in problem(answer)["errors"]} == {f"#/people/0/{name}" for name in unknown}
    after = [
        sqlite_door.get(path).text for path in ("/programmes", "/programmes/demo/participants", f"/rounds/{round_id}")
    ]
    assert after == before


def test_the_fields_that_leave_are_these(sqlite_door: Door) -> None:
    """A field more is a decision, not an accident: add it here too."""
    schemas = sqlite_door.app.openapi()["components"]["schemas"]
    answers = {
        name: sorted(schema["properties"])
        for name, schema in schemas.items()
        if name
        in (
            "ParticipantAnswer",
            "Member",
            "LeftOut",
            "MessageAnswer",
            "ProgrammeAnswer",
            "BlockAnswer",
            "BlockedPerson",
        )
    }
    assert answers == {
        "BlockAnswer": ["a", "b"],
        "BlockedPerson": ["email", "id", "name"],
        "LeftOut": ["id", "name", "reason", "team"],
        "Member": ["email", "id", "name", "team", "writes_first"],
        "MessageAnswer": [
            *("address", "answer", "attempts", "finished_at", "id", "kept", "kind", "last_event"),
            *("next_try_at", "participant", "released_at", "state", "useful_until", "written_at"),
        ],
        "ParticipantAnswer": [
            *("access", "confirmed_at", "created_at", "email", "format", "host", "id", "in_next", "known_as"),
            *("left_at", "locale", "location", "manager_email", "may_sit_out", "name", "often", "size", "skip_next"),
            *("state", "team", "time_zone"),
            "topics",
        ],
        "ProgrammeAnswer": [
            *("announce_before", "capacity", "check_in_after", "check_in_again_after", "conduct", "contact_email"),
            *("contact_name", "controller", "domains", "draw_every", "group_size", "hold_after", "id"),
            *(
                "interest_rule",
                "intro_closing",
                "intro_opening",
                "intro_subject",
                "invitation_only",
                "joining",
                "lines_apart",
                "mail_from_hour",
                "mail_until_hour",
            ),
            *("mails_a_round", "name", "next_draw_on", "next_draws", "no_repeat_for", "odd_one", "opens_on"),
            *("outcome_after", "page"),
            *("pauses", "people", "purpose", "quality", "remind_after", "rhythm", "safe_email", "safe_name"),
            *("sends_itself", "shadows", "slug", "sponsor_email", "sponsor_name", "sponsor_role"),
            *("sponsor_stopped_at", "sponsor_words", "state"),
            *("success", "teams_apart", "time_zone", "welcome_back"),
        ],
    }
