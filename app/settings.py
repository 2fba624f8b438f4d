"""Every setting, typed, with a sentence of explanation. Built in `cli` or `main` and passed on; never a global.

Each setting is an environment variable `COFFEE_…` (or a line of `.env`); a secret can also stand in a file named by
`COFFEE_…_FILE`.
"""

import os
import secrets
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.errors import NotConfigured
from app.languages import known

PREFIX = "COFFEE_"
LONGEST_WINDOW = 31 * 86_400
"""Seconds that a rate may look back: what is counted is kept as long."""


class FileSource(PydanticBaseSettingsSource):
    """Reads `COFFEE_NAME_FILE`: the content of that file, without the last line end, is the value of NAME."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        del field  # the name says all
        name = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(name)
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise NotConfigured(f"{name} names {path}, which cannot be read: {error}") from error

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """What a running Coffee Trial can be told."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
    )

    database_url: str = Field("sqlite:///coffee.db", description="SQLAlchemy URL; PostgreSQL for more than one process")
    base_url: str = Field("http://localhost:8000", description="what links in mails begin with")
    secret_key: SecretStr | None = Field(None, description="signs and keys; at least 32 characters; needed to serve")
    smtp_url: SecretStr | None = Field(None, description="the mail server; without one, mails wait in the outbox")
    mail_from: str | None = Field(None, description="sender of every mail, `Coffee Trial <coffee@example.org>`")
    organisation_name: str = Field("Our organisation", max_length=200, description="who runs the programmes")
    auto_migrate: bool = Field(True, description="bring the database to head when serving or working starts")
    worker_id: str = Field(
        "worker-1", pattern=r"^[A-Za-z0-9._-]{3,40}$", description="fixed name of this worker, one each"
    )
    mail_rate: float = Field(20.0, gt=0, le=10_000, description="mails a second that all workers together hand over")
    mail_burst: int = Field(20, ge=1, le=1000, description="how many mails may go at once after a quiet while")
    mail_domain_rate: float = Field(0.0, ge=0, le=1_000_000, description="mails a minute to one domain; 0 is no cap")
    mail_uncertain: str = Field(
        "hold",
        pattern=r"^(hold|resend)$",
        description="an introduction that may have arrived: `hold` it for a word, or `resend` with the same Message-ID",
    )
    mail_idempotency_header: str | None = Field(
        None, pattern=r"^[A-Za-z0-9-]{1,60}$", description="header by which the provider drops repeats, if it has one"
    )
    mail_return_path: str | None = Field(
        None, description="where bounces go, `bounces@example.org`; each mail adds a tag of its own behind a +"
    )
    inbound_secret: SecretStr | None = Field(
        None, description="signs bounces that come in by webhook; at least 32 characters; without one the door is shut"
    )
    inbound_imap_url: SecretStr | None = Field(
        None, description="a mailbox to look into for bounces, `imaps://user:password@host/INBOX`"
    )
    witness: Path | None = Field(
        None, description="file outside the database that notices a restored copy; beside the file on SQLite"
    )
    keep_mail_days: int = Field(30, ge=1, le=365, description="days that the words of a finished mail are kept")
    keep_concern_days: int = Field(
        30, ge=7, le=365, description="days that the words of what somebody said is wrong are kept once they are sent"
    )
    keep_feedback_days: int = Field(365, ge=30, le=3650, description="days that words of feedback are kept")
    keep_audit_days: int = Field(365, ge=30, le=3650, description="days that the audit is kept")
    log_level: str = Field("INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$", description="how much the log tells")
    trusted_proxies: str = Field("", description="addresses of proxies whose X-Forwarded-For is believed, by comma")
    requests_per_address: str = Field("4/hour;10/day", description="mails that strangers may ask for to one mailbox")
    requests_per_domain: str = Field("750/hour;3000/day", description="mails that strangers may ask for to one domain")
    requests_per_source: str = Field("500/hour;2000/day", description="forms that ask for a mail from one network")
    requests_in_all: str = Field("1000/hour;4000/day", description="forms that ask for a mail, from everywhere")
    api_rate: str = Field("600/minute", description="calls of the API that one key may make")
    languages: str = Field("en", description="languages that are offered, by comma; the first where no other fits")
    demo: bool = Field(False, description="the demo with its mail catcher; never for real people")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then files named by it, then `.env`."""
        del file_secret_settings  # ours names each file
        return init_settings, env_settings, FileSource(settings_cls), dotenv_settings

    @field_validator("base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or " " in value:
            raise ValueError("must be an address such as https://coffee.example.org, without ? and #")
        return value.rstrip("/")

    @field_validator("languages")
    @classmethod
    def _written_languages(cls, value: str) -> str:
        tags = [tag.strip() for tag in value.split(",")]
        if unknown := [tag for tag in tags if tag not in known()]:
            raise ValueError(f"{unknown[0]!r} is none of the languages there are: {', '.join(known())}")
        return ",".join(tags)

    @field_validator("mail_from")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and ("@" not in parseaddr(value)[1] or not value.isprintable()):
            raise ValueError("must be a sender such as: Coffee Trial <coffee@example.org>")
        return value

    @field_validator("mail_idempotency_header")
    @classmethod
    def _no_header_of_mail(cls, value: str | None) -> str | None:
        if value is not None and "idempot" not in value.lower() and not value.lower().startswith("x-"):
            raise ValueError("must be a provider's own header, such as Resend-Idempotency-Key or X-Entity-Ref-ID")
        return value

    @field_validator("mail_return_path")
    @classmethod
    def _a_mailbox(cls, value: str | None) -> str | None:
        local, at, domain = (value or "a@b").rpartition("@")
        if not (at and local and domain) or not (local + domain).isascii() or "+" in local or " " in local:
            raise ValueError("must be an address without a +, such as bounces@example.org")
        return value

    @field_validator(
        "requests_per_address", "requests_per_domain", "requests_per_source", "requests_in_all", "api_rate"
    )
    @classmethod
    def _rates(cls, value: str) -> str:
        from limits import parse_many  # an eighth of a second: only where a rate is set

        said = "must be rates such as 20/hour;100/day, each at least 1, and of at most 31 days"
        try:
            rates = parse_many(value)
        except ValueError:
            raise ValueError(said) from None
        if any(rate.amount < 1 or not 0 < rate.get_expiry() <= LONGEST_WINDOW for rate in rates):
            raise ValueError(said)
        return value

    @field_validator("secret_key", "inbound_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError(f"needs at least 32 characters; for example {secrets.token_urlsafe(32)}")
        return value

    @property
    def secret(self) -> str:
        """The secret key, or a refusal that says how to set one."""
        if self.secret_key is None:
            raise NotConfigured(
                "COFFEE_SECRET_KEY is not set. Take 32 random characters or more, keep them, and set them: "
                'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
        return self.secret_key.get_secret_value()

    @property
    def on_sqlite(self) -> bool:
        """Whether one file is the database, and one process the whole service."""
        return self.database_url.startswith("sqlite")

    @property
    def witness_file(self) -> Path | None:
        """Where the witness stands: named, or beside the file on SQLite; none otherwise."""
        if self.witness is not None or not self.on_sqlite:
            return self.witness
        path = urlsplit(self.database_url).path.removeprefix("/")
        return Path(path).with_name(f"{Path(path).stem}-witness.json") if path and path != ":memory:" else None

    @property
    def sends_mail(self) -> bool:
        """Whether mails can leave: a server and a sender are set."""
        return self.smtp_url is not None and bool(self.mail_from)
