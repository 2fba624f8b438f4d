"""Every kind of mail, with sample data, as its HTML part is."""

import re

from app.web.mail_parts import MAIL_POLICY
from tests.emails.samples import every_kind
from tests.gallery.stage import Sight

SANDBOX = re.compile(r"sandbox[^;]*")


def mails() -> list[Sight]:
    """One of each kind, under the policy by which the demo shows them, but for its sandbox: that is for frames."""
    policy = SANDBOX.sub("", MAIL_POLICY).strip("; ")
    return [
        Sight(f"mail-{kind.replace('_', '-')}", message.html.encode(), policy, mail=True)
        for kind, message in every_kind().items()
    ]
