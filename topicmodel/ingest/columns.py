"""Which column plays which role: named by the user, or guessed from usual names."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache

from topicmodel.errors import DumpError

_MOST_SHOWN = 12


@dataclass(frozen=True)
class ColumnChoice:
    """Columns named by the user; whatever is left out is guessed, save the label."""

    id: str | None = None
    text: tuple[str, ...] = ()
    """The first is the title, the others are the description."""
    label: str | None = None
    """The true category; several columns, separated by commas, are its levels."""
    image: str | None = None


@dataclass(frozen=True)
class Roles:
    """Which columns of one file play which role."""

    id: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    description: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    """Columns that hold an object of attributes."""

    @property
    def has_text(self) -> bool:
        """Whether any column holds text that can be embedded."""
        return bool(self.title or self.description)

    @cached_property
    def columns(self) -> frozenset[str]:
        """All columns that have a role."""
        return frozenset(name for names in self.as_mapping().values() for name in names)

    def as_mapping(self) -> dict[str, tuple[str, ...]]:
        """Role -> its columns; roles without a column are left out."""
        pairs = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {role: names for role, names in pairs if names}


def choose_roles(columns: Mapping[str, bool], choice: ColumnChoice) -> Roles:
    """The roles of a file's columns: what the user named, and guesses for the rest.

    A single text column with a usual name for descriptions is the description, not the title.

    Args:
        columns: name -> whether it holds anything; empty columns are guessed last.
        choice: what the user named.
    """
    named = {name: _find(name, columns) or name for name in _named(choice)}
    text = tuple(named[name] for name in choice.text)
    free = _without(columns, named.values())
    title, description = _split_text(text) if text else _guess_text(free)
    free = _without(free, (*title, *description))
    return Roles(
        id=(named[choice.id],) if choice.id else _guess(ID_NAMES, free),
        title=title,
        description=description,
        label=tuple(named[name] for name in _levels(choice.label)),
        image=(named[choice.image],) if choice.image else _guess(IMAGE_NAMES, free),
        attributes=_guess_all(ATTRIBUTE_NAMES, free),
    )


def check_named_columns(columns: Collection[str], choice: ColumnChoice) -> None:
    """See that every named column is among the columns of the dump.

    Raises:
        DumpError: one is not; the message has the flag and the nearest names.
    """
    for name, flag in _named(choice).items():
        if _find(name, columns) is None:
            raise DumpError(f"There is no column {name!r} for {flag}. {_near(name, columns)}")


def no_text_column(columns: Collection[str]) -> DumpError:
    """The error for a dump in which no column looks like text."""
    return DumpError(
        "No column has a usual name for a title or a description. "
        f"{_list(columns)} Name one or more with --text."
    )


def describe(roles: Iterable[Roles]) -> dict[str, str]:
    """Role -> the names of its columns as text; "one or other" where files differ."""
    found: dict[str, dict[str, None]] = {}
    for each in roles:
        for role, names in each.as_mapping().items():
            found.setdefault(role, {})[" + ".join(names)] = None
    return {role: " or ".join(names) for role, names in found.items()}


@lru_cache(maxsize=65_536)
def leaks_the_label(name: str, *, flat: bool) -> bool:
    """Whether an attribute of that name would give a product's true category away.

    `flat` is for columns of a table, where "type" usually is a category; among the attributes of a
    product it is a property like any other.
    """
    key = normalise(name)
    if key in LABEL_NAMES or any(stem in key for stem in LABEL_STEMS):
        return True
    return flat and key in FLAT_LABEL_NAMES


def is_attribute_object(name: str) -> bool:
    """Whether a name is one that usually holds an object of attributes."""
    return normalise(name) in ATTRIBUTE_NAMES


def has_text_name(names: Iterable[str]) -> bool:
    """Whether one of the names is usual for a title or a description."""
    return any(_guess_text(dict.fromkeys(names, True)))


def _named(choice: ColumnChoice) -> Mapping[str, str]:
    named = dict.fromkeys(choice.text, "--text")
    named |= dict.fromkeys(_levels(choice.label), "--label")
    named |= {choice.id: "--id"} if choice.id else {}
    return named | ({choice.image: "--image"} if choice.image else {})


def _levels(label: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (label or "").split(",") if name.strip())


def _find(name: str, columns: Collection[str]) -> str | None:
    if name in columns:
        return name
    return next((column for column in columns if normalise(column) == normalise(name)), None)


def _without(columns: Mapping[str, bool], used: Iterable[str]) -> dict[str, bool]:
    gone = set(used)
    return {name: filled for name, filled in columns.items() if name not in gone}


def _guess(usual: Sequence[str], columns: Mapping[str, bool]) -> tuple[str, ...]:
    found = _guess_all(usual, columns)
    filled = tuple(name for name in found if columns[name])
    return (filled or found)[:1]


def _guess_all(usual: Sequence[str], columns: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for column in columns:
        found.setdefault(normalise(column), column)
    return tuple(found[name] for name in usual if name in found)


def _guess_text(columns: Mapping[str, bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _guess(TITLE_NAMES, columns), _guess(DESCRIPTION_NAMES, columns)


def _split_text(columns: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if len(columns) == 1 and _guess_all(DESCRIPTION_NAMES, columns):
        return (), columns
    return columns[:1], columns[1:]


def _near(name: str, columns: Collection[str]) -> str:
    by_key = {normalise(column): column for column in columns}
    near = difflib.get_close_matches(normalise(name), by_key, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(repr(by_key[key]) for key in near)}?"
    return _list(columns)


def _list(columns: Collection[str]) -> str:
    shown = [column[:40] for column in columns][:_MOST_SHOWN]
    more = f" and {len(columns) - len(shown)} more" if len(columns) > len(shown) else ""
    return f"The columns are: {', '.join(shown)}{more}."


_LONGEST = 500


@lru_cache(maxsize=65_536)
def normalise(name: str) -> str:
    """A name without case, accents, spaces and the like; of a very long one the start."""
    # To normalise takes the square of the length where accents are piled up.
    plain = unicodedata.normalize("NFKD", name[:_LONGEST])
    return "".join(character for character in plain.casefold() if character.isalnum())


def _usual(names: str) -> tuple[str, ...]:
    return tuple(map(normalise, names.split()))


ID_NAMES = _usual(
    "id product_id item_id article_id sku asin parent_asin uniq_id unique_id pid diffbotUri "
    "gtin ean upc product_code item_code article_number item_number product_number "
    "artikelnummer style_id goods_id offer_id listing_id uuid guid code handle index"
)

TITLE_NAMES = _usual(
    "title name product_name product_title item_name item_title prod_name product_display_name "
    "display_name article_name product item headline titel bezeichnung produktname artikelname "
    "titre nom nombre titulo nome"
)

DESCRIPTION_NAMES = _usual(
    "description product_description item_description text body about details long_description "
    "full_description detail_desc body_html about_product description_text desc "
    "short_description product_details overview summary content beschreibung "
    "produktbeschreibung descripcion descricao descrizione"
)

ATTRIBUTE_NAMES = _usual(
    "attributes specs specifications product_specifications product_specification "
    "product_attributes technical_details"
)

IMAGE_NAMES = _usual(
    "image image_url images img image_urls image_link img_url img_link image_src picture photo "
    "picture_url photo_url thumbnail thumbnail_url main_image primary_image product_image "
    "image_name image_path img_path image_file image_filename"
)

LABEL_NAMES = _usual(
    "label labels breadcrumb breadcrumbs taxonomy taxonomy_path department departments "
    "product_type product_type_name product_group product_group_name main_cat sub_cat "
    "browse_node gpc_code"
)

LABEL_STEMS = ("categor", "kategori", "breadcrumb", "taxonomy")

FLAT_LABEL_NAMES = _usual("type class segment")
