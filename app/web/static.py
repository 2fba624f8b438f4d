"""Our stylesheets, drawings, letters and the one script: a hash of the content stands in the query, so that browsers
may keep them for a year. What comes from others lies in `static/vendored`, with licences; `.ci/vendor` fetches it anew.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.doors import public
from app.errors import NotFound

FOLDER = Path(__file__).parent / "static"
VENDORED = FOLDER / "vendored"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
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


def _files() -> dict[str, StaticFile]:
    """All of them by name. Stylesheets are last: where they name another file, its hash goes into theirs."""
    found: dict[str, StaticFile] = {}
    paths = [path for folder in (FOLDER, VENDORED) for path in folder.iterdir() if path.suffix in TYPES]
    for path in sorted(paths, key=lambda path: (path.suffix == ".css", path.name)):
        content = path.read_bytes()
        if path.suffix == ".css":
            content = _NAMED.sub(lambda named: _url(named[1].decode(), found).encode(), content)
        found[path.name] = StaticFile(content, TYPES[path.suffix])
    return found


def _url(name: str, files: dict[str, StaticFile]) -> str:
    return f"/static/{name}?v={files[name].version}"


_NAMED = re.compile(rb"(?<=url\(\")([a-z0-9.-]+)(?=\"\))")
FILES = _files()


def static_url(name: str) -> str:
    """Where a page finds the file; another content has another URL."""
    return _url(name, FILES)


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
@public
def static_file(name: str, request: Request) -> Response:
    """One of our files. Raises NotFound."""
    file = FILES.get(name)
    if file is None:
        raise NotFound
    kept = KEEP if request.query_params.get("v") == file.version else ASK_AGAIN
    return Response(file.content, media_type=file.media_type, headers={"Cache-Control": kept})


@router.api_route("/favicon.svg", methods=["GET", "HEAD"])
@public
def favicon() -> Response:
    """The two cups, small."""
    file = FILES["favicon.svg"]
    return Response(file.content, media_type=file.media_type, headers={"Cache-Control": "public, max-age=86400"})
