"""What a run says about how it was made: the values behind `manifest.json`.

Every record is read from a JSON object by `from_record` and written by `as_record`; field names are
the keys. What a field says of a missing key holds for a value of the wrong type too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from topicmodel.datatypes.json_records import (
    Record,
    json_object,
    known,
    list_of,
    number,
    plain_text,
    record_of,
    texts_by_name,
    truth_value,
    whole_number,
)


@dataclass(frozen=True, kw_only=True)
class ChosenColumns(Record):
    """Columns of the dump that the user named; the others were guessed."""

    id: str | None = known(plain_text, nullable=True)
    text: tuple[str, ...] = known(list_of(plain_text), tuple)
    """The first is the title, the others are the description."""
    image: str | None = known(plain_text, nullable=True)


@dataclass(frozen=True, kw_only=True)
class DumpRecord(Record):
    """What was read. Counts are None where the run does not tell them."""

    sources: tuple[str, ...] = known(list_of(plain_text), tuple)
    """Paths, addresses and queries as they were given, without their secrets."""
    fingerprint: str = known(plain_text, str)
    """sha256 over the usable products, whatever their order; "" where it is missing."""
    columns: Mapping[str, str] = known(texts_by_name, dict)
    """Role, such as `title` -> the column or columns of it, in words."""
    chosen_columns: ChosenColumns | None = known(record_of(ChosenColumns))
    products: int | None = known(whole_number)
    """Rows that could be used, each id once."""
    rejects: int | None = known(whole_number)
    """Rows that could not be used."""
    duplicates: int | None = known(whole_number)
    """Rows whose id came again later."""
    distinct_texts: int | None = known(whole_number)
    encoded_texts: int | None = known(whole_number)
    """Texts that this run had to encode; the cache held the others, or a student stood in."""
    in_memory: bool | None = known(truth_value)
    """Whether the products came from memory, as records or a data frame; sources are their kinds
    then. None where they came from files, addresses or queries."""


@dataclass(frozen=True, kw_only=True)
class StageRecord(Record):
    """What a stage took."""

    name: str = known(plain_text, str)
    """Usually one of `Stage`."""
    seconds: float | None = known(number)
    peak_mb: float | None = known(number, nullable=True)
    """Memory of the process at its peak since it started, in units of 2**20 bytes."""


@dataclass(frozen=True, kw_only=True)
class BoilerplateRecord(Record):
    """What was left out of the texts because unlike products share it."""

    sentences: int | None = known(whole_number)
    example: str = known(plain_text, str)
    """One of them, in lower case, with an ellipsis for what differs between the products."""
    products: int | None = known(whole_number)
    """Products whose text lacks some of it."""


@dataclass(frozen=True, kw_only=True)
class CascadeRecord(Record):
    """How much of the encoder's work a student did, and how well. All counts are of texts."""

    sample: int | None = known(whole_number)
    """Drawn by chance and read by the encoder; the student learnt from most of them."""
    encoded: int | None = known(whole_number)
    """Read by the encoder, the sample among them."""
    by_student: int | None = known(whole_number)
    held_out: int | None = known(whole_number)
    """Of the sample, that the student did not learn from."""
    agreement: float | None = known(number)
    """Share of those whose main category is the same by either's vectors, 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class CatalogueRecord(Record):
    """Which catalogue of goods was at hand, and whether it has decided the tree."""

    source: str = known(plain_text, str)
    """`bundled`, or the name of the user's file."""
    digest: str = known(plain_text, str)
    """sha256 of its departments, families and goods."""
    used: bool | None = known(truth_value)
    """Whether the tree follows it; False where it knows too few of the texts."""
    known_share: float | None = known(number)
    """Share of the texts in fine topics that it knows, 0 to 1."""
    needed_share: float | None = known(number)
    """Least share for a tree that follows it."""
    language: str | None = known(plain_text)
    """Code of the language that categories named after the bundled catalogue are named in; None
    where it has no names in `shop_language`, and where the names are those of a menu."""
    shop_language: str | None = known(plain_text)
    """Code of the language that names were wanted in; None where the names are those of a menu."""
    language_by: str = known(plain_text, str)
    """Who decided on it: `texts`, `settings` or `previous run`."""
    language_share: float | None = known(number)
    """Share of the texts in `shop_language`, 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class LanguageModelRecord(Record):
    """What a language model was asked for, and what that cost."""

    n_asked: int | None = known(whole_number)
    """Questions that were sent."""
    n_cached: int | None = known(whole_number)
    """Categories whose answer an earlier run had got."""
    n_failed: int | None = known(whole_number)
    """Categories without a usable answer."""
    prompt_tokens: int | None = known(whole_number)
    completion_tokens: int | None = known(whole_number)
    cost: float | None = known(number)
    """In the currency of the prices in the settings."""


@dataclass(frozen=True, kw_only=True)
class Manifest(Record):
    """How a run was made, what that took, and which files its folder holds.

    The settings are JSON values, since they may be those of another release.
    """

    created: str = known(plain_text, str)
    """When, in ISO 8601 with the time zone; "" where it is missing."""
    command_line: str | None = known(plain_text)
    """As it was typed, without its secrets; None where the run was made from Python."""
    settings: Mapping[str, Any] = known(json_object, dict)
    seed: int | None = known(whole_number)
    threads: int | None = known(whole_number)
    device: str = known(plain_text, str)
    """What topics were found on, such as `cpu`."""
    encoder: str = known(plain_text, str)
    """Identity of the encoder: everything that decides the vectors; "" where it is missing."""
    dump: DumpRecord = known(record_of(DumpRecord), DumpRecord)
    versions: Mapping[str, str] = known(texts_by_name, dict)
    """Of Python, and of the packages that decide a result."""
    stages: tuple[StageRecord, ...] = known(list_of(record_of(StageRecord)), tuple)
    """In their order; without the writing of the run itself."""
    warnings: tuple[str, ...] = known(list_of(plain_text), tuple)
    """Each once, in the order in which they came first."""
    plan: Mapping[str, Any] | None = known(json_object)
    """What the run was expected to take, as `Plan.as_record` gives it."""
    language_model: LanguageModelRecord | None = known(record_of(LanguageModelRecord))
    """None where none was asked."""
    catalogue: CatalogueRecord | None = known(record_of(CatalogueRecord))
    """None where no catalogue was at hand."""
    boilerplate: BoilerplateRecord | None = known(record_of(BoilerplateRecord))
    """None where nothing was left out of the texts."""
    cascade: CascadeRecord | None = known(record_of(CascadeRecord))
    """None where the encoder read every text."""
    format_version: int | None = known(whole_number)
    """Of the run folder. This, `files` and `digest` are None while the run is in memory."""
    files: Mapping[str, str] | None = known(texts_by_name)
    """Path in the run folder -> sha256 of every file but this one."""
    digest: str | None = known(plain_text)
    """sha256 of all that the manifest says besides."""

    def setting(self, key: str, default: Any = None) -> Any:
        """The value of a setting, such as `level1.separation`; the default where it has none."""
        value: Any = self.settings
        for name in key.split("."):
            if not isinstance(value, Mapping) or name not in value:
                return default
            value = value[name]
        return value
