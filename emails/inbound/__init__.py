"""What comes back about our mails: bounces, delays, complaints, replies of machines. Bytes in, one frozen `Report` out.

reading ──▶ complaints (RFC 5965) ▶ reports (RFC 3464, 6533) ▶ replies (RFC 3834) ▶ odd (flufl.bounce) ──▶ Report

What is read here was written by strangers. Nothing is believed: a `Report` says what the bytes claim and which tag they
carry, and whoever acts on it first checks the tag. Sizes, parts and time are bounded (see `reading`), and no bytes
raise anything.
"""

from emails.inbound.read import read
from emails.inbound.reading import LARGEST, MOST_PARTS, SECONDS
from emails.inbound.report import Kind, Report
from emails.inbound.status import judge
from emails.inbound.tags import find_tag

__all__ = ["LARGEST", "MOST_PARTS", "SECONDS", "Kind", "Report", "find_tag", "judge", "read"]
