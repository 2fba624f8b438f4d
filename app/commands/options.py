"""Options that many commands share, so that they read the same everywhere."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON on standard output, and nothing else there.")]
Url = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Ask a remote service instead of the database; its key is in COFFEE_API_KEY."),
]
Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The programme.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is done.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="OURS=HEADING", help='Which column is which: name="Full name"; repeatable.'),
]
