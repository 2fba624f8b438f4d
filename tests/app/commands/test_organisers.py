"""`coffee organiser …`: links instead of passwords, roles, and never without an owner."""

from sqlmodel import select

from app.db import Database
from app.models import AuditEntry, MailKind, OrganiserLink, OutgoingMail
from app.services import organiser_links
from tests.app.commands.conftest import Shell
from tests.conftest import BASE_URL

LINK = f"{BASE_URL}/organiser/link/"


def invited(shell: Shell, email: str, *words: str) -> dict[str, object]:
    made: dict[str, object] = shell("organiser", "invite", email, *words, "--json").json
    assert str(made["link"]).startswith(LINK)
    return made


def test_the_first_one_is_an_owner_others_are_organisers_and_all_are_listed(filled: Shell) -> None:
    first = invited(filled, "Ana@Example.org")
    second = invited(filled, "bo@example.org", "--programme", "eu")
    third = invited(filled, "cleo@example.org", "--role", "safety")
    assert first["roles"] == [{"role": "owner", "programme": None}]
    assert second["roles"] == [{"role": "organiser", "programme": "eu"}]
    assert third["roles"] == [{"role": "safety", "programme": None}]
    listed = filled("organiser", "list", "--json").json["organisers"]
    keys = ("id", "email", "roles", "entered_at")
    assert listed == [{key: one[key] for key in keys} for one in (first, second, third)]
    table = filled("organiser", "list").out
    assert "owner of everything" in table
    assert "organiser of eu" in table


def test_a_known_one_gets_a_fresh_link_and_keeps_the_role_and_the_old_link_is_void(
    filled: Shell, database_url: str
) -> None:
    old = invited(filled, "ana@example.org")
    new = invited(filled, "ana@example.org")
    assert old["roles"] == new["roles"]
    assert old["link"] != new["link"]
    database = Database(database_url)
    with database.reading() as session:
        rows = session.exec(select(OrganiserLink).order_by(OrganiserLink.created_at)).all()  # type: ignore[arg-type]
        assert sorted(row.cancelled_at is None for row in rows) == [False, True]
        assert {row.expires_at - row.created_at for row in rows} == {organiser_links.LIFETIME[rows[0].purpose]}
        assert [entry.actor for entry in session.exec(select(AuditEntry)) if "organiser." in entry.action] == [
            "cli"
        ] * 2
    database.close()


def test_it_is_mailed_where_mail_is_set_up(filled: Shell, database_url: str) -> None:
    assert invited(filled, "ana@example.org")["mailed"] is False
    filled.set(SMTP_URL="smtp://localhost:1", MAIL_FROM="Coffee <coffee@example.org>")
    assert invited(filled, "ana@example.org")["mailed"] is True
    done = filled("organiser", "invite", "ana@example.org")
    assert (done.out.startswith(LINK), done.out.count("\n")) == (True, 1)
    assert "It is on its way by mail too." in done.err
    database = Database(database_url)
    with database.reading() as session:
        mails = session.exec(select(OutgoingMail).where(OutgoingMail.kind == MailKind.SIGN_IN)).all()
        assert {mail.recipient for mail in mails} == {"ana@example.org"}
    database.close()


def test_without_a_programme_there_is_a_link_and_no_mail(shell: Shell) -> None:
    shell.set(SMTP_URL="smtp://localhost:1", MAIL_FROM="Coffee <coffee@example.org>")
    assert invited(shell, "ana@example.org")["mailed"] is False
    assert "No mail was written" in shell("organiser", "invite", "ana@example.org").err


def test_the_last_owner_stays_and_everybody_else_can_be_taken_away(filled: Shell) -> None:
    invited(filled, "ana@example.org")
    bo = invited(filled, "bo@example.org")
    last = filled("organiser", "remove", "ana@example.org")
    assert (last.code, last.err) == (1, "This is the last owner. Make somebody else an owner first.\n")
    assert filled("organiser", "remove", str(bo["id"]), "--json").json["email"] == "bo@example.org"
    assert [one["email"] for one in filled("organiser", "list", "--json").json["organisers"]] == ["ana@example.org"]
    invited(filled, "bo@example.org", "--role", "owner")
    assert filled("organiser", "remove", "ANA@example.org").err == "ana@example.org organises nothing here any more.\n"


def test_an_app_that_is_lost_can_be_forgotten_also_of_the_last_owner(filled: Shell, database_url: str) -> None:
    invited(filled, "ana@example.org")
    invited(filled, "ana@example.org", "--new-app")
    database = Database(database_url)
    with database.reading() as session:
        assert "organiser.forget_app" in {one.action for one in session.exec(select(AuditEntry))}
    database.close()


def test_bad_input_is_named(filled: Shell) -> None:
    assert filled("organiser", "invite", "ana").code == 2
    assert filled("organiser", "remove", "nobody@example.org").err == (
        "There is no such organiser. coffee organiser list names them all.\n"
    )
    nowhere = filled("organiser", "invite", "ana@example.org", "--programme", "nowhere")
    assert (nowhere.code, nowhere.err) == (1, "There is no programme by that name.\n")


def test_the_mails_that_somebody_wants_are_shown_and_changed(filled: Shell) -> None:
    invited(filled, "ana@example.org")
    assert filled("organiser", "mails", "ana@example.org", "--json").json["mails"] == ["round_ready", "not_delivered"]
    changed = filled("organiser", "mails", "ANA@example.org", "--on", "round_so_far", "--off", "not_delivered")
    assert changed.err == "ana@example.org gets: round_ready, round_so_far.\n"
    assert filled("organiser", "mails", "ana@example.org", "--off", "nothing").code == 2
    assert filled("organiser", "mails", "nobody@example.org").code == 1
