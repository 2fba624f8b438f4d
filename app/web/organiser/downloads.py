"""Files to be saved: every cell safe for a spreadsheet, whatever somebody typed."""

from collections.abc import Iterable, Sequence

from fastapi.responses import Response

from app.files.cells import csv_text
from app.files.sheets import BOM


def refused(columns: Sequence[str], lines: Iterable[Sequence[str | int]]) -> Response:
    """The lines that cannot be used, with the reason, so that they can be corrected and sent again."""
    text = csv_text(("line", "problem", *columns), ([str(cell) for cell in line] for line in lines))
    return saved("refused.csv", (BOM + text).encode("utf-8", "replace"), "text/csv; charset=utf-8")


def saved(name: str, content: bytes, media_type: str) -> Response:
    """An answer that a browser saves under this name."""
    return Response(content, media_type=media_type, headers=to_save(name))


def to_save(name: str) -> dict[str, str]:
    """What makes a browser save it; the name holds nothing but letters, digits, dots and hyphens."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
