"""Which Pythons write mail headers that a display name can break out of.

We write headers ourselves and read them again (`emails.mime`), so no mail of ours depends on it: the guard is on for
every version, because sibling faults came later (gh-144125). An old Python is still worth a word to whoever runs it.
"""

import sys

# The first version of each series with the mended library (gh-121650); earlier series get no more mends.
_MENDED = {(3, 11): 10, (3, 12): 5}


def header_fault(version: tuple[int, int, int] | None = None) -> str | None:
    """What is known against the `email` library of a Python, ours if none is given, or None (E5; CVE-2024-6923)."""
    major, minor, micro = version or sys.version_info[:3]
    mended = _MENDED.get((major, minor), 0 if (major, minor) > max(_MENDED) else None)
    if mended is not None and micro >= mended:
        return None
    return (
        f"Python {major}.{minor}.{micro} lets a display name add header lines to a mail (CVE-2024-6923; mended in "
        "3.11.10 and 3.12.5). Every mail is read again before it leaves and stopped if that happened: "
        "the guard is on. A newer Python is better all the same."
    )
