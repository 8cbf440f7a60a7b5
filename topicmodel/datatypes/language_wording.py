"""Which language the names of categories are in, and why, in words."""

from __future__ import annotations

from topicmodel.datatypes.catalogue_wording import way_taken
from topicmodel.datatypes.language_names import language_name
from topicmodel.datatypes.manifest import CatalogueRecord

CLEAR_MAJORITY = 0.6
"""Share of the texts from which on a language goes for the shop's."""

_OTHERS = "--language names another one, and --menu takes categories of your own"


def with_language(record: CatalogueRecord | None) -> str:
    """Whether the main categories follow a catalogue, and which language names are in."""
    return " ".join(filter(None, (way_taken(record), language_told(record))))


def naming_told(record: CatalogueRecord | None) -> str:
    """What is told while a run names its categories; "" where it goes without saying."""
    told = language_told(record)
    if not told or record is None or record.used is not False:
        return told
    return f"{way_taken(record)} {told}"


def language_told(record: CatalogueRecord | None) -> str:
    """The language that categories are named in, and why, in one sentence.

    "" where it goes without saying, as with English names over English texts, and where it is not
    known, as of menus and of runs of earlier releases.
    """
    if record is None or record.shop_language is None or _is_plain(record):
        return ""
    if record.used is False:
        return _of_titles(record)
    if record.language is None:
        return _without_names(record)
    name, reason = language_name(record.language), _reason(record)
    return f"Names from the catalogue are in {name}, {reason}."


def _is_plain(record: CatalogueRecord) -> bool:
    return record.shop_language == "en" and record.language_by != "settings" and _is_clear(record)


def _is_clear(record: CatalogueRecord) -> bool:
    return record.language_share is not None and record.language_share > CLEAR_MAJORITY


def _reason(record: CatalogueRecord) -> str:
    if record.language_by == "settings":
        return "as was asked for"
    if _is_clear(record):
        return f"the language of {_percent(record)} of the texts"
    if record.language_by == "previous run":
        return "as in the run before"
    return f"which more texts are in ({_percent(record)}) than in any other language; {_OTHERS}"


def _without_names(record: CatalogueRecord) -> str:
    name = language_name(record.shop_language or "")
    why = (
        ""
        if record.language_by == "settings"
        else f", which {_percent(record)} of the texts are in"
    )
    return (
        f"The catalogue has no names in {name}{why}, so categories are named by words of the "
        f"titles; {_OTHERS}."
    )


def _of_titles(record: CatalogueRecord) -> str:
    if record.language_by == "settings":
        return "So categories are named by words of the titles, whatever language is set for names."
    name, share = language_name(record.shop_language or ""), _percent(record)
    return f"So categories are named by words of the titles, of which {share} are in {name}."


def _percent(record: CatalogueRecord) -> str:
    return f"{record.language_share or 0:.0%}"
