"""Menus in CSV and TSV: a column of paths, or one column a level."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from topicmodel.catalogue.menu_entries import MenuEntry, check_number, has_levels, split_path
from topicmodel.errors import MenuError, as_sentence

_Row = tuple[int, list[str]]
"""The line on which a row ends, and its cells."""

_DELIMITERS = ",;\t|"
_MOST_COLUMNS = 100
_NO_DELIMITER = "\x1f"
_LETTERS = re.compile(r"[^\W\d_]+")
_ID = re.compile(r"\d*|gid://\S*")

_WORDS_OF_HEADINGS = (
    "category categories subcategory department family group good goods item items product name",
    "products level path title id main sub parent",
    "kategorie kategorien unterkategorie hauptkategorie abteilung warengruppe untergruppe gruppe",
    "ebene pfad produkt produkte",
    "catégorie sous rayon famille groupe niveau chemin produit nom",
    "categoría subcategoría departamento familia grupo nivel ruta producto nombre",
    "categoria sottocategoria subcategoria reparto famiglia gruppo livello percorso prodotto nome",
    "família nível caminho produto",
    "categorie subcategorie afdeling groep niveau pad naam",
    "kategoria podkategoria dział grupa poziom ścieżka nazwa",
    "kategori alt bölüm grup seviye ürün",
    "subkategori departemen tingkat nama produk",
)
_HEADINGS = frozenset(" ".join(_WORDS_OF_HEADINGS).split())
"""Of which a heading may consist, in ten languages. No category would be called so."""


def read_table(text: str, delimiter: str, menu: str) -> list[MenuEntry]:
    """The paths of a table, with or without a row of headings.

    Where cells hold `>`, the column in which most do is one of paths, and the others don't count.
    Otherwise each column is a level, but for those of numbers. A cell that is empty before the
    last one of its row takes the value above it, as long as all to its left is as above.

    Args:
        text: of the file.
        delimiter: between cells; "" takes what the first line holds, if anything.
        menu: what messages call it.

    Raises:
        MenuError: quotes are not closed, there are far too many rows or columns, or a row has
            another number of cells than the first where that must not be: more than there are
            headings, or in a table of paths.
    """
    rows = _rows(text, delimiter or _delimiter(text), menu)
    has_headings = bool(rows) and any(map(_is_heading, rows[0][1]))
    is_of_paths = any(has_levels(cell) for _, cells in rows for cell in cells)
    if is_of_paths or has_headings:
        _check_width(rows, menu, exact=is_of_paths)
    width = max((len(cells) for _, cells in rows), default=0)
    even = [(line, [*cells, *[""] * (width - len(cells))]) for line, cells in rows]
    read = _from_paths if is_of_paths else _from_levels
    return read(even[1:] if has_headings else even)


def _rows(text: str, delimiter: str, menu: str) -> list[_Row]:
    """The rows that are not empty, with no more cells than any menu has."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for row in reader:
            cells = [" ".join(cell.split()) for cell in row]
            if len(cells) > _MOST_COLUMNS:
                raise csv.Error(f"expected at most {_MOST_COLUMNS} columns, got {len(cells):,}")
            if any(cells):
                rows.append((reader.line_num, cells))
                check_number(len(rows) - 1, menu)
    except csv.Error as error:
        raise MenuError(f"{menu}, line {reader.line_num}: {as_sentence(str(error))}") from error
    return rows


def _check_width(rows: Sequence[_Row], menu: str, *, exact: bool) -> None:
    """Make sure that no name was cut where it holds the delimiter."""
    first, width = rows[0][0], len(rows[0][1])
    for line, cells in rows:
        if any(cells[width:]) or (exact and len(cells) < width):
            raise MenuError(
                f"{menu}, line {line}: expected {width} cells as in line {first}, got "
                f"{len(cells)}. Put names that hold the delimiter into double quotes."
            )


def _delimiter(text: str) -> str:
    """What stands in the first line, and in most lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    held = [delimiter for delimiter in _DELIMITERS if lines and delimiter in lines[0]]
    return max(held, key=lambda each: sum(each in line for line in lines), default=_NO_DELIMITER)


def _is_heading(cell: str) -> bool:
    words = _LETTERS.findall(cell.casefold())
    return bool(words) and _HEADINGS.issuperset(words)


def _from_paths(rows: Sequence[_Row]) -> list[MenuEntry]:
    """Of the column in which most cells are paths."""
    columns = zip(*(cells for _, cells in rows), strict=True)
    counts = [sum(map(has_levels, cells)) for cells in columns]
    column = counts.index(max(counts))
    return [
        MenuEntry(f"line {line}", split_path(cells[column]))
        for line, cells in rows
        if cells[column]
    ]


def _from_levels(rows: Sequence[_Row]) -> list[MenuEntry]:
    width = len(rows[0][1]) if rows else 0
    levels = [n for n in range(width) if not all(_ID.fullmatch(cells[n]) for _, cells in rows)]
    entries, above = [], list[str]()
    for line, cells in rows:
        above = _filled([cells[n] for n in levels], above)
        if above:
            entries.append(MenuEntry(f"line {line}", tuple(above)))
    return entries


def _filled(cells: list[str], above: list[str]) -> list[str]:
    """The path of a row, given that of the row above."""
    while cells and not cells[-1]:
        cells.pop()
    path: list[str] = []
    for level, cell in enumerate(cells):
        is_below = path == above[:level] and level < len(above)
        path.append(cell or (above[level] if is_below else ""))
    return path
