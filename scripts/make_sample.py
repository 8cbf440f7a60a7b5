"""Write the bundled sample: the product dump of an invented general store.

    python scripts/make_sample.py [--out PATH] [--products N] [--seed S]

The shop's vocabulary stands in `sample_catalogue/*.toml`, one file a department; this script draws
from it. The dump is made to be as untidy as a real one: repeated products, colour variants, missing
descriptions, HTML, broken encoding, and delivery terms among the product's virtues.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import random
import re
import tomllib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CATALOGUE = HERE / "sample_catalogue"
SAMPLE = HERE.parent / "topicmodel" / "ingest" / "sample.jsonl.gz"
N_PRODUCTS = 2000
SEED = 7

# Shares of all products.
REPEATED = 0.02
VARIANTS = 0.07
NO_DESCRIPTION = 0.04
NO_ATTRIBUTES = 0.10
BOILERPLATE = 0.35
MOJIBAKE = 0.04
TITLE_NOTE = 0.05
# A variant stands near its product in a dump, and a short memory lets the stream run on for ever.
MEMORY = 250

SLOT = re.compile(r"\{(?:(?P<low>-?\d+):(?P<high>-?\d+):(?P<step>\d+)|(?P<word>\w+))\}")
ARTICLE = re.compile(r"(?<![\w-])([Aa]) (?=[aeio](?!ne\b|u)|8\d*\b|11\b|18\b)")


@dataclass(frozen=True)
class Kind:
    """A kind of product, with all that can be said about it."""

    path: tuple[str, str]
    """Department and category."""
    weight: float
    """How often it is drawn, relative to the other kinds."""
    words: Mapping[str, Sequence[str]]
    """Slot -> the values it may take; they may hold slots in turn."""
    features: Sequence[str]
    titles: Sequence[str]
    own: Sequence[str]
    """Sentences about this kind."""
    general: Sequence[str]
    """Sentences about its category and department."""
    specs: Sequence[str]
    """The slots that the shop keeps as attributes."""
    price: tuple[float, float]
    vary: str
    """The slot in which its variants differ."""
    boilerplate: Sequence[str]
    title_notes: Sequence[str]
    """What the shop writes around a title now and then."""


@dataclass(frozen=True)
class Draft:
    """What decides a product, save its id. The same draft always makes the same product."""

    kind: Kind
    seed: int
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Slots whose value is given instead of drawn."""


class Writer:
    """Fills the slots of templates for one product; a word once chosen stays."""

    def __init__(self, draft: Draft, rng: random.Random) -> None:
        self._words = draft.kind.words
        self._fixed = draft.fixed
        self._rng = rng
        self._chosen: dict[str, str] = {}
        features = draft.kind.features
        self.features = deque(rng.sample(features, len(features)))
        """Those not used yet."""

    def fill(self, template: str) -> str:
        """The template with all slots filled, and with an "an" where there has to be one."""
        return ARTICLE.sub(r"\1n ", SLOT.sub(self._value, template))

    def can_fill(self, template: str) -> bool:
        """Whether enough unused features are left for the template."""
        return template.count("{has}") <= len(self.features)

    def _value(self, slot: re.Match[str]) -> str:
        if slot["low"]:
            low, high, step = int(slot["low"]), int(slot["high"]), int(slot["step"])
            return str(self._rng.randrange(low, high + 1, step))
        name = slot["word"]
        text = self.fill(self.features.popleft()) if name == "has" else self._word(name.lower())
        return _capital(text) if name[0].isupper() else text

    def _word(self, name: str) -> str:
        if name not in self._chosen:
            drawn = self.fill(self._rng.choice(self._words[name]))
            self._chosen[name] = self._fixed.get(name, drawn)
        return self._chosen[name]


def products(n: int, seed: int) -> Iterator[dict[str, Any]]:
    """The first n products of the shop that belongs to the seed, one by one.

    Each has `id`, `title`, `description`, `category_path` (department, category) and `attributes`
    (text to text). A shorter stream is the beginning of a longer one.
    """
    for number, draft in islice(drafts(seed), n):
        yield {"id": f"GS-{number:05d}", **product(draft)}


def drafts(seed: int) -> Iterator[tuple[int, Draft]]:
    """The products of the shop that belongs to the seed, without end, each with its number."""
    kinds = load_kinds()
    weights = list(accumulate(kind.weight for kind in kinds))
    rng = random.Random(seed)
    recent: deque[Draft] = deque(maxlen=MEMORY)
    number = 0
    while True:
        number += rng.choice((1, 1, 1, 2, 3))
        draft = _repeat_or_variant(rng, recent) or _fresh(rng, kinds, weights)
        recent.append(draft)
        yield number, draft


def product(draft: Draft) -> dict[str, Any]:
    """The product of a draft, without an id."""
    rng = random.Random(draft.seed)
    writer = Writer(draft, rng)
    title = _title(writer, draft.kind, rng)
    description = _description(writer, draft.kind, rng)
    if rng.random() < NO_DESCRIPTION:
        description = ""
    return {
        "title": title,
        "description": _punctuate(description, rng),
        "category_path": list(draft.kind.path),
        "attributes": _attributes(writer, draft.kind, rng),
    }


@cache
def load_kinds() -> tuple[Kind, ...]:
    """Every kind of product in the catalogue, in a fixed order."""
    shop = tomllib.loads((CATALOGUE / "shop.toml").read_text(encoding="utf-8"))
    files = sorted(CATALOGUE.glob("*.toml"))
    departments = [
        tomllib.loads(file.read_text(encoding="utf-8")) for file in files if file.stem != "shop"
    ]
    return tuple(kind for department in departments for kind in _kinds(shop, department))


def write(out: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write gzipped JSON lines; the same rows give the same bytes, whatever the file is called."""
    part = out.with_name(out.name + ".part")
    with (
        part.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
    ):
        for row in rows:
            packed.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    part.replace(out)


def main(words: Sequence[str] | None = None) -> None:
    """Read the command line and write the sample."""
    parser = argparse.ArgumentParser(description="Write the bundled sample of products.")
    parser.add_argument("--out", type=Path, default=SAMPLE, help="file to write (.jsonl.gz)")
    parser.add_argument("--products", type=int, default=N_PRODUCTS, help="how many products")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed is another shop")
    options = parser.parse_args(words)
    write(options.out, products(options.products, options.seed))


def _kinds(shop: Mapping[str, Any], department: Mapping[str, Any]) -> Iterator[Kind]:
    categories = department["categories"]
    total = sum(category["share"] for category in categories.values())
    for category_name, category in categories.items():
        share = department["share"] * category["share"] / total
        layers = (shop, department, category)
        # The first kinds of a category sell best.
        ranks = [1 / (rank + 4) for rank in range(len(category["kinds"]))]
        for rank, (name, kind) in zip(ranks, category["kinds"].items(), strict=True):
            words = _words(name, kind, layers)
            yield Kind(
                path=(department["name"], category_name),
                weight=share * rank / sum(ranks),
                words=words,
                features=kind["has"],
                titles=_sayable([*category["titles"], *shop["titles"]], words),
                own=kind["say"],
                general=_sayable([*category["say"], *department["say"]], words),
                specs=[spec for spec in ("brand", *category["specs"]) if words[spec]],
                price=kind.get("price", category.get("price", department["price"])),
                vary=category.get("vary", department.get("vary", "colour")),
                boilerplate=shop["boilerplate"],
                title_notes=shop["title_notes"],
            )


def _words(
    name: str, kind: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]
) -> dict[str, Sequence[str]]:
    words: dict[str, Sequence[str]] = {"kind": [name]}
    for layer in layers:
        words |= layer.get("words", {})
        words["brand"] = [*words.get("brand", []), *layer.get("brands", [])]
        words["colour"] = layer.get("colours", words.get("colour", []))
    return words | {key: kind[key] for key in kind if key not in ("has", "say", "price")}


def _sayable(templates: Sequence[str], words: Mapping[str, Sequence[str]]) -> list[str]:
    """The templates that do not need a word of which the kind has none."""
    asked = ({slot["word"] or "has" for slot in SLOT.finditer(text)} for text in templates)
    return [
        text
        for text, names in zip(templates, asked, strict=True)
        if all(name == "has" or words[name.lower()] for name in names)
    ]


def _fresh(rng: random.Random, kinds: Sequence[Kind], weights: Sequence[float]) -> Draft:
    return Draft(rng.choices(kinds, cum_weights=weights)[0], rng.getrandbits(64))


def _repeat_or_variant(rng: random.Random, recent: Sequence[Draft]) -> Draft | None:
    chance = rng.random()
    if not recent or chance >= REPEATED + VARIANTS:
        return None
    base = rng.choice(recent)
    if chance < REPEATED:
        return base
    values = [value for value in base.kind.words[base.kind.vary] if "{" not in value]
    if not values:
        return None
    variant = replace(base, fixed={base.kind.vary: rng.choice(values)})
    return variant if product(variant)["title"] != product(base)["title"] else None


def _title(writer: Writer, kind: Kind, rng: random.Random) -> str:
    title = _capital(writer.fill(rng.choice(kind.titles)))
    chance = rng.random()
    if chance < 0.35:
        title = " ".join(word if len(word) < 3 else _capital(word) for word in title.split())
    elif chance < 0.42:
        brand = writer.fill("{brand}")
        title = title.replace(brand, brand.upper())
    note = writer.fill(rng.choice(kind.title_notes).replace("{title}", title))
    return note if rng.random() < TITLE_NOTE else title


def _description(writer: Writer, kind: Kind, rng: random.Random) -> str:
    (layout,) = rng.choices(LAYOUTS, weights=[layout.weight for layout in LAYOUTS])
    sentences = _sentences(writer, kind, rng, n_words=rng.randint(*layout.n_words))
    facts = [_capital(writer.fill(feature)) for feature in list(writer.features)[:4]]
    facts += [f"{_capital(spec)}: {writer.fill(f'{{{spec}}}')}" for spec in kind.specs[:5]]
    terms = rng.sample(kind.boilerplate, rng.choice((1, 1, 2)))
    return layout.render(sentences, facts, terms if rng.random() < BOILERPLATE else [])


def _sentences(writer: Writer, kind: Kind, rng: random.Random, n_words: int) -> list[str]:
    """Sentences in any order, at least one about the kind, until there are n_words words."""
    first = rng.choice(kind.own)
    others = [text for text in (*kind.own, *kind.general) if text != first]
    rng.shuffle(others)
    sentences: list[str] = []
    for template in (first, *others):
        if sum(len(sentence.split()) for sentence in sentences) >= n_words:
            break
        if writer.can_fill(template):
            sentences.append(_capital(writer.fill(template)))
    if rng.random() < 0.5:
        rng.shuffle(sentences)
    return sentences


def _prose(sentences: Sequence[str], _: Sequence[str], terms: Sequence[str]) -> str:
    return " ".join([*sentences, *terms])


def _lines(sentences: Sequence[str], facts: Sequence[str], terms: Sequence[str]) -> str:
    return "\n".join([*sentences, *(f"- {fact}" for fact in facts), *terms])


def _bare_specs(_: Sequence[str], facts: Sequence[str], terms: Sequence[str]) -> str:
    return " | ".join([*facts, *terms])


def _html_paragraphs(sentences: Sequence[str], _: Sequence[str], terms: Sequence[str]) -> str:
    half = len(sentences) // 2
    parts = (" ".join(part) for part in (sentences[:half], sentences[half:], terms) if part)
    return "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in parts)


def _html_list(sentences: Sequence[str], facts: Sequence[str], terms: Sequence[str]) -> str:
    items = "".join(f"<li>{html.escape(fact, quote=False)}</li>" for fact in facts)
    return f"{_html_paragraphs(sentences, facts, [])}<ul>{items}</ul>{' '.join(terms)}"


def _html_breaks(sentences: Sequence[str], facts: Sequence[str], terms: Sequence[str]) -> str:
    lines = [*sentences, *facts, *terms]
    return "<br>".join(html.escape(line, quote=False) for line in lines)


@dataclass(frozen=True)
class Layout:
    """A way to lay out sentences, facts and the shop's terms."""

    render: Callable[[Sequence[str], Sequence[str], Sequence[str]], str]
    weight: int
    """How often it is taken, in per cent."""
    n_words: tuple[int, int]
    """Least and most words of its sentences."""


LAYOUTS = (
    Layout(_prose, 56, (20, 85)),
    Layout(_lines, 10, (6, 25)),
    Layout(_bare_specs, 7, (0, 0)),
    Layout(_html_paragraphs, 11, (25, 90)),
    Layout(_html_list, 10, (10, 35)),
    Layout(_html_breaks, 6, (8, 30)),
)


def _punctuate(text: str, rng: random.Random) -> str:
    """Straight or curly apostrophes, and now and then UTF-8 that was read as Windows-1252."""
    if rng.random() < 0.6:
        text = text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    if rng.random() < MOJIBAKE / 0.4:  # Some 40 % of the texts hold a character that can break.
        text = text.encode().decode("cp1252")
    return text


def _attributes(writer: Writer, kind: Kind, rng: random.Random) -> dict[str, str]:
    if rng.random() < NO_ATTRIBUTES:
        return {}
    kept = [spec for spec in kind.specs if rng.random() < 0.75]
    attributes = {spec: writer.fill(f"{{{spec}}}") for spec in kept}
    low, high = kind.price
    price = int(low * (high / low) ** rng.random()) + rng.choice((0.99, 0.95, 0.5, 0.0))
    return attributes | {"price": f"{price:.2f}"}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    main()
