"""No sentence escapes the catalogues: what templates say is marked, what is marked is written down, and it is said."""

import re
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import jinja2
import pytest
from jinja2 import nodes

import matching
from app.services import drawing
from matching import left_out

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted([*ROOT.glob("emails/templates/**/*.*"), *ROOT.glob("app/web/templates/**/*.html")])
FOR_DEVELOPERS = {"styleguide.html", "api.html"}
NAMES = re.compile(r"Coffee Trial|^HTML$|^\.eml$|COFFEE_\w+|\bUTC\b|\.ics\b")
ATTRIBUTE = re.compile(r'[\w-]+="[^"]*(?:"|$)')
MARKS = {"_", "gettext", "ngettext"}
JINJA = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True)
LETTERS = re.compile(r"[^\W\d_]")
WORDY = re.compile(r"^[A-Z][a-z]|[a-z]{2,}[,;]? [a-z]{1,}|^(and|or|the|from) | (and|or) $")


def catalogues() -> ModuleType:
    spec = spec_from_loader("catalogues", SourceFileLoader("catalogues", str(ROOT / ".ci" / "catalogues")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("room", ["mails", "pages"])
def test_what_there_is_to_translate_is_written_down(room: str) -> None:
    tool = catalogues()
    file = tool.ROOMS[room][1] / f"{room}.pot"
    assert tool.as_text(tool.found(room)) == file.read_text(encoding="utf-8"), "run .ci/catalogues"


def literals(source: str, plain: bool) -> list[str]:
    """What a template says by itself: its text, and those attributes that are read out or shown."""
    pieces = (
        str(value) if kind == "data" else "\0"
        for _, kind, value in JINJA.lex(source)
        if kind in ("data", "variable_begin", "block_begin")
    )
    text = re.sub(r"<!--.*?-->|<style.*?</style>", "", "".join(pieces), flags=re.DOTALL)
    if plain:
        return [line.strip() for line in re.split(r"[\0\n]", text) if LETTERS.search(NAMES.sub("", line))]
    shown = re.findall(r'(?:aria-label|aria-description|title|placeholder|alt)="([^"]*)"', text)
    shown += re.split(r"[\0\n]", re.sub(r"&\w+;", " ", re.sub(r"<[^>]*>", "\n", text)))
    return [one.strip() for one in shown if LETTERS.search(NAMES.sub("", ATTRIBUTE.sub("", one)))]


def constants(source: str) -> list[str]:
    """Words that stand in a template's code and are not marked."""
    found: list[str] = []

    def walk(node: nodes.Node) -> None:
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in MARKS:
            messages = 2 if node.node.name == "ngettext" else 1
            for part in [*node.kwargs, *node.args[messages:]]:
                walk(part)
            return
        if isinstance(node, nodes.Compare):
            return  # what is compared is not shown
        if isinstance(node, (nodes.Const, nodes.TemplateData)):
            value = getattr(node, "value", None)
            if isinstance(value, str) and WORDY.search(NAMES.sub("", value)):
                found.append(value)
            return
        for child in node.iter_child_nodes():
            walk(child)

    walk(JINJA.parse(source))
    return found


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_says_nothing_that_cannot_be_translated(file: Path) -> None:
    if file.name in FOR_DEVELOPERS:
        return
    source = file.read_text(encoding="utf-8")
    assert literals(source, file.suffix == ".txt") + constants(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        '<a href="{{ x }}">Go on</a>',
        '<p aria-label="Pages">{{ x }}</p>',
        "{{ 'Saved.' if x else y }}",
        "{{ field('name', 'Full name') }}",
        "{% set words = {'a': 'you both'} %}",
        "{{ _('%(who)s met', who='the other') }}",
    ],
)
def test_each_way_to_escape_is_seen(source: str) -> None:
    assert literals(source, plain=False) + constants(source)


def test_mails_can_say_what_the_matcher_knows_and_what_services_write() -> None:
    known = catalogues().found("mails")
    messages = (
        *left_out.REASONS.values(),
        *drawing.WITH_FORMATS.values(),
        drawing.WITH_WALLS,
        matching.WITHOUT_A_GROUP,
    )
    messages += (matching.WOULD_LIKE_HELP, "You share an interest in %(interests)s.", "Can help with %(topics)s.")
    assert [message for message in messages if message not in known] == []
