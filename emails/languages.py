"""Languages: what a page or a mail says in one of them, and how it writes days, times, numbers and lists.

The English of the templates and of the code is the message; a catalogue (GNU gettext's `.po`, read by Babel) has the
same in another language, and what it lacks is said in English. Days, numbers and lists follow Unicode's CLDR by Babel.
A language is an argument: nothing here looks at the server's locale, and no language is current.

Two languages are made, not written, to be tried out with (pseudo-localisation): `en-XA` is English with every letter
accented and each message in brackets, about a third longer; `ar-XB` runs from right to left in Arabic letters. What
stands on a page of theirs in plain letters has escaped the catalogues.
"""

import gettext
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimePattern, format_date, format_time, get_timezone_location, parse_pattern
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from emails.sentences import Either, Period, Phrase, Zone, phrase
from emails.words import clean_name

ENGLISH = "en"
CATALOGUES = Path(__file__).parent / "catalogues"
ACCENTED, MIRRORED = "en-XA", "ar-XB"
# Our English is British: "Thursday 4 December", and twenty-four hours a day.
_RULES = {ENGLISH: "en_GB", ACCENTED: "en_GB", MIRRORED: "ar"}
_DAY_PATTERNS = ("MMMMEEEEd", "MMMMEd", "MMMEd")
# What is no word of ours stays as it is in a made language: commands, placeholders, tags, entities.
_KEPT = re.compile(r"(<code>.*?</code>|%\(\w+\)s|%%|<[^>]*>|&\w+;)")
_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LETTERS = {
    ACCENTED: str.maketrans(_LATIN, "ÅƁÇÐÉƑĜĤÎĴĶĻḾÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž"),
    MIRRORED: str.maketrans(_LATIN, "ابجدهوزحطيكلمنسعفصقرشتثخذضابجدهوزحطيكلمنسعفصقرشتثخذض"),
}


@dataclass(frozen=True)
class Language:
    """One language: its BCP 47 name, CLDR's rules for days and numbers, and where its words are looked up."""

    tag: str
    rules: Locale
    catalogues: Sequence[gettext.NullTranslations] = ()

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`, the value of HTML's dir."""
        return str(self.rules.text_direction)

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return self.tag if self.tag in _LETTERS else str(self.rules.get_language_name() or self.tag)

    def text(self, message: str) -> str:
        """The message in this language, its placeholders untouched."""
        if self.tag == ENGLISH or not message:
            return message  # a catalogue answers nothing with its header
        found = (one.gettext(message) for one in self.catalogues)
        return self._longer(next((said for said in found if said != message), message))

    def texts(self, one: str, many: str, count: int) -> str:
        """The form of the message that goes with the count."""
        usual = one if count == 1 else many
        if self.tag == ENGLISH:
            return usual
        found = (catalogue.ngettext(one, many, count) for catalogue in self.catalogues)
        return self._longer(next((said for said in found if said != usual), usual))

    def say(self, value: Any) -> Any:
        """A phrase, a list of texts, a day, a moment or a whole number in this language; anything else as it is."""
        if type(value) is str:  # most of what is said
            return value
        if isinstance(value, Phrase):
            return self._phrase(value)
        if isinstance(value, Either):
            return self.choice([self.say(one) for one in value])
        if isinstance(value, Period):
            return self.period(value)
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, time):
            return self._made(format_time(value, "short", locale=self.rules))
        if isinstance(value, Zone):
            return self.city(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return self.number(value)
        return self.listing([self.say(one) for one in value]) if isinstance(value, (list, tuple)) else value

    def _phrase(self, value: Phrase) -> str:
        text = self.text(value.message) if value.many is None else self.texts(value.message, value.many, value.number)
        return text % {name: self.say(part) for name, part in value.parts.items()}

    # --- days, numbers, lists ----------------------------------------------------------------------------------------

    def day(self, value: date) -> str:
        """`Thursday 4 December`: by the locale's nearest pattern, its fields at full width (UTS 35, 2.6.2.2)."""
        return self._made(_day(self.rules, value.year, value.month, value.day))

    def weekday(self, value: date) -> str:
        """`Thursday`."""
        return self._made(format_date(value, "EEEE", self.rules))

    def in_full(self, value: date) -> str:
        """`4 December 2026`."""
        return self._made(_in_full(self.rules, value.year, value.month, value.day))

    def month(self, value: date) -> str:
        """`December 2026`."""
        return self._made(str(self.rules.datetime_skeletons["yMMMM"].apply(value, self.rules)))

    def time(self, value: datetime) -> str:
        """`10:00`, in the zone of the value."""
        return self._made(format_time(value, "short", value.tzinfo, self.rules))

    def moment(self, value: datetime) -> str:
        """`Thursday 11 December at 10:00 (London time)`: the hour as the zone of `value` has it, and the zone named."""
        parts = {"day": self.day(value), "time": self.time(value)}
        zone = str(value.tzinfo)
        if zone == "UTC":
            return str(self.say(phrase("%(day)s at %(time)s (UTC)", **parts)))
        return str(self.say(phrase("%(day)s at %(time)s (%(city)s time)", **parts, city=Zone(zone))))

    def stamp(self, value: datetime) -> str:
        """`Thu 3 Dec, 10:00:05`, in the zone of the value: for lists of what a machine did."""
        return self._made(str(parse_pattern("EEE d MMM, HH:mm:ss").apply(value, self.rules)))

    def city(self, zone: str) -> str:
        """`New York`, by which we name the zone America/New_York."""
        return self._made(_city(self.rules, str(zone)))

    def period(self, period: str) -> str:
        """`2026-W48` as `the week of 23 November 2026`, `2026-11` as `November 2026`, `2026-Q4`
        as `October to December 2026`, anything else as it is.
        """
        try:
            if week := re.fullmatch(r"(\d{4})-W(\d{2})", period):
                monday = date.fromisocalendar(int(week[1]), int(week[2]), 1)
                return str(self.say(phrase("the week of %(date)s", date=self.in_full(monday))))
            if month := re.fullmatch(r"(\d{4})-(\d\d)", period):
                return self.month(date(int(month[1]), int(month[2]), 1))
            if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", period):
                first, last = (date(int(quarter[1]), int(quarter[2]) * 3 - back, 1) for back in (2, 0))
                begins = self._made(str(parse_pattern("LLLL").apply(first, self.rules)))
                return str(self.say(phrase("%(first)s to %(last)s", first=begins, last=self.month(last))))
        except ValueError:
            return clean_name(period)  # there is no such week or month: then it is a name
        return clean_name(period)

    def number(self, value: int) -> str:
        """`1,005`."""
        return _number(self.rules, value)

    def listing(self, items: Sequence[str]) -> str:
        """`A`, `A and B`, `A, B and C`."""
        if len(items) < 2:
            return "".join(items)
        return self._made(_list_pattern(self.rules, len(items))).format(*items)

    def choice(self, items: Sequence[str]) -> str:
        """`A`, `A or B`, `A, B or C`."""
        if len(items) < 2:
            return "".join(items)
        places = format_list([f"{{{place}}}" for place in range(len(items))], "or", self.rules)
        return self._made(places).format(*items)

    # --- made languages ----------------------------------------------------------------------------------------------

    def _made(self, text: str) -> str:
        letters = _LETTERS.get(self.tag)
        if letters is None:
            return text
        pieces = _KEPT.split(text)
        return "".join(piece if place % 2 else piece.translate(letters) for place, piece in enumerate(pieces))

    def _longer(self, message: str) -> str:
        """A made message in brackets and a third longer, so that what is cut off or glued together shows."""
        made = self._made(message)
        return f"[{made}{'·' * (len(message) // 3)}]" if self.tag == ACCENTED else made


# --- what CLDR says, looked up once: the same day, number and city stand in every mail of a round ---------------------


@cache
def _day_pattern(rules: Locale) -> DateTimePattern:
    known = rules.datetime_skeletons
    pattern = next((str(known[name].pattern) for name in _DAY_PATTERNS if name in known), "EEEE d MMMM")
    return parse_pattern(re.sub(r"E+", "EEEE", re.sub(r"MMM+", "MMMM", pattern)))


@lru_cache(1024)
def _day(rules: Locale, year: int, month: int, day: int) -> str:
    return str(_day_pattern(rules).apply(date(year, month, day), rules))


@lru_cache(1024)
def _in_full(rules: Locale, year: int, month: int, day: int) -> str:
    return str(format_date(date(year, month, day), "long", rules))


@lru_cache(1024)
def _number(rules: Locale, value: int) -> str:
    return str(format_decimal(value, locale=rules))


@lru_cache(1024)
def _city(rules: Locale, zone: str) -> str:
    return str(get_timezone_location(zone, locale=rules, return_city=True))


@cache
def _list_pattern(rules: Locale, length: int) -> str:
    return format_list([f"{{{place}}}" for place in range(length)], locale=rules)


@cache
def language(tag: str, *folders: Path) -> Language:
    """The language of that BCP 47 name, with the catalogues `<tag>.po` of the folders (without any: our own).

    A region that nobody has written for falls back to its language, and a language in which nothing is written to
    English: nobody gets English words with foreign days.
    """
    names = list(dict.fromkeys((tag, tag.partition("-")[0])))
    files = [folder / f"{name}.po" for folder in folders or (CATALOGUES,) for name in names]
    catalogues = tuple(_read(file) for file in files if file.is_file())
    if not catalogues and tag not in _LETTERS and names[-1] != ENGLISH:
        return language(ENGLISH, *folders)
    try:
        rules = Locale.parse(_RULES.get(tag, tag.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        return language(ENGLISH, *folders)
    return Language(tag, rules, catalogues)


def english() -> Language:
    """The language in which everything is written."""
    return language(ENGLISH)


def written(*folders: Path) -> list[str]:
    """The languages that people have written catalogues in, besides English, in the order of their names."""
    return sorted({file.stem for folder in folders or (CATALOGUES,) for file in folder.glob("*.po")} - {ENGLISH})


def _read(file: Path) -> gettext.GNUTranslations:
    with file.open("rb") as opened:
        catalogue = read_po(opened, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
