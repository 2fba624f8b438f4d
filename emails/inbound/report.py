"""What a message that came back says, as a value."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["hard", "soft", "complaint", "auto_reply", "delayed", "delivered", "nothing"]


@dataclass(frozen=True, slots=True)
class Report:
    """`hard`: no mail will ever arrive there. `soft`: this one did not, the next one may. `complaint`: called spam.
    `auto_reply`, `delayed`, `delivered`: good to know. `nothing`: anything else, such as a person's own words.

    `tag` is what stands behind the + of the address that the report went to, unchecked. `status` is an enhanced status
    code (RFC 3463) or empty; `recipient_hint` whom the report names; `diagnostic` a few words of the server, for the
    moment only: they are a stranger's.
    """

    kind: Kind
    tag: str = ""
    status: str = ""
    recipient_hint: str = ""
    diagnostic: str = ""
