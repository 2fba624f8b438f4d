"""Random ids, mailed tokens and organiser keys.

A mailed token is HMAC-SHA256 over a random id with a key derived from the secret key: the mail can be rendered again at
any time, while the database keeps only the id and a hash of the token, so that a stolen database opens no link. An
organiser key is 256 random bits behind a public part; a slow hash would add nothing to that.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

KEY_PREFIX = "coffee"


def _text(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def new_id(prefix: str) -> str:
    """A random id such as `rnd_q3f…`: 128 bits, safe in links, says what it names."""
    return f"{prefix}_{_text(secrets.token_bytes(16))}"


def ids_together(prefix: str) -> Callable[[], str]:
    """A maker of random ids for many rows at once: 40 bits are shared, 88 each one's own. They lie side by side in an
    index, so that writing them touches few of its pages; of a table of a hundred thousand rows random ones touch all.
    """
    shared = _text(secrets.token_bytes(5))
    return lambda: f"{prefix}_{shared}{_text(secrets.token_bytes(11))}"


def new_seed() -> int:
    """A seed for a round that nobody chose: 0 <= seed < 2**53, so that JavaScript reads it unharmed too."""
    return secrets.randbelow(2**53)


def digest(text: str) -> str:
    """SHA-256 of `text` in hexadecimal: how secrets of full entropy rest in the database."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def derive_key(secret_key: str, purpose: str) -> bytes:
    """32 bytes for one purpose, so that what is signed for one can never serve another."""
    return hmac.digest(secret_key.encode(), f"coffee-trial/{purpose}".encode(), "sha256")


def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA256 in hexadecimal: names something to whoever has the key, and to nobody else."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def mailed_token(secret_key: str, token_id: str) -> str:
    """The secret that stands in a mailed link, from the id of its row."""
    return _text(hmac.digest(derive_key(secret_key, "mailed-link"), token_id.encode(), "sha256"))


def organiser_token(secret_key: str, link_id: str) -> str:
    """The secret that stands in a link which lets an organiser in, from the id of its row."""
    return _text(hmac.digest(derive_key(secret_key, "organiser-link"), link_id.encode(), "sha256"))


def new_token() -> str:
    """256 random bits for a cookie."""
    return _text(secrets.token_bytes(32))


def factor_key(secret_key: str, factor_id: str) -> str:
    """The key of a second factor (RFC 6238) in Base32, 160 bits as RFC 4226 4 asks, from its id. It is kept nowhere."""
    return _text(hmac.digest(derive_key(secret_key, "second-factor"), factor_id.encode(), "sha256")[:20]).upper()


def new_recovery_code() -> str:
    """`abcd-efgh-ijkl-mnop`: 80 random bits that somebody can write down."""
    letters = _text(secrets.token_bytes(10))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


@dataclass(frozen=True, slots=True)
class NewKey:
    """An organiser key just made: `secret` is shown once and kept nowhere."""

    public: str
    secret: str

    @property
    def hash(self) -> str:
        """What the database keeps."""
        return digest(self.secret)


def new_organiser_key() -> NewKey:
    """A key `coffee_<public>_<secret>` with 256 secret bits."""
    public = _text(secrets.token_bytes(6))[:8]
    return NewKey(public=public, secret=f"{KEY_PREFIX}_{public}_{_text(secrets.token_bytes(32))}")


def public_part(secret: str) -> str | None:
    """The part of an organiser key by which its row is found, or None when it is not shaped like one."""
    parts = secret.split("_")
    return parts[1] if len(parts) == 3 and parts[0] == KEY_PREFIX and secret.isascii() else None


def same_secret(secret: str, hashed: str) -> bool:
    """Whether `secret` has this hash, in constant time."""
    return hmac.compare_digest(digest(secret), hashed)


def return_tag(secret_key: str, mail_id: str) -> str:
    """What stands behind the + of a mail's envelope sender (VERP): names the mail, and cannot be made by a stranger.

    42 letters and digits, the same in lower and upper case: the id's random part and 80 bits of HMAC-SHA256.
    """
    name = mail_id.removeprefix("msg_")
    return name + _return_mark(secret_key, name)


def mail_of_tag(secret_key: str, tag: str) -> str | None:
    """The id of the mail that a tag names, or None when it is not one of ours."""
    name, mark = tag.lower()[:-16], tag.lower()[-16:]
    if not name or not tag.isascii() or not hmac.compare_digest(_return_mark(secret_key, name), mark):
        return None
    return f"msg_{name}"


def _return_mark(secret_key: str, name: str) -> str:
    return _text(hmac.digest(derive_key(secret_key, "return-tag"), name.encode(), "sha256")[:10])
