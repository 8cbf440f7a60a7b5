"""Check the bundled catalogue of goods: its form, its balance and its translations.

With `--encoder` it also says which goods the default encoder cannot tell apart, for a person to
mend: that is advice, and no fault. Exit code: 0 without faults, 1 with faults.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Floats, Integers
from topicmodel.geometry import group_sums
from topicmodel.text.plurals import singular

FOLDER = Path(__file__).parents[1] / "topicmodel" / "catalogue"

Tree = Mapping[str, Mapping[str, Sequence[str]]]
"""Department -> family -> goods."""
Translations = Mapping[str, Mapping[str, str]]
"""Language -> name of a department or family -> its translation."""
Encode = Callable[[Sequence[str]], Floats]
"""Texts -> vectors, (n_texts, n_dims)."""

DEPARTMENTS = (30, 38)
FAMILIES = (280, 420)
GOODS_OF_FAMILY = (6, 25)
LETTERS_OF_NAME = (2, 40)
WORDS_OF_GOOD = (1, 5)
SHARE_OF_DEPARTMENT = (0.01, 0.12)
LETTERS_OF_TRANSLATION = (1, 40)

BRANDS = """
adidas barbie bosch canon chromebook coca-cola crayola disney dremel dyson fitbit frisbee funko
gopro google gucci honda hoover ikea ipad iphone jacuzzi jeep kindle kleenex kodak lego levi's maggi
meccano microsoft moleskine nerf nescafe nike nikon nintendo nutella panasonic pepsi perspex philips
play-doh playmobil playstation pokemon polaroid post-it pyrex rollerblades rolex samsung scrabble
sellotape sharpie sony stetson styrofoam teflon thermos toyota tupperware vaseline velcro walkman
xbox ziploc zippo
"""
"""Names that people also use for goods. Names that are words (apple, windows) cannot be told."""

ADJECTIVES = """
assorted best branded cheap classic genuine handmade hot large luxury mini multicolour new original
pack pair pcs piece premium printed pure quality regular sale set small special super unisex
"""
"""Words that say nothing of what is sold."""

INTERNATIONAL = """
audio baby badminton baseball biscuits blenders bras camcorders cameras cassettes cds chinos
chocolate chutneys cider comics computers consoles crackers cricket desktops dips drones
earbuds earphones extensions films fitness football games golf graphic hair headphones headsets
hockey home hoodies jeans juicers jumpsuits keyboards kits kurtis laptops leggings lingerie liquids
make manga massage militaria minerals mixers model monitors mouse navigation noodles novels pasta
pianos pickles playsuits polo power banks printers readers relaxation rugby salwar scanners series
servers shapewear shirts shorts smart smartwatches software soundbars speakers sport squash studio
sweatshirts tablets tennis trackers vapes video vintage vinyl vitamins wargames webcams wig
"""
"""Words of names that shops of other languages print too. A translation that says nothing but words
of its English name is one that was forgotten, unless all of them stand here."""

REST = re.compile(r"\b(misc|miscellaneous|others?|various)\b", re.IGNORECASE)
SIGN = re.compile(r"[^\w '’&-]")


def main() -> None:
    """Print what is wrong, and exit with a code that says whether anything is."""
    args = parser().parse_args()
    tree = tomllib.loads((args.folder / "goods.toml").read_text(encoding="utf-8"))
    translations = tomllib.loads((args.folder / "translations.toml").read_text(encoding="utf-8"))
    faults = [*faults_of_tree(tree), *faults_of_translations(tree, translations)]
    print("\n".join([summary(tree), *faults, f"{len(faults)} faults"]))
    if args.encoder:
        print("\n".join(advice(tree, default_encoder(), args.cosine, args.lead)))
    sys.exit(1 if faults else 0)


def parser() -> argparse.ArgumentParser:
    """The words of the command line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--folder", type=Path, default=FOLDER, help="where the two files are")
    words.add_argument("--encoder", action="store_true", help="also: goods that look alike to it")
    words.add_argument("--cosine", type=float, default=0.8, help="from here on goods look alike")
    words.add_argument("--lead", type=float, default=0.15, help="by so much nearer elsewhere")
    return words


def summary(tree: Tree) -> str:
    """How many departments, families and goods there are."""
    families = sum(map(len, tree.values()))
    return f"{len(tree)} departments, {families} families, {len(all_goods(tree))} goods"


@dataclass(frozen=True)
class Good:
    """A good, and where it is listed."""

    name: str
    department: str
    family: str

    @property
    def place(self) -> tuple[str, str]:
        """Its department and family."""
        return self.department, self.family

    def __str__(self) -> str:
        return f"{self.name!r} ({self.department} > {self.family})"


def all_goods(tree: Tree) -> list[Good]:
    """The goods of all families, in the order of the file."""
    return [
        Good(name, department, family)
        for department, families in tree.items()
        for family, names in families.items()
        for name in names
    ]


def all_names(tree: Tree) -> list[str]:
    """The departments, each before its families."""
    return [name for department, families in tree.items() for name in (department, *families)]


def faults_of_tree(tree: Tree) -> Iterator[str]:
    """What is wrong with departments, families and goods, a sentence each."""
    goods = all_goods(tree)
    yield from faults_of_counts(tree)
    yield from faults_of_balance(goods)
    yield from faults_of_names(all_names(tree))
    for good in goods:
        yield from faults_of_good(good)
    yield from goods_listed_twice(goods)


def faults_of_counts(tree: Tree) -> Iterator[str]:
    """Too few or too many departments, families, or goods of a family."""
    yield from outside("departments", len(tree), DEPARTMENTS)
    yield from outside("families", sum(map(len, tree.values())), FAMILIES)
    for department, families in tree.items():
        for family, names in families.items():
            yield from outside(f"goods of {department} > {family}", len(names), GOODS_OF_FAMILY)


def faults_of_balance(goods: Sequence[Good]) -> Iterator[str]:
    """Departments with a share of the goods that is too small or too large."""
    for department, count in Counter(good.department for good in goods).items():
        yield from outside(f"share of {department}", count / len(goods), SHARE_OF_DEPARTMENT)


def faults_of_names(names: Sequence[str]) -> Iterator[str]:
    """Names of departments and families that stand twice, have a wrong length or say nothing."""
    yield from (f"The name {name!r} stands twice." for name, k in Counter(names).items() if k > 1)
    for name in names:
        yield from outside(f"letters of {name!r}", len(name), LETTERS_OF_NAME)
        if REST.search(name):
            yield f"The name {name!r} says what is left over, not what it is."


def faults_of_good(good: Good) -> Iterator[str]:
    """Digits, signs, brands, adjectives alone, and lengths that no good has."""
    words = good.name.split()
    yield from outside(f"letters of {good}", len(good.name), LETTERS_OF_NAME)
    yield from outside(f"words of {good}", len(words), WORDS_OF_GOOD)
    if re.search(r"\d", good.name):
        yield f"{good} has a digit."
    if SIGN.search(good.name) or " ".join(words) != good.name:
        yield f"{good} has a sign or a space that does not belong there."
    if brands := set(BRANDS.split()).intersection(good.name.lower().split()):
        yield f"{good} has a brand: {', '.join(sorted(brands))}."
    if set(ADJECTIVES.split()).issuperset(good.name.lower().split()):
        yield f"{good} names no good."


def goods_listed_twice(goods: Sequence[Good]) -> Iterator[str]:
    """Goods that differ by plural, capitals, hyphens or the order of words only."""
    seen: dict[tuple[str, ...], Good] = {}
    for good in goods:
        first = seen.setdefault(same_words(good.name), good)
        if first is not good:
            yield f"{good} is the same as {first}."


def same_words(name: str) -> tuple[str, ...]:
    """The words of a name in the singular, in alphabetical order."""
    return tuple(sorted(singular(word) for word in re.findall(r"[^\W_]+", name.lower())))


def outside(what: str, value: float, bounds: tuple[float, float]) -> Iterator[str]:
    """One sentence where a value is outside its bounds, which belong to what is allowed."""
    least, most = bounds
    if not least <= value <= most:
        yield f"{what}: {value:g}, expected {least:g} to {most:g}."


def faults_of_translations(tree: Tree, translations: Translations) -> Iterator[str]:
    """What is missing, stale, too long, used for two names, or still in English."""
    names = set(all_names(tree))
    for language, known in translations.items():
        yield from (f"{language}: {name!r} is missing." for name in sorted(names - set(known)))
        yield from (f"{language}: {name!r} is no name." for name in sorted(set(known) - names))
        for text, count in Counter(known.values()).items():
            yield from outside(
                f"{language}: letters of {text!r}", len(text), LETTERS_OF_TRANSLATION
            )
            if count > 1:
                yield f"{language}: {text!r} translates {count} names."
        for name, text in known.items():
            if left_in_english(name, text):
                yield f"{language}: {text!r} is English."


def left_in_english(name: str, translation: str) -> bool:
    """Whether a translation says only words of the English name, and not such as are international.

    Words of one or two letters, such as "e" and "et", tell nothing and do not count.
    """
    long = re.findall(r"[^\W\d_]{3,}", translation)
    words = set(same_words(" ".join(long)))
    known_abroad = set(same_words(INTERNATIONAL))
    return bool(words) and words <= set(same_words(name)) and not words <= known_abroad


def default_encoder() -> Encode:
    """The encoder of the default settings."""
    import topicmodel as tm
    from topicmodel.embedding import load_encoder

    return load_encoder(tm.Settings().embedding).encode


def advice(tree: Tree, encode: Encode, cosine: float, lead: float) -> Iterator[str]:
    """Goods that an encoder mixes up: nearly equal ones, and those that another family attracts."""
    goods = all_goods(tree)
    vectors = of_length_one(encode([good.name for good in goods]))
    yield "\nGoods of two departments, then of two families of one, that look alike:"
    yield from (f"{value:.2f}  {a} and {b}" for value, a, b in alike(goods, vectors, cosine))
    yield "\nGoods that are nearer to a family of another department than to their own:"
    for difference, good, there in astray(goods, vectors, lead):
        yield f"{difference:.2f}  {good} to {there}"


def of_length_one(vectors: npt.NDArray[np.floating[Any]]) -> Floats:
    """Vectors with the same directions and length 1; a vector of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def alike(goods: Sequence[Good], vectors: Floats, cosine: float) -> list[tuple[float, Good, Good]]:
    """Pairs of goods of different families with at least this cosine.

    Pairs of two departments come before those of two families of one department; in each, the pair
    with the larger cosine comes first.
    """
    near = zip(*np.nonzero(np.triu(vectors @ vectors.T, 1) >= cosine), strict=True)
    pairs = [(float(vectors[i] @ vectors[j]), goods[i], goods[j]) for i, j in near]
    apart = [pair for pair in pairs if pair[1].place != pair[2].place]
    return sorted(apart, key=lambda pair: (pair[1].department == pair[2].department, -pair[0]))


def astray(goods: Sequence[Good], vectors: Floats, least: float) -> list[tuple[float, Good, str]]:
    """Goods whose nearest family, by its centroid, belongs to another department.

    A good counts for nothing in the centroid of its own family. Each comes with the difference of
    its cosines to that centroid and to its own, at least so large, and with that family; the
    largest difference comes first.
    """
    places = list(dict.fromkeys(good.place for good in goods))
    own = np.array([places.index(good.place) for good in goods])
    cosines = cosines_to_families(vectors, own)
    nearest = cosines.argmax(axis=1)
    leads = cosines.max(axis=1) - cosines[np.arange(len(goods)), own]
    there = [places[family] for family in nearest]
    found = [
        (float(lead), good, " > ".join(place))
        for lead, good, place in zip(leads, goods, there, strict=True)
        if place[0] != good.department and lead >= least
    ]
    return sorted(found, key=lambda item: -item[0])


def cosines_to_families(vectors: Floats, own: Integers) -> Floats:
    """Cosines of goods to the centroids of the families: (n_goods, n_families).

    vectors: (n_goods, n_dims), of length 1. own: (n_goods,), the family of each good; the centroid
    that a good is compared with there is that of the family's other goods.
    """
    sums = group_sums(vectors, own, int(own.max()) + 1)
    cosines: Floats = vectors @ of_length_one(sums).T
    others = of_length_one(sums[own] - vectors)
    cosines[np.arange(len(own)), own] = np.einsum("ij,ij->i", vectors, others)
    return cosines


if __name__ == "__main__":
    main()
