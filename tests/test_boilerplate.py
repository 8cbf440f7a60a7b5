"""What unlike products share is left out of their texts; what like products share stays."""

from __future__ import annotations

import gzip
import json
import random
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from planted_shop import Row, planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import Run, assign, fit, load, load_settings, placer, refit
from topicmodel.text.boilerplate import Boilerplate, find_boilerplate
from topicmodel.text.segments import Title, split_segments

QUICK = ["evaluation.resamples=0", "catalogue.source=none"]
ADDRESS = (
    "For complaints, contact our customer care at: 1860 123 {n:04} | Address: Concepts Limited, "
    "Junction 4th Floor, Tin Factory stop, Bangalore - 560016. Email:care@shop.example.com"
)
KINDS = ("teapot", "lamp", "chair", "kettle", "scarf", "ladder", "guitar", "tent", "clock", "spade")
MAKERS = ("Arvid", "Belmo", "Corin", "Dassel", "Eddas", "Finno", "Gormo", "Halla", "Ivona", "Jarlo")
COLOURS = ("Red", "Blue")

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "scripts" / "sample_catalogue" / "shop.toml"
SAMPLE = ROOT / "topicmodel" / "ingest" / "sample.jsonl.gz"

Text = tuple[str, str]


def shop(line: str, kinds: Sequence[str] = KINDS) -> list[Text]:
    """200 products of ten kinds, those of the given kinds with a line that says {title} and {n}."""
    titles = [
        f"{maker} {colour} {kind}" for kind in KINDS for maker in MAKERS for colour in COLOURS
    ]
    return [
        (title, f"{title.replace(' ', '')} at its best" + tail)
        for n, title in enumerate(titles)
        for kind in [title.split()[-1]]
        for tail in [f". {line.format(title=title, n=n)}" if kind in kinds else ""]
    ]


def stripped(texts: Sequence[Text]) -> list[str]:
    """The descriptions without what is found in them."""
    boilerplate = Boilerplate(find_boilerplate(texts))
    rests = [boilerplate.stripped(*text) for text in texts]
    return [text[1] if rest is None else rest for text, rest in zip(texts, rests, strict=True)]


def is_cleaned(line: str, kinds: Sequence[str] = KINDS) -> bool:
    """Whether the line is left out wherever it stands; otherwise it must stay everywhere."""
    texts = shop(line, kinds)
    found = [text.rstrip(". ") for text in stripped(texts)]
    assert found in (
        [text.rstrip(". ") for _, text in shop("", kinds)],
        [text.rstrip(". ") for _, text in texts],
    )
    return found != [text.rstrip(". ") for _, text in texts]


@pytest.mark.parametrize(
    "line",
    [
        "Only genuine products are sold here.",
        "EAN Code: 89012460{n:05}",
        "Visit https://shop.example/blog",
        "Enviamos desde nuestro almacén en un día.",
        "我们 的 客户 服务 每 天 为 您 服务。",
        ADDRESS,
    ],
)
def test_what_products_of_all_kinds_share_is_left_out(line: str) -> None:
    assert is_cleaned(line)


@pytest.mark.parametrize("kinds", [("teapot",), ("tent", "spade")])
def test_what_like_products_share_stays(kinds: Sequence[str]) -> None:
    assert not is_cleaned("For a quiet morning outdoors with friends.", kinds)


def test_a_sentence_that_has_the_title_stays() -> None:
    assert not is_cleaned("Buy {title} for Rs. {n} online!")


def test_a_word_of_the_title_makes_no_sentence_another() -> None:
    texts = [
        (title, f"{body} {title.split()[0]} ships to all of the country.")
        for title, body in shop("")
    ]
    assert find_boilerplate(texts) == ("_ ships to all of the country",)


@pytest.mark.parametrize("line", ["Slim fit.", "Black."])
def test_a_value_of_one_or_two_words_stays(line: str) -> None:
    assert not is_cleaned(line)


def test_short_lines_go_where_they_stand_beside_others_that_go() -> None:
    assert is_cleaned("Only genuine products here. Free shipping.")


def test_a_sentence_that_is_mostly_boilerplate_goes_as_a_whole() -> None:
    texts = shop("Only genuine products are sold here.")
    boilerplate = Boilerplate(find_boilerplate(texts))
    assert (
        boilerplate.stripped("Mug", "Big. Dear all, only genuine products are sold here.") == "Big."
    )
    mixed = "Big. It holds tea, and coffee, and soup, but only genuine products are sold here."
    assert boilerplate.stripped("Mug", mixed) is None


def test_what_stands_around_it_stays_as_it_was() -> None:
    boilerplate = Boilerplate(find_boilerplate(shop("Only genuine products are sold here.")))
    told = "Holds 0.5 l. Only genuine products are sold here. Rs. 5 | for tea, e.g. green."
    assert boilerplate.stripped("Mug", told) == "Holds 0.5 l. Rs. 5 | for tea, e.g. green."
    assert boilerplate.stripped("Mug", "Holds 0.5 l. | For tea.") is None


def test_few_products_show_nothing() -> None:
    texts = shop("Only genuine products are sold here.")[::3]
    assert len(texts) < 100
    assert find_boilerplate(texts) == ()


def test_the_same_product_many_times_is_one() -> None:
    texts = shop("Only genuine products are sold here.")
    assert find_boilerplate([*texts[::3]] * 5) == ()
    assert find_boilerplate(texts * 2) == find_boilerplate(texts) != ()


def test_products_without_common_words_are_no_evidence() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = random.Random(0).sample(
        [f"{a}{b}{c}" for a in letters for b in letters for c in "xyz"], 200
    )
    assert (
        find_boilerplate([(word, "Only genuine products are sold here.") for word in words]) == ()
    )


def test_the_order_of_the_products_does_not_matter() -> None:
    texts = shop(ADDRESS)
    shuffled = random.Random(0).sample(texts, len(texts))
    assert find_boilerplate(shuffled) == find_boilerplate(texts) != ()


@pytest.mark.parametrize(
    "piece", [".", ".)", "_", "a", "a.", "a-", "a@", "|", " •", "1", "1 ", "a1", '."', "www."]
)
def test_hostile_descriptions_are_cut_into_all_that_they_are(piece: str) -> None:
    texts = [("Mug", f"{piece * 20_000} {n}") for n in range(3)]
    assert find_boilerplate(texts) == ()
    assert Boilerplate(["only genuine products"]).stripped(*texts[0]) is None


def test_in_the_bundled_sample_just_the_lines_of_its_shop_are_found() -> None:
    lines = tomllib.loads(SHOP.read_text("utf-8"))["boilerplate"]
    segments = [segment for line in lines for segment in split_segments("", line)]
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as sample:
        rows = [json.loads(row) for row in sample]
    found = find_boilerplate((row["title"], row["description"]) for row in rows)
    assert set(found) == {" ".join(Title.of("").pattern_of(segment)) for segment in segments}


def planted(n_products: int = 300) -> list[Row]:
    """The planted shop, 40 products of which say nothing but where the shop is."""
    rows = planted_rows(n_products)
    for n, row in enumerate(rows[:40]):
        row["description"] = ADDRESS.format(n=n)
    return rows


def fitted(folder: Path, rows: Sequence[Row], *changed: str) -> Run:
    return fit(
        write_json_lines(folder / "dump.jsonl", rows),
        out=folder / "run",
        settings=load_settings(None, [*QUICK, *changed]),
        encoder=TinyEncoder(),
        cache=folder / "v.sqlite",
    )


def shares_of_the_address(run: Run, rows: Sequence[Row]) -> list[float]:
    """For each main category, which share of it has the address."""
    placed = dict(zip(run.assignments.product_ids, run.assignments.level1, strict=True))
    of_shop = {row["id"] for row in rows[:40]}
    members = {
        t.id: [p for p, place in placed.items() if place == t.id] for t in run.taxonomy.level1
    }
    return [sum(p in of_shop for p in ids) / len(ids) for ids in members.values()]


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cleaned")
    fitted(folder, planted())
    return folder


def test_an_address_forms_no_category(cleaned: Path, tmp_path: Path) -> None:
    rows = planted()
    assert max(shares_of_the_address(load(cleaned / "run"), rows)) < 0.5
    kept = fitted(tmp_path, rows, "documents.drop_boilerplate=false")
    assert max(shares_of_the_address(kept, rows)) > 0.9
    assert kept.boilerplate == ()
    assert kept.manifest.boilerplate is None


def test_a_run_tells_what_was_left_out(cleaned: Path) -> None:
    run = load(cleaned / "run")
    assert any("contact our customer care" in pattern for pattern in run.boilerplate)
    (told,) = [x["message"] for x in run.log if str(x.get("message", "")).startswith("Left out")]
    assert told.endswith("in 40 of 300 products")
    assert run.manifest.boilerplate is not None
    assert run.manifest.boilerplate.products == 40
    assert run.manifest.boilerplate.sentences == len(run.boilerplate)
    page = (cleaned / "run" / "index.html").read_text("utf-8")
    assert told.removeprefix("Left out of the texts: ") in page
    assert all("customer" not in term for t in run.taxonomy.topics for term, _ in t.keywords)


def test_a_refit_and_assign_know_every_text_again(cleaned: Path) -> None:
    before = load(cleaned / "run")
    # So few that they would not show it by themselves.
    rows, known = planted()[:60], {}
    known = dict(zip(before.assignments.product_ids, before.digests, strict=True))
    dump = write_json_lines(cleaned / "next.jsonl", rows)
    encoder, cache = TinyEncoder(explodes=True), cleaned / "v.sqlite"
    assigned = assign(cleaned / "run", dump, out=cleaned / "m.csv", encoder=encoder, cache=cache)
    assert assigned.n_known == assigned.n_products == 60
    run = refit(cleaned / "run", dump, encoder=TinyEncoder(), cache=cache)
    now = dict(zip(run.assignments.product_ids, run.digests, strict=True))
    assert now == {product: known[product] for product in now}
    assert run.boilerplate == before.boilerplate
    place = placer(cleaned / "run", TinyEncoder())
    placed = place([row["title"] for row in rows], [row["description"] for row in rows])
    where = dict(zip(before.assignments.product_ids, before.assignments.level1, strict=True))
    assert list(placed["level1_id"]) == [where[row["id"]] for row in rows]


def test_a_product_that_says_nothing_else_is_unsorted_with_the_reason(tmp_path: Path) -> None:
    rows = planted()
    rows[0]["title"] = "12"
    run = fitted(tmp_path, rows)
    row = list(run.assignments.product_ids).index(rows[0]["id"])
    assert (run.assignments.level1[row], run.assignments.methods[row]) == (None, "unsorted")
    assert run.digests[row] == ""
    page = (tmp_path / "run" / "index.html").read_text("utf-8")
    assert "1 product has no text, or none but sentences that unlike products share" in page


def test_what_was_kept_before_is_looked_for_once_it_may_go(tmp_path: Path) -> None:
    rows = planted()
    fitted(tmp_path, rows, "documents.drop_boilerplate=false")
    run = refit(
        tmp_path / "run",
        tmp_path / "dump.jsonl",
        settings=load_settings(None, QUICK),
        encoder=TinyEncoder(),
        cache=tmp_path / "v.sqlite",
    )
    assert run.boilerplate
