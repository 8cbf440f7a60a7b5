"""What is broken, huge or hostile in a dump costs its own rows, is said, and takes no time."""

from __future__ import annotations

import contextlib
import gc
import gzip
import io
import json
import os
import random
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile.dumps import MUTATIONS, WRITERS, make_case, odd_rows
from hostile.files import SPECIALS
from pydantic import ValidationError

from topicmodel.datatypes import Dump, DumpReport, Product, Products, Reject
from topicmodel.documents import build_documents
from topicmodel.errors import DumpError, TopicModelError
from topicmodel.ingest import check_rejects, lines, read_dump
from topicmodel.ingest.columns import normalise
from topicmodel.ingest.values import attributes_of, image_of, text_of, true_path_of
from topicmodel.naming.brands import Brands, proper_nouns
from topicmodel.naming.form import comparison_key, fault, singular_words
from topicmodel.naming.wording import Wording
from topicmodel.progress import Silent
from topicmodel.reporting.formatting import displayed
from topicmodel.settings import DocumentSettings, IngestSettings
from topicmodel.text.cleaning import clean_text
from topicmodel.text.languages import find_languages
from topicmodel.text.numerals import mostly_numbers
from topicmodel.text.tokens import cut


class Listener(Silent):
    def __init__(self) -> None:
        self.messages: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)


def read(
    tmp_path: Path, name: str, content: bytes | str, **settings: Any
) -> tuple[Dump, list[str]]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    listener = Listener()
    return read_dump(
        [path], progress=listener, settings=IngestSettings(**settings)
    ), listener.messages


def ids(dump: Dump) -> list[str]:
    return [product.id for product in dump.products]


def test_all_rows_are_accounted_for_in_one_line(tmp_path: Path) -> None:
    dump, messages = read(tmp_path, "a.csv", "id,title\n1,a\n2,\n1,b\n3,c\n4,d,e\n")
    assert messages[-1] == (
        "5 rows: 2 products, 2 rejected, 1 with an id that comes again, of which the last counts"
    )
    assert len(dump.products) + len(dump.report.rejects) + dump.report.duplicates == 5


@pytest.mark.parametrize("kind", WRITERS)
def test_rows_in_are_products_and_rejects_and_duplicates_in_every_format(
    tmp_path: Path, kind: str
) -> None:
    for seed in range(4):
        rng = random.Random(seed)
        rows = odd_rows(rng)
        path = tmp_path / f"{seed}.{kind}"
        path.write_bytes(WRITERS[kind](rows, rng))
        dump = read_dump([path])
        assert len(dump.products) + len(dump.report.rejects) + dump.report.duplicates == len(rows)


@pytest.mark.parametrize("seed", range(3))
def test_bad_inputs_end_in_a_dump_or_a_known_error(tmp_path: Path, seed: int) -> None:
    for number in range(25):
        folder = tmp_path / str(number)
        folder.mkdir()
        rng = random.Random(f"{seed}-{number}")
        rng.random = lambda draw=rng.random: 0.15 + 0.85 * draw()  # type: ignore[method-assign]
        case = make_case(rng, folder, tmp_path)
        try:
            dump = read_dump([case.path])
        except TopicModelError as error:
            assert "\n" not in str(error)
            assert not case.must_be_read
        else:
            found = len(dump.products) + len(dump.report.rejects) + dump.report.duplicates
            assert case.rows in (None, found)


SLOW_TO_MAKE = {"gzip bomb", "zstd bomb", "zip bomb", "nested bomb", "long line", "workbook bomb"}


@pytest.mark.parametrize("name", sorted(set(SPECIALS) - SLOW_TO_MAKE))
def test_a_hostile_file_ends_in_a_dump_or_a_known_error(tmp_path: Path, name: str) -> None:
    for seed in range(2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        path = SPECIALS[name](random.Random(seed), folder)
        try:
            assert read_dump([path]).products
        except TopicModelError as error:
            assert "\n" not in str(error)


def test_too_many_rejects_stop_with_the_commonest_reasons_and_a_remedy() -> None:
    rejects = [Reject("a.csv", 7, "has no id in sku", "")]
    rejects += [Reject("a.csv", 9 + n, f"has {n} cells for 3 columns", "") for n in range(2)]
    dump = Dump(Products.of([Product("1", "a")] * 7), DumpReport(rejects, 0, {}, [], ""))
    check_rejects(dump, IngestSettings(max_rejects=0.3))
    with pytest.raises(DumpError) as caught:
        check_rejects(dump, IngestSettings())
    assert str(caught.value) == (
        "3 of 10 rows (30%) cannot be used, and ingest.max_rejects allows 20%. 2 times: has 0 "
        "cells for 3 columns; 1 times: has no id in sku. The first is at a.csv line 7. Mend the "
        "dump, name its columns with --id and --text, or raise the setting, as with --set "
        "ingest.max_rejects=1."
    )


def test_a_dump_whose_rows_are_all_one_product_is_stopped_early(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match=r"first 100,000 rows .* 99,999 repeat an id"):
        read(tmp_path, "a.csv", "id,title\n" + "1,a\n" * 150_000)


def test_bytes_that_are_no_utf8_are_counted_and_said_once(tmp_path: Path) -> None:
    content = "id,title\n1,Café\n".encode() + b"2,Caf\xe9 \x93x\x94\n" + "3,Ünï\n".encode()
    dump, messages = read(tmp_path, "a.csv", content)
    assert [p.title for p in dump.products] == ["Café", "Café “x”", "Ünï"]
    said = "3 bytes that are not UTF-8, read as Windows-1252: "
    assert [m for m in messages if m.startswith(said)] == [said + str(tmp_path / "a.csv")]


def test_an_encoding_that_is_named_is_used_and_what_it_lacks_is_said(tmp_path: Path) -> None:
    content = "id,title\n1,Łódź\n".encode("cp1250")
    dump, messages = read(tmp_path, "a.csv", content, encoding="cp1250")
    assert dump.products[0].title == "Łódź"
    assert f"read as cp1250: {tmp_path / 'a.csv'}" in messages
    dump, messages = read(tmp_path, "b.csv", content, encoding="utf-8")
    assert any(m.startswith("3 characters that are not utf-8 are lost") for m in messages)


@pytest.mark.parametrize("encoding", ["nonsense", "zip", "idna", "", "a\0b", "rot13"])
def test_what_is_no_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(ValidationError, match="auto or the name of a text encoding"):
        IngestSettings(encoding=encoding)


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("id;title\n1;a, b\n", ";"),
        ("id:title\n1:a\n", ":"),
        ("id\ttitle\n1\ta\n", "tab"),
        ("id\x01title\n1\x01a\n", "auto"),
        ("id^title\n1^a, b\n", "auto"),
        ("sep=;\r\nid;title\r\n1;a,b\r\n", "auto"),
        ("\n\nid,title\n1,a\n", "auto"),
        ("id||title\n1||a\n", "auto"),
    ],
)
def test_any_delimiter_is_found_or_taken_as_it_is_named(
    tmp_path: Path, content: str, delimiter: str
) -> None:
    dump, _ = read(tmp_path, "a.csv", content, delimiter=delimiter)
    assert [(p.id, p.title[0]) for p in dump.products] == [("1", "a")]


@pytest.mark.parametrize("delimiter", ["", "ab", "\n", '"'])
def test_what_is_no_delimiter_is_refused(delimiter: str) -> None:
    with pytest.raises(ValidationError, match="auto, tab or one character"):
        IngestSettings(delimiter=delimiter)


def test_a_quote_that_nobody_closes_costs_its_own_line(tmp_path: Path) -> None:
    dump, _ = read(tmp_path, "a.csv", 'id,title\n1,a\n2,"open\n3,c\n4,d\n')
    assert ids(dump) == ["1", "3", "4"]
    assert [(r.line, r.reason, r.raw) for r in dump.report.rejects] == [
        (3, "a quote is opened here and never closed", '2,"open')
    ]


def test_quotes_that_are_never_closed_do_not_take_the_square_of_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_MOST_AGAIN", 100_000)
    dump, _ = read(tmp_path, "a.csv", "id,title\n1,a\n" + '"x","\n' * 10_000)
    assert ids(dump) == ["1"]
    assert dump.report.rejects[-1].reason.endswith("too many quotes are opened and never closed")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_a_line_without_end_is_passed_over_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 200_000)
    monkeypatch.setattr("topicmodel.ingest.json_rows.LONGEST_LINE", 200_000)
    long = "x" * 1_000_000
    rows = [{"id": 1, "title": "a"}, {"id": 2, "title": long}, {"id": 3, "title": "c"}]
    content = {
        "a.csv": f"id,title\n1,a\n2,{long}\n3,c\n",
        "a.jsonl": "\n".join(map(json.dumps, rows)),
        "a.json": json.dumps(rows),
    }[name]
    dump, _ = read(tmp_path, name, content)
    # An array ends where it cannot be read on.
    assert ids(dump) == (["1"] if name == "a.json" else ["1", "3"])
    assert [r.reason for r in dump.report.rejects] == ["is longer than 16 million characters"]


def test_a_field_of_megabytes_is_cut_and_said(tmp_path: Path) -> None:
    row = {"id": "1", "title": "Mug", "notes": "x" * 1_200_000}
    dump, messages = read(tmp_path, "a.jsonl", json.dumps(row))
    assert len(dump.products[0].attributes["notes"]) == 1_000_000
    assert any("1 products with fields of over 1,000,000 characters" in m for m in messages)


def test_an_id_of_thousands_of_characters_is_rejected(tmp_path: Path) -> None:
    dump, _ = read(tmp_path, "a.csv", f"id,title\n1,a\n{'9' * 2000},b\n")
    assert [r.reason for r in dump.report.rejects] == ["has an id of over 1000 characters"]


def test_a_number_of_thousands_of_digits_in_an_array_ends_it_and_not_the_program(
    tmp_path: Path,
) -> None:
    # A text before it ends in a quote, an escaped one, or a backslash.
    for title in ("a", 'a"', "a\\", 'a\\"', "a: 1" * 30_000):
        for n_digits in (4000, 5000, 70_000, 1_000_000):
            first = json.dumps({"id": 1, "title": title})
            rows = f'[{first}, {{"id": {"9" * n_digits}, "title": "b"}}]'
            dump, _ = read(tmp_path, "a.json", rows)
            assert ids(dump) == ["1"]
            assert [r.reason for r in dump.report.rejects] == [
                "holds a number of thousands of digits"
            ]


@pytest.mark.parametrize("head", ["", "-", '"a "', "{}", '{"title": "a"} ', "[] "])
def test_a_number_of_thousands_of_digits_anywhere_does_not_end_the_program(
    tmp_path: Path, head: str
) -> None:
    with contextlib.suppress(DumpError):
        dump, _ = read(tmp_path, "a.json", f'{head}{"9" * 6880}\n\n[{{"id": 1}}')
        assert len(dump.products) == len(dump.report.rejects) == 1


def test_thousands_of_digits_in_a_text_are_a_text(tmp_path: Path) -> None:
    for text in ("9" * 5000, 'a \\" ' + "9" * 5000, "1, " + "9" * 70_000):
        rows = [{"id": 1, "title": "a", "code": text}, {"id": 2, "title": "b"}]
        dump, _ = read(tmp_path, "a.json", json.dumps(rows))
        assert ids(dump) == ["1", "2"]
        assert dump.products[0].attributes["code"] == text


@pytest.mark.parametrize("number", ["9" * 6000, "1e99999999999999999999", "-" + "9" * 6000])
def test_numbers_beyond_counting_stay_as_they_are_written(tmp_path: Path, number: str) -> None:
    line = f'{{"id": 1, "title": "a", "size": {number}}}'
    dump, _ = read(tmp_path, "a.jsonl", line)
    assert dump.products[0].attributes["size"].casefold() == number


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("place", ["title", "x", "category"])
def test_json_a_hundred_thousand_deep_costs_its_own_row(
    tmp_path: Path, name: str, place: str
) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    rows = ['{"id": "1", "title": "a"}', f'{{"id": "", "{place}": {deep}}}']
    content = f"[{', '.join(rows)}]" if name == "a.json" else "\n".join(rows)
    dump, _ = read(tmp_path, name, content)
    assert (ids(dump), len(dump.report.rejects)) == (["1"], 1)


@pytest.mark.parametrize(
    "null",
    ["NULL", "\\N", "-", "--", "#N/A", "nil", "undefined", "NA", "<NA>", "(null)", "#REF!", "NaT"],
)
def test_whatever_stands_for_nothing_is_nothing_where_it_is_the_whole_cell(null: str) -> None:
    assert text_of(null) == text_of(f" {null.lower()} ") == ""
    assert text_of(f"{null} mug") == f"{null} mug"


def test_a_zip_that_lies_about_its_members_is_refused_whole(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"id,title\n1,a\n" + b"\n" * 900_000)
    content = file.getvalue()
    directory = content.rfind(b"PK\x01\x02")
    # Forty entries for one and the same member, of which each unpacks within reason.
    entries = content[directory : content.rfind(b"PK\x05\x06")] * 40
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 40, 40, len(entries), directory, 0)
    path = tmp_path / "overlapping.zip"
    path.write_bytes(content[:directory] + entries + end)
    with pytest.raises(DumpError, match="the zip unpacks to over 100 times its size"):
        read_dump([path])


def test_a_member_without_a_name_is_no_file(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x", "id,title\n2,b")
        archive.writestr("a.csv", "id,title\n1,a")
    # The directory's first entry with a name of no length.
    content = bytearray(file.getvalue())
    entry = content.find(b"PK\x01\x02")
    content[entry + 28 : entry + 30] = b"\0\0"
    del content[entry + 46]
    content[-22 + 12 : -22 + 16] = struct.pack("<I", len(content) - 22 - entry)
    dump, _ = read(tmp_path, "dump.zip", bytes(content))
    assert ids(dump) == ["1"]


def test_links_in_zips_are_not_followed(tmp_path: Path) -> None:
    path = SPECIALS["zip with a link"](random.Random(0), tmp_path)
    dump = read_dump([path])
    assert [r.reason for r in dump.report.rejects] == ["is a link; it is not followed"]


def test_links_and_special_files_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "a.csv").write_text("id,title\n1,a")
    (shop / "same.csv").symlink_to(shop / "a.csv")
    (tmp_path / "secret.csv").write_text("id,title\n2,secret")
    (shop / "out.csv").symlink_to(tmp_path / "secret.csv")
    (shop / "circle.csv").symlink_to(shop / "circle.csv")
    (shop / "around").symlink_to(shop)
    os.mkfifo(shop / "pipe.csv")
    dump = read_dump([shop])
    assert (ids(dump), dump.report.duplicates) == (["1"], 0)
    assert {Path(r.file).name: r.reason.split(";")[0] for r in dump.report.rejects} == {
        "circle.csv": "is a link that leads nowhere",
        "out.csv": "is a link that leads out of the folder",
        "pipe.csv": "is no regular file",
    }


def test_a_pipe_and_a_device_are_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(DumpError, match=f"cat {path} | topicmodel fit - "):
            read_dump([path])


def test_a_parquet_file_of_a_billion_rows_in_a_few_bytes_is_refused(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import ipc

    path = tmp_path / "a.arrow"
    table = pyarrow.table({"title": pyarrow.nulls(2 * 10**9)})
    with ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(DumpError, match=r"promises 2,000,000,000 rows in [\d,]+ bytes"):
        read_dump([path])


def test_a_workbook_with_entities_that_unfold_is_refused(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book, file = Workbook(), io.BytesIO()
    book.active.append(["id", "title"])
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    members[name] = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + members[name]
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    with pytest.raises(DumpError, match="EntitiesForbidden"):
        read_dump([tmp_path / "a.xlsx"])


def test_a_bomb_within_a_zip_is_stopped_at_its_share(tmp_path: Path) -> None:
    bomb = gzip.compress(b"id,title\n" + b"x" * 40_000_000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.csv.gz", bomb)
        archive.writestr("sound.csv", "id,title\n1,a")
    dump = read_dump([tmp_path / "a.zip"])
    assert ids(dump) == ["1"]
    assert all("unpacks to over 100 times its size" in r.reason for r in dump.report.rejects)
    assert len(dump.report.rejects) == 3


HARD = {
    "label": lambda s: true_path_of(s),
    "image": lambda s: image_of(s),
    "attributes": lambda s: attributes_of(s),
    "names": lambda s: normalise.__wrapped__(s),
    "clean": lambda s: clean_text(s),
    "documents": lambda s: build_documents(
        Products.of([Product("1", s, s, {"brand": s})]),
        DocumentSettings(attributes=("*",)),
    ),
    "languages": lambda s: find_languages([s]),
    "words": lambda s: cut(s, "en"),
    "same name": lambda s: comparison_key(s),
    "singular": lambda s: singular_words(s),
    "fault": lambda s: fault(s, frozenset(), Brands(frozenset(), frozenset())),
    "brands": lambda s: Wording([s], [s], [(s[:150] + "~",)], [""], ["en"]).without_brands(0),
    "proper nouns": lambda s: proper_nouns([""], [s]),
    "numbers": lambda s: mostly_numbers({s: 1}),
    "displayed": lambda s: displayed(s),
}
UNITS = [" ", "<", "<a ", "<!--", "&", "&#", "&#9", "&amp;", "'", "a'", "a-", ". ", ".)", "[", "{"]
UNITS += [
    "(",
    ">",
    " >",
    "1,",
    "1,11",
    "9",
    "$ ",
    "\u0301\u0316",
    "a\u0301",
    "中",
    "ก",
    "Ã©",
    " - ",
]
LENGTH = 100_000


def seconds(work: Callable[[str], Any], text: str) -> float:
    # To collect garbage takes longer the more there is in all tests together.
    gc.disable()
    try:
        # Of the processor, which other programs do not add to.
        start = time.process_time()
        work(text)
        return time.process_time() - start
    finally:
        gc.enable()


@pytest.mark.parametrize("name", HARD)
def test_text_that_is_made_to_take_long_takes_as_long_as_any(name: str) -> None:
    work = HARD[name]
    for unit in UNITS:
        for head in ("", "["):
            part, whole = (head + (unit * n)[:n] + "!" for n in (LENGTH // 4, LENGTH))
            ratio = seconds(work, whole) / max(0.05, seconds(work, part))
            # Four times the time, and as much again for chance; the square would be 16 times.
            if ratio > 8:
                best = [min(seconds(work, text) for _ in range(3)) for text in (part, whole)]
                # The square of such a length is many seconds; below one, chance has its share.
                assert best[1] < max(1, 8 * best[0]), f"{head}{unit}"


def test_every_mutation_changes_something() -> None:
    content = b"id,title\n1,Red mug\n2,Blue lamp \xc3\xa9\n"
    for name, mutate in MUTATIONS.items():
        assert any(mutate(content, random.Random(seed)) != content for seed in range(20)), name
