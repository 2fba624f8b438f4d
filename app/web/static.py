"""Our stylesheet and drawings: a hash of the content stands in the query, so that browsers may keep them for a year."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.errors import NotFound

FOLDER = Path(__file__).parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
KEEP = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, read when the program starts."""

    content: bytes
    media_type: str

    @property
    def version(self) -> str:
        """What stands in the query."""
        return hashlib.sha256(self.content).hexdigest()[:12]


FILES = {
    path.name: StaticFile(path.read_bytes(), TYPES[path.suffix])
    for path in sorted(FOLDER.iterdir())
    if path.suffix in TYPES
}


def static_url(name: str) -> str:
    """Where a page finds the file; another content has another URL."""
    return f"/static/{name}?v={FILES[name].version}"


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
def static_file(name: str, request: Request) -> Response:
    """One of our files. Raises NotFound."""
    file = FILES.get(name)
    if file is None:
        raise NotFound
    kept = KEEP if request.query_params.get("v") == file.version else ASK_AGAIN
    return Response(file.content, media_type=file.media_type, headers={"Cache-Control": kept})


@router.api_route("/favicon.svg", methods=["GET", "HEAD"])
def favicon() -> Response:
    """The two cups, small."""
    file = FILES["favicon.svg"]
    return Response(file.content, media_type=file.media_type, headers={"Cache-Control": "public, max-age=86400"})
