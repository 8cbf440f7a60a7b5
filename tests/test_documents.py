"""What becomes of a product's words before they are embedded."""

from __future__ import annotations

import random
import time

import ftfy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicmodel.datatypes import Documents, Product, Products
from topicmodel.documents import build_documents
from topicmodel.naming.wording import Wording
from topicmodel.settings import DocumentSettings
from topicmodel.text.cleaning import clean_text


def documents_of(*products: Product, **chosen: object) -> Documents:
    return build_documents(Products.of(products), DocumentSettings.model_validate(chosen))


def text_of(product: Product, **chosen: object) -> str:
    (text,) = documents_of(product, **chosen).texts
    return text


def wording_of(*products: Product) -> dict[str, tuple[tuple[str, ...], str]]:
    """Text -> brands and colours of the product that stands for it."""
    wording = Wording.from_documents(documents_of(*products))
    brands_and_colours = zip(wording.brands, wording.colours, strict=True)
    return dict(zip(wording.texts, brands_and_colours, strict=True))


def test_pictures_are_told_in_the_order_of_the_products() -> None:
    products = [
        Product(str(n), "Mug", image=image) for n, image in enumerate(("b.png", "", "a.png"))
    ]
    assert documents_of(*products).products.images == ["b.png", "", "a.png"]


def test_a_picture_that_stands_in_the_dump_itself_is_no_name_of_one() -> None:
    inlined = Product("1", "Mug", image="data:image/png;base64," + "A" * 100_000)
    assert documents_of(inlined).products.images == [""]


WORDS = st.text(alphabet="ab <>&;/.!\u200b\u00e9\n", max_size=12)
PRODUCTS = st.lists(
    st.tuples(WORDS, WORDS).map(lambda pair: Product("", title=pair[0], description=pair[1])),
    max_size=12,
).map(lambda rows: [Product(str(n), row.title, row.description) for n, row in enumerate(rows)])


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<p>Red <b>m</b>ug</p><p>Holds&nbsp;tea</p>", "Red mug Holds tea"),
        ("a<br>b<br/>c<BR />d", "a b c d"),
        ("<style>p {color: red}</style>Mug<script>if (a<b) {x()}</script> big", "Mug big"),
        ("<script>var x = '<p>no</p>';</script>Mug", "Mug"),
        ("How to write <script> tags", "How to write tags"),
        ('<img src="a.jpg" alt="x">Mug<!-- hidden <p> --> big', "Mug big"),
        ("<!DOCTYPE html><html><body>Mug</body></html>", "Mug"),
        ("<![CDATA[Mug]]>", "Mug"),
        ("<o:p>Mug</o:p>", "Mug"),
        ("&lt;p&gt;Red &amp;amp; blue&lt;/p&gt;", "Red & blue"),
        ("Tom &amp; Jerry&#39;s &euro;5 &#x2713;", "Tom & Jerry's €5 ✓"),
        ("5 < 6 and 7 > 3, size <M>, <3", "5 < 6 and 7 > 3, size <M>, <3"),
        ("waist <66cm & R&D", "waist <66cm & R&D"),
        ("donâ€™t cafÃ©", "don’t café"),
        ("“Quoted” – naïve ½ ™", "“Quoted” – naïve ½ ™"),
        ("e\u0301", "é"),
        ("a\0b\x07c\u200bd\ufeffe\u202ef", "abcdef"),
        ("soft\u00adware\u00a0here\r\n\t now", "software here now"),
        ("SAS\ufffd15K \uf0b7 item", "SAS 15K item"),
        ("a\ud800b", "a b"),
        ("", ""),
        ("<br> &nbsp; \u200b", ""),
    ],
)  # fmt: skip
def test_debris_goes_and_words_stay(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@settings(deadline=None)
@given(st.text())
def test_clean_text_is_one_line_that_can_be_written(raw: str) -> None:
    clean = clean_text(raw)
    assert clean == " ".join(clean.split())
    assert "\0" not in clean
    clean.encode("utf-8")


@pytest.mark.parametrize("piece", ["<", "<!--", "<script>", "<a ", "&amp;", "&", "-->", "</style>"])
def test_hostile_text_takes_no_time(piece: str) -> None:
    began = time.process_time()
    clean_text(piece * 50_000)
    # Seconds of the processor; a quadratic pattern would take hours.
    assert time.process_time() - began < 60


def test_a_text_is_the_title_and_the_description() -> None:
    assert text_of(Product("1", "Red mug", "Holds tea.")) == "Red mug. Holds tea."
    assert text_of(Product("1", "Red mug!", "Holds tea.")) == "Red mug! Holds tea."
    assert text_of(Product("1", "Red mug")) == "Red mug"


def test_a_title_that_opens_the_description_is_not_repeated() -> None:
    assert text_of(Product("1", "Red Mug", "Red mug, holds tea")) == "Red mug, holds tea"
    assert text_of(Product("1", "Mug", "Mug")) == "Mug"
    assert text_of(Product("1", "Mug", "Mugs for all")) == "Mug. Mugs for all"


def test_chosen_attributes_join_the_text_and_others_do_not() -> None:
    product = Product("1", "Mug", "Big.", {"Colour": "<b>red</b>", "brand": "Acme", "gap": " "})
    assert text_of(product) == "Mug. Big."
    assert text_of(product, attributes=["colour"]) == "Mug. Colour: red. Big."
    assert text_of(product, attributes=["*"]) == "Mug. Colour: red. brand: Acme. Big."


def test_chosen_attributes_stand_right_behind_the_title() -> None:
    opened = Product("1", "Mug", "Mug, big and blue", {"Type": "Cup"})
    assert text_of(opened) == "Mug, big and blue"
    assert text_of(opened, attributes=["type"]) == "Mug. Type: Cup. big and blue"
    untitled = Product("1", "", "Big and blue", {"Type": "Cup"})
    assert text_of(untitled, attributes=["type"]) == "Type: Cup. Big and blue"
    bare = Product("1", "Mug", "mug", {"Type": "Cup"})
    assert text_of(bare, attributes=["type"]) == "Mug. Type: Cup"


def test_a_text_is_cut_at_a_word() -> None:
    product = Product("1", "Mug", "holds tea and coffee")
    assert text_of(product, max_characters=20) == "Mug. holds tea and"
    assert text_of(product, max_characters=25) == "Mug. holds tea and coffee"
    assert text_of(Product("1", "字" * 50), max_characters=20) == "字" * 20


def test_a_product_without_a_title_goes_by_its_description_or_its_id() -> None:
    described = Product("1", "", "holds tea " * 20)
    nameless = Product("x-2", "<br>", "&nbsp;")
    documents = documents_of(described, nameless)
    assert documents.products.titles == [" ".join(["holds tea"] * 8), "x-2"]
    assert documents.text_of_product.tolist() == [0, -1]


def test_equal_texts_are_one_and_every_product_keeps_its_own() -> None:
    documents = documents_of(
        Product("1", "Mug", "big"), Product("2", "Jar"), Product("3", "<b>Mug</b>", " big ")
    )
    assert documents.products.ids == ["1", "2", "3"]
    assert sorted(documents.texts) == ["Jar", "Mug. big"]
    first, second, third = documents.text_of_product
    assert first == third != second


def test_true_paths_stand_beside_their_products() -> None:
    documents = documents_of(Product("1", "Mug", true_path=("Home", "Mugs")), Product("2", "Jar"))
    assert documents.products.true_paths == [("Home", "Mugs"), ()]


def test_brands_and_colours_are_read_out_of_attributes() -> None:
    told = wording_of(
        Product("1", "Mug", attributes={"Brand": "<b>Acme</b>", "Color": "sky  blue"}),
        Product("2", "Jar", attributes={"Material": "glass", "brand": " "}),
        Product("3", "Pan", attributes={"manufacturer": "Bolt &amp; Sons", "colour name": "red"}),
    )
    assert told == {
        "Mug": (("Acme",), "sky blue"),
        "Jar": ((), ""),
        "Pan": (("Bolt & Sons",), "red"),
    }


def test_several_brands_and_colours_of_a_product_are_all_kept() -> None:
    attributes = {"brand": "Acme", "vendor": "Bolt", "shade": "red", "color": "blue"}
    told = wording_of(Product("1", "Mug", attributes=attributes))
    assert told == {"Mug": (("Acme", "Bolt"), "red, blue")}


def test_brands_and_colours_do_not_join_the_text_unasked() -> None:
    assert text_of(Product("1", "Mug", attributes={"brand": "Acme", "colour": "red"})) == "Mug"


def test_every_text_has_its_language() -> None:
    german = Product("1", "Die Tasse", "Sie ist aus Ton und für den Tee und den Kaffee.")
    chinese = Product("2", "纯棉毛巾")
    documents = documents_of(german, chinese, Product("3", "纯棉毛巾"))
    told = dict(zip(documents.texts, documents.languages, strict=True))
    assert sorted(told.values()) == ["de", "zh"]
    assert told["纯棉毛巾"] == "zh"


def test_the_first_id_stands_for_a_text() -> None:
    documents = documents_of(Product("b", "Mug"), Product("a", "Mug"), Product("c", "Jar"))
    stands_for = dict(zip(documents.texts, documents.product_of_text.tolist(), strict=True))
    assert stands_for == {"Mug": 1, "Jar": 2}


@settings(deadline=None)
@given(PRODUCTS)
def test_every_product_is_mapped_and_every_text_is_used(products: list[Product]) -> None:
    documents = documents_of(*products)
    rows = documents.text_of_product.tolist()
    assert len(rows) == len(documents.products) == len(products)
    assert len(documents.languages) == len(documents.texts)
    assert set(rows) - {-1} == set(range(len(documents.texts)))
    assert all(documents.texts)
    assert all(documents.products.titles)


@settings(deadline=None)
@given(PRODUCTS, st.randoms(use_true_random=False))
def test_another_row_order_gives_the_same_texts_in_the_same_order(
    products: list[Product], rng: random.Random
) -> None:
    shuffled = rng.sample(products, len(products))
    one = documents_of(*products)
    other = documents_of(*shuffled)
    assert one.texts == other.texts
    assert one.languages == other.languages
    assert dict(zip(one.products.ids, one.text_of_product, strict=True)) == dict(
        zip(other.products.ids, other.text_of_product, strict=True)
    )


def test_no_documents_come_from_no_products() -> None:
    documents = documents_of()
    assert documents.text_of_product.shape == (0,)
    assert list(documents.texts) == list(documents.languages) == []
    assert len(documents.products) == 0


STRANGE = st.text(alphabet="éÃÂâ€œ™ \n°²œŸšÑü\xa0\x85\u0301abZ.ВГВЂ×√≈\u201aÄ", max_size=12)


@given(st.lists(st.tuples(STRANGE, st.sampled_from(["", "a", " plain words in between "]))))
def test_text_is_looked_through_for_mojibake_as_ftfy_does_it(pieces: list[tuple[str, str]]) -> None:
    text = "".join(strange + plain for strange, plain in pieces)
    config = ftfy.TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization="NFC",
    )
    assert clean_text(text) == clean_text(ftfy.fix_text(text, config))
