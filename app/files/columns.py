"""Which column of a file of people is taken for what: by our names, by what other programs and languages call them, or
as the organiser says. Each guess is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from app.files.headers import LONGEST_LIST, column_name
from app.files.verdicts import Verdict, file_error, shown

if TYPE_CHECKING:
    from app.files.table import Record, Records, Table

GUESSES = {
    "email": (
        *("e_mail", "mail", "email_address", "e_mail_address", "mail_address", "work_email", "work_e_mail"),
        *("e_mail_adresse", "emailadresse", "email_adresse", "mailadresse", "courriel", "adresse_e_mail"),
        *("adresse_mail", "correo", "correo_electrónico", "correo_electronico", "indirizzo_e_mail", "e_post"),
        *("user_principal_name", "userprincipalname"),
    ),
    "name": (
        *("full_name", "fullname", "display_name", "displayname", "employee_name", "person", "participant"),
        *("vollständiger_name", "anzeigename", "nom_complet", "nombre_completo", "nome_completo"),
    ),
    "team": (
        *("department", "dept", "division", "business_unit", "org_unit", "organisation", "organization"),
        *("abteilung", "bereich", "département", "service", "équipe", "equipo", "departamento", "reparto"),
    ),
    "id": ("external_id", "employee_id", "employee_number", "staff_id", "staff_number", "personalnummer", "matricule"),
    "location": ("site", "office", "city", "standort", "ort", "lieu", "ciudad", "sede"),
    "languages": ("language", "sprachen", "sprache", "langues", "langue", "idiomas"),
    "time_zone": ("timezone", "zeitzone", "fuseau_horaire", "zona_horaria"),
    "manager_email": (
        *("manager_e_mail", "line_manager_email", "line_manager_e_mail", "manager_mail", "manager_email_address"),
        *("supervisor_email", "manager", "line_manager", "reports_to", "supervisor", "vorgesetzte", "vorgesetzter"),
        *("führungskraft", "responsable", "manager_direct", "n_1", "jefe", "jefe_directo"),
    ),
}
"""What a column is called elsewhere; read only where there is none of our name, and of several the first counts."""

OF_ADDRESSES = ("manager_email",)
"""Of these a heading says too little: many lists have managers by name, which say nothing here and are no mistake."""
OTHERS = {*GUESSES, *GUESSES["manager_email"]}
"""Where no heading says which column holds the address of each person, it is
the only one of addresses, but none of these."""
SOMEBODY_ELSES = re.compile(
    "manager|supervisor|boss|chef|vorgesetzt|führungskraft|leiter|leitung|responsable|jefe|superior|capo|reports_to"
    "|emergency|notfall|urgence|emergencia|assistant|assistenz|sekret|secret|mentor|buddy|sponsor|owner|created|invited"
)
"""Parts of headings beside which addresses are those of others: mail to them would be about somebody else."""
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
FIRST = ("first_name", "firstname", "given_name", "givenname", "forename", "vorname", "prénom", "prenom", "nombre")
LAST = ("last_name", "lastname", "surname", "family_name", "nachname", "familienname", "nom_de_famille", "apellidos")
WITH_A_FIRST_NAME = ("name", "nom", "apellido")
"""Beside a first name these hold the surname, unless they hold both."""
LOOKED_AT, MOST = 50, 0.8
JOINED, MOST_JOINED = "+", 3


def taken(table: Table, wanted: Mapping[str, str], known: Sequence[str]) -> tuple[Table, list[Verdict]]:
    """The table with its columns under our names, and a note on each that was guessed.

    `wanted` says which heading is which of ours, `known` are all that there are; two headings with a + between them are
    put together. A heading that is not there makes the file unusable: better than to read another one.
    """
    verdicts: list[Verdict] = []
    if table.broken:
        return table, verdicts
    for ours, heading in wanted.items():
        table = _as_told(table, ours, heading, known, verdicts)
    for ours, others in GUESSES.items():
        place = _place(table, ours, others, known) if ours not in table.columns else None
        if place is not None:
            verdicts.append(_note(table, ours, [place]))
            table = _take(table, ours, [place])
    return ("name" not in wanted and _names(table, verdicts)) or table, verdicts


FIRST_NAME, LAST_NAME = "first_name", "last_name"


def guessed(table: Table, known: Sequence[str]) -> dict[int, str]:
    """Which column is probably which of ours, by place; a first and a last name go together as a name."""
    found = {place: column for place, column in enumerate(table.columns) if column in known}
    for ours, others in GUESSES.items():
        place = _place(table, ours, others, known) if ours not in found.values() else None
        if place is not None:
            found[place] = ours
    places = _name_places(table)
    if places is None or ("name" in found.values() and "name" not in table.columns):
        return found
    found = {place: ours for place, ours in found.items() if ours != "name"}
    return found | dict(zip(places, (FIRST_NAME, LAST_NAME) if len(places) == 2 else ("name",), strict=True))


def _place(table: Table, ours: str, others: Sequence[str], known: Sequence[str]) -> int | None:
    """Which column is probably that one of ours, by its heading and, where that says too little, by what it holds."""
    places = [table.columns.index(other) for other in others if other in table.columns]
    if ours in OF_ADDRESSES:
        places = [place for place in places if place in _of_addresses(table)]
    if ours == "email" and not places:
        taken = {*OTHERS, *known}
        places = [place for place in _of_own_addresses(table) if table.columns[place] not in taken]
        return places[0] if len(places) == 1 and not SOMEBODY_ELSES.search(table.columns[places[0]]) else None
    return next(iter(places), None)


def _of_addresses(table: Table) -> list[int]:
    """The columns in which all that is filled in has an @, by the first lines."""
    filled = ([text for text in texts if text] for texts in _first_cells(table))
    return [place for place, texts in enumerate(filled) if texts and all("@" in text for text in texts)]


def _of_own_addresses(table: Table) -> list[int]:
    """The columns in which nearly every line has an address, and nearly each another: that of a manager comes again."""
    found = []
    for place, texts in enumerate(_first_cells(table)):
        own = [text.casefold() for text in texts if _ADDRESS.fullmatch(text)]
        if own and len(own) >= MOST * len(texts) and len(set(own)) >= MOST * len(own):
            found.append(place)
    return found


def _first_cells(table: Table) -> list[list[str]]:
    """What stands in each column, by the first lines; nothing for a line that is too short."""
    lines = [record[1] for record in islice(table.records(), 1, LOOKED_AT) if isinstance(record, tuple)]
    return [
        [cells[place].strip() if len(cells) > place else "" for cells in lines] for place in range(len(table.columns))
    ]


def chosen(table: Table, columns: Mapping[int, str]) -> Table:
    """The table with nothing but the columns that were chosen, by place, under our names."""
    ours = {name: place for place, name in columns.items() if place < len(table.columns)}
    parts = [ours.pop(part) for part in (FIRST_NAME, LAST_NAME) if part in ours]
    named = {place: name for name, place in ours.items()}
    if parts:
        named[parts[0]] = "name"
    headings = tuple(named.get(place, "") for place in range(len(table.columns)))
    return replace(table, columns=headings, records=_joined(table.records, parts) if len(parts) > 1 else table.records)


def _as_told(table: Table, ours: str, heading: str, known: Sequence[str], verdicts: list[Verdict]) -> Table:
    if ours not in known:
        remedy = f"These can be named: {', '.join(known)}."
        verdicts.append(file_error(table.name, f"{shown(ours)} is no column that we know.", remedy, table.header_line))
        return table
    parts = [heading] if column_name(heading) in table.columns else heading.split(JOINED, MOST_JOINED)
    places = [table.columns.index(name) for part in parts if (name := column_name(part)) in table.columns and name]
    if len(places) == len(parts) <= MOST_JOINED:
        return _take(table, ours, places)
    found = shown(", ".join(filter(None, table.headings)), LONGEST_LIST)[1:-1]
    problem = f"There is no column {shown(heading)} to be taken for {ours}; found: {found}."
    verdicts.append(file_error(table.name, problem, "Write it as it stands in the first line.", table.header_line))
    return table


def _names(table: Table, verdicts: list[Verdict]) -> Table | None:
    """The table with first and last names put together, where they stand apart."""
    places = _name_places(table)
    if places is None:
        return None
    verdicts.append(_note(table, "name", places))
    return _take(table, "name", places)


def _name_places(table: Table) -> list[int] | None:
    """Where the first and the last name stand, if they stand apart."""
    first = next((table.columns.index(one) for one in FIRST if one in table.columns), None)
    last = next((table.columns.index(one) for one in LAST if one in table.columns), None)
    if first is None and (last is None or "name" in table.columns):
        return None
    if first is not None and last is None:
        last = next((table.columns.index(one) for one in WITH_A_FIRST_NAME if one in table.columns), None)
        if last is not None and _holds_both(table, first, last):
            return None
    elif "name" in table.columns:
        return None
    return [place for place in (first, last) if place is not None]


def _holds_both(table: Table, first: int, last: int) -> bool:
    """Whether the column beside the first names holds the whole name, by the first lines."""
    lines = (record[1] for record in islice(table.records(), 1, LOOKED_AT) if isinstance(record, tuple))
    pairs = [(cells[first].strip(), cells[last].split()) for cells in lines if len(cells) > max(first, last)]
    return any(name and len(words) > 1 and name.split()[0] in words for name, words in pairs)


def _take(table: Table, ours: str, places: Sequence[int]) -> Table:
    """The table with the cells of these columns, put together, under our name."""
    columns = ["" if column == ours or place in places else column for place, column in enumerate(table.columns)]
    columns[places[0]] = ours
    records = table.records if len(places) == 1 else _joined(table.records, places)
    return replace(table, columns=tuple(columns), records=records)


def _joined(records: Records, places: Sequence[int]) -> Callable[[], Iterator[Record | Verdict]]:
    def joined() -> Iterator[Record | Verdict]:
        for record in records():
            if isinstance(record, Verdict) or len(record[1]) <= max(places):
                yield record
                continue
            line, cells = record
            whole = " ".join(filter(None, (cells[place].strip() for place in places)))
            yield line, [whole if place == places[0] else cell for place, cell in enumerate(cells)]

    return joined


def _note(table: Table, ours: str, places: Sequence[int]) -> Verdict:
    headings = " and ".join(shown(table.headings[place]) for place in places)
    problem = f"{headings} {'is' if len(places) == 1 else 'are'} taken for it."
    remedy = f"If that is wrong, say which column it is: --map {ours}=… (in the API: map)."
    return Verdict(table.name, table.header_line, ours, "note", problem, remedy)
