"""Names of the bundled catalogue are in the shop's language, and a run says which that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_run import fake_run, with_goods
from goods_shop import catalogue
from planted_shop import write_json_lines
from spoken_shop import FAMILIES, spoken_rows
from tiny_encoder import TinyEncoder

from topicmodel import Run, fit, load_settings, refit
from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.catalogue.translations import translations, translator
from topicmodel.datatypes import CatalogueRecord
from topicmodel.datatypes.language_names import LANGUAGE_NAMES, language_name
from topicmodel.datatypes.language_wording import language_told, naming_told, with_language
from topicmodel.progress.protocol import Silent
from topicmodel.reporting import render
from topicmodel.settings import ReportSettings
from topicmodel.text import languages
from topicmodel.text.varieties import BRAZILIAN, with_varieties

QUICK = [
    "documents.drop_boilerplate=false",
    "topics.n_fits=1",
    "evaluation.resamples=0",
    "level1.min_topics=2",
    "level2.min_size=5",
]
MENU = [f"Shop > {family}" for family in FAMILIES]


@pytest.mark.parametrize(
    ("codes", "language", "name"),
    [
        (["es", "es", "en"], "es", "Quesos"),
        (["pt", "pt", "en"], "pt", "Queijos"),
        (["pt-br"], "pt-br", "Queijos"),
        (["ja"], "ja", "チーズ"),
        (["en"], "en", "Cheese"),
        ([], "en", "Cheese"),
        (["es", "de"], "de", "Käse"),
    ],
)
def test_names_are_in_the_language_of_most_texts(
    codes: Sequence[str], language: str, name: str
) -> None:
    found = translator(bundled_catalogue(), codes)
    assert found is not None
    assert (found.language, found("Cheese")) == (language, name)


def test_portuguese_and_brazilian_shops_print_other_words() -> None:
    names = [translator(bundled_catalogue(), [code]) for code in ("pt", "pt-br")]
    assert [each and each("Mobile Phones") for each in names] == ["Telemóveis", "Celulares"]


@pytest.mark.parametrize("language", ["sv", "ko", "th", "vi", "zh"])
def test_where_there_are_no_names_in_it_there_is_no_translator(language: str) -> None:
    assert translator(bundled_catalogue(), [language, "en", language]) is None


@pytest.mark.parametrize("language", ["es", "sv", "en"])
def test_the_names_of_a_menu_are_never_translated(language: str) -> None:
    found = translator(replace(catalogue(), source="menu.txt"), [language])
    assert found is not None
    assert (found.language, found("Cheese")) == (None, "Cheese")


def test_every_language_that_has_names_has_an_english_name() -> None:
    assert set(translations()) <= set(LANGUAGE_NAMES)
    assert language_name("xx") == "an unknown language"


OF_BRAZIL = (
    "Capinha de celular resistente à umidade",
    "Tênis esportivo feminino",
    "Fone eletrônico para você usar no ônibus",
)
OF_PORTUGAL = (
    "Capa de telemóvel resistente à humidade",
    "Ténis desportivos de senhora",
    "Auscultadores eletrónicos para usar no autocarro",
)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (OF_BRAZIL, "pt-br"),
        (OF_PORTUGAL, "pt"),
        ((*OF_BRAZIL, *OF_PORTUGAL[:1]), "pt-br"),
        ((*OF_PORTUGAL, *OF_BRAZIL[:1]), "pt"),
        (("Mesa de madeira", "Copo de vidro"), "pt-br"),
        (("MOCHILA PARA PORTÁTIL E TELEMÓVEL",), "pt"),
        (("TELEMO\u0301VEL",), "pt"),
    ],
)
def test_a_portuguese_dump_is_of_one_variety_by_words_that_only_it_has(
    texts: Sequence[str], code: str
) -> None:
    assert with_varieties(texts, ["pt"] * len(texts)) == [code] * len(texts)


def test_texts_in_other_languages_do_not_decide_which_portuguese_it_is() -> None:
    texts = [*OF_PORTUGAL, *["celular para usted"] * 9]
    codes = ["pt"] * 3 + ["es"] * 9
    assert with_varieties(texts, codes) == codes
    assert with_varieties([], []) == []


ABOUT_TITLES = "so categories are named by words of the titles"
OTHERS = "--language names another one, and --menu takes categories of your own."


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({}, ""),
        ({"language": "en", "shop_language": "en", "language_share": 0.9}, ""),
        (
            {"language": "es", "shop_language": "es", "language_share": 0.93},
            "Names from the catalogue are in Spanish, the language of 93% of the texts.",
        ),
        (
            {"language": "en", "shop_language": "en", "language_share": 0.45},
            "Names from the catalogue are in English, which more texts are in (45%) than in any "
            f"other language; {OTHERS}",
        ),
        (
            {
                "language": "pt-br",
                "shop_language": "pt-br",
                "language_by": "settings",
                "language_share": 0.0,
            },
            "Names from the catalogue are in Brazilian Portuguese, as was asked for.",
        ),
        (
            {
                "language": "es",
                "shop_language": "es",
                "language_by": "previous run",
                "language_share": 0.3,
            },
            "Names from the catalogue are in Spanish, as in the run before.",
        ),
        (
            {"shop_language": "sv", "language_share": 0.93},
            "The catalogue has no names in Swedish, which 93% of the texts are in, "
            f"{ABOUT_TITLES}; {OTHERS}",
        ),
        (
            {"shop_language": "sv", "language_by": "settings"},
            f"The catalogue has no names in Swedish, {ABOUT_TITLES}; {OTHERS}",
        ),
        (
            {"used": False, "shop_language": "es", "language_share": 0.93},
            "So categories are named by words of the titles, of which 93% are in Spanish.",
        ),
        (
            {"used": False, "shop_language": "es", "language_by": "settings"},
            "So categories are named by words of the titles, whatever language is set for names.",
        ),
    ],
)
def test_the_language_of_names_is_told_where_it_does_not_go_without_saying(
    record: dict[str, Any], sentence: str
) -> None:
    usual = {"used": True, "language_by": "texts"}
    assert language_told(CatalogueRecord(**{**usual, **record})) == sentence


def test_nothing_is_told_of_languages_where_there_is_no_catalogue() -> None:
    assert language_told(None) == naming_told(None) == ""
    assert with_language(None) == "No catalogue of goods was used."


def test_a_catalogue_that_was_left_aside_is_told_with_what_follows_for_names() -> None:
    record = CatalogueRecord(
        source="bundled", used=False, shop_language="es", language_by="texts", language_share=1.0
    )
    assert naming_told(record) == (
        "The catalogue of goods was left aside: it knows too few of the texts. So categories are "
        "named by words of the titles, of which 100% are in Spanish."
    )


class Listener(Silent):
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)


def fitted(
    folder: Path, *spoken: str, also: str = "", menu: object = None, settings: Sequence[str] = ()
) -> tuple[Run, list[str]]:
    """The run of a spoken shop, and what it said meanwhile."""
    listener = Listener()
    run = fit(
        write_json_lines(folder / "shop.jsonl", spoken_rows(*spoken, also=also)),
        out=folder / "run",
        settings=load_settings(None, [*QUICK, *settings]),
        menu=menu,  # type: ignore[arg-type]
        encoder=TinyEncoder(),
        cache=folder / "vectors.sqlite",
        progress=listener,
    )
    return run, listener.messages


def names_of(run: Run) -> set[str]:
    return {topic.name for topic in run.taxonomy.topics}


def name_in(language: str, *names: str) -> set[str]:
    return {translations()[language][name] for name in names}


DEPARTMENTS = ("Music, Film & Instruments", "Food & Groceries", "Jewellery & Watches")


@pytest.mark.parametrize(
    ("spoken", "also", "language"),
    [("es", "", "es"), ("pt", "telemóvel", "pt"), ("pt", "celular", "pt-br")],
)
def test_a_shop_is_named_in_its_language_and_the_run_says_so(
    tmp_path: Path, spoken: str, also: str, language: str
) -> None:
    run, messages = fitted(tmp_path, spoken, also=also)
    assert names_of(run) >= name_in(language, *DEPARTMENTS, "Earrings")
    use = run.manifest.catalogue
    assert use is not None
    assert (use.language, use.shop_language, use.language_by) == (language, language, "texts")
    assert use.language_share == 1
    told = f"Names from the catalogue are in {language_name(language)}"
    assert [text for text in messages if text.startswith(told)]


def test_english_names_over_english_products_need_no_word(tmp_path: Path) -> None:
    run, messages = fitted(tmp_path, "en")
    assert names_of(run) >= set(DEPARTMENTS)
    assert not [text for text in messages if "catalogue are in" in text]


def test_without_names_in_its_language_a_shop_gets_none_in_english_and_is_told(
    tmp_path: Path,
) -> None:
    run, messages = fitted(tmp_path, "sv")
    assert run.manifest.catalogue is not None
    assert run.manifest.catalogue.used
    assert run.manifest.catalogue.language is None
    # Its titles are in English, so that names of one word could come from them too.
    assert not [name for name in names_of(run) if name in {*DEPARTMENTS, *FAMILIES} and "&" in name]
    (told,) = (text for text in messages if "no names in Swedish" in text)
    assert "--language" in told


def test_of_several_languages_it_says_which_one_and_how_to_choose_another(tmp_path: Path) -> None:
    run, messages = fitted(tmp_path, "es", "en", "es", "sv")
    assert names_of(run) >= name_in("es", *DEPARTMENTS)
    (told,) = (text for text in messages if "in Spanish" in text)
    assert "(50%)" in told
    assert told.endswith(OTHERS)


def test_the_user_chooses_the_language(tmp_path: Path) -> None:
    run, messages = fitted(tmp_path, "pt", also="celular", settings=["catalogue.language=pt"])
    assert names_of(run) >= name_in("pt", *DEPARTMENTS)
    assert "Names from the catalogue are in Portuguese, as was asked for." in messages


def test_a_menu_stays_as_its_user_wrote_it(tmp_path: Path) -> None:
    run, messages = fitted(tmp_path, "es", menu=MENU, settings=["catalogue.language=de"])
    assert names_of(run) >= {"Rings", "Earrings", "Cheese"}
    assert run.manifest.catalogue is not None
    assert run.manifest.catalogue.language is None
    assert not [text for text in messages if "German" in text or "Spanish" in text]


def test_a_refit_goes_on_in_the_language_of_the_run_before(tmp_path: Path) -> None:
    fitted(tmp_path, "es")
    after = refit(
        tmp_path / "run",
        write_json_lines(tmp_path / "next.jsonl", spoken_rows("en", n=22)),
        settings=load_settings(None, QUICK),
        encoder=TinyEncoder(),
        cache=tmp_path / "vectors.sqlite",
    )
    use = after.manifest.catalogue
    assert use is not None
    assert (use.language, use.language_by) == ("es", "previous run")
    assert names_of(after) >= name_in("es", *DEPARTMENTS)
    assert not names_of(after) & {*DEPARTMENTS, *FAMILIES}


def test_every_language_that_texts_can_be_in_has_an_english_name() -> None:
    of_scripts = " ".join(languages._LANGUAGES.values()).split()
    of_one_script = languages._LETTERS.keys() - languages._LANGUAGES.keys()
    assert {*of_scripts, *of_one_script, BRAZILIAN} == set(LANGUAGE_NAMES)


def test_the_report_tells_the_language() -> None:
    spanish = {"language": "es", "shop_language": "es", "language_by": "texts"}
    run = with_goods(fake_run(60), **spanish, language_share=0.93)
    page = render(run, ReportSettings())
    assert "Names from the catalogue are in Spanish, the language of 93% of the texts." in page
