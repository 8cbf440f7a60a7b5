"""Names that categories had before are kept, and change only for ones that are clearly better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from llm_server import (  # noqa: F401 - a fixture is used by its name
    LlmServer,
    llm_server_fixture,
    named,
)
from planted import Planted, plant
from small_shop import called, documents_of, encode, levels_of

from topicmodel.datatypes import Documents, Levels, Names, TopicDescription
from topicmodel.naming import FormerNames, name_topics, polish_names
from topicmodel.naming.choice import Proposal, choose_names
from topicmodel.naming.form import comparison_key
from topicmodel.naming.keeping import is_clearly_better, matching_share
from topicmodel.progress import Silent
from topicmodel.settings import LanguageModelSettings

PANS = ["steel frying pan", "iron frying pan", "copper frying pan, 24 cm", "blue frying pan"]
TOWELS = ["red bath towel", "blue bath towel - large", "green bath towels", "soft bath towel"]
TWO = documents_of([*PANS, *TOWELS])
TWO_LEVELS = levels_of(np.repeat([0, 1], 4))


@pytest.fixture(scope="module")
def shop() -> Planted:
    """Its vectors say what its titles say."""
    planted = plant()
    return replace(planted, vectors=encode(planted.titles))


@pytest.fixture(scope="module")
def fresh(shop: Planted) -> tuple[list[str], list[str]]:
    return called(name_topics(shop.documents, shop.vectors, shop.levels, encode))


def renamed(
    *former: str,
    taken: Sequence[str] = (),
    documents: Documents = TWO,
    levels: Levels = TWO_LEVELS,
) -> list[str]:
    """Names of level-one topics that were called otherwise before; "" for new ones."""
    vectors = encode(documents.products.titles)
    named = FormerNames(former, [], taken)
    return called(name_topics(documents, vectors, levels, encode, named))[0]


def test_without_former_names_all_are_new(
    shop: Planted, fresh: tuple[list[str], list[str]]
) -> None:
    nothing = FormerNames([""] * 4, [""] * 12)
    found = name_topics(shop.documents, shop.vectors, shop.levels, encode, nothing)
    assert called(found) == fresh


def test_the_same_topics_are_called_the_same(
    shop: Planted, fresh: tuple[list[str], list[str]]
) -> None:
    former = FormerNames(*fresh)
    found = name_topics(shop.documents, shop.vectors, shop.levels, encode, former)
    assert called(found) == fresh


def test_a_name_that_the_titles_bear_out_is_kept_though_another_would_be_given_today(
    shop: Planted, fresh: tuple[list[str], list[str]]
) -> None:
    plain = [name.split()[-1] for name in fresh[1]]
    former = FormerNames([""] * 4, plain)
    found = called(name_topics(shop.documents, shop.vectors, shop.levels, encode, former))
    assert found[1] == plain
    assert not set(found[0]) & set(plain)


def test_a_name_that_no_title_bears_out_is_replaced() -> None:
    assert renamed("Toothbrushes", "Towels") == ["Frying Pans", "Towels"]


def test_a_new_topic_gets_a_name_that_no_other_has() -> None:
    more = documents_of([*PANS, *(f"{title}, new" for title in PANS)])
    found = renamed("Frying Pans", "", documents=more)
    assert found[0] == "Frying Pans"
    assert comparison_key(found[1]) != comparison_key("Frying Pans")


@pytest.mark.parametrize("reserved", ["Frying Pans", "frying-pan", "FRYING PAN"])
def test_a_reserved_name_is_not_given_again_however_it_is_written(reserved: str) -> None:
    found = renamed("", "", taken=[reserved])
    assert comparison_key(found[0]) != comparison_key(reserved)
    assert found[1] == "Bath Towels"


def test_a_name_that_is_given_up_is_free_for_the_topic_that_it_fits() -> None:
    assert renamed("Bath Towels", "") == ["Frying Pans", "Bath Towels"]


def test_a_name_that_is_today_s_in_other_writing_is_kept() -> None:
    proposed = [Proposal("Pans & Towels", 1.0, 8), Proposal("Pans", 0.5, 8)]
    former = FormerNames(["Pans Towels"], [])
    names, _ = choose_names(({0: proposed}, {}), ({0: [*PANS, *TOWELS]}, {}), {}, former)
    assert names[0].name == "Pans Towels"


def test_a_topic_whose_titles_hold_no_name_keeps_the_one_it_had() -> None:
    numbers = documents_of(["12 34 56"] * 4 + ["78 90 12"] * 4)
    assert renamed("Oddments", "", documents=numbers)[0] == "Oddments"


def test_former_names_are_left_as_they_were() -> None:
    former = FormerNames(["Toothbrushes", ""], [], ["Pans"])
    name_topics(TWO, encode(TWO.products.titles), TWO_LEVELS, encode, former)
    assert former == FormerNames(["Toothbrushes", ""], [], ["Pans"])


@budget(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["", "Pans", "Towels", "Oddments", "Pan"]), min_size=2, max_size=2))
def test_two_topics_never_share_a_name_that_only_one_had(former: list[str]) -> None:
    if former[0] and comparison_key(former[0]) == comparison_key(former[1]):
        former = [former[0], ""]
    found = renamed(*former)
    assert len(set(map(comparison_key, found))) == 2
    assert all(found)


@pytest.mark.parametrize(
    ("new", "old", "better"),
    [
        ("Frying Pans", "Pans", False),
        ("Pans", "Frying Pans", False),
        ("Frying Pans", "Towels", True),
        ("Towels", "Toothbrushes", False),
        ("Copper Pans", "Towels", True),
        ("Frying Pans", "Copper Pans", True),
        ("Iron Pans & Copper Pans", "Blue Pans", False),
        ("Frying Pans", "Towels & Iron Pans", True),
        ("Frying Pans", "Steel Pans & Iron Pans", False),
    ],
)
def test_a_name_is_clearly_better_by_the_titles_that_have_its_words(
    new: str, old: str, better: bool
) -> None:
    # A half of a name is enough; a quarter of the titles has each material.
    assert is_clearly_better(matching_share(new, PANS), matching_share(old, PANS)) is better


def test_without_titles_no_name_is_better() -> None:
    assert not is_clearly_better(matching_share("Pans", []), matching_share("Toothbrushes", []))


def test_a_language_model_is_not_asked_about_names_that_are_kept(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    kept = polished(llm_server, tmp_path, FormerNames(["Frying Pans", ""], []))
    assert kept == ["Frying Pans", "Better Bath Towels"]
    assert [request.name for request in llm_server.requests] == ["Bath Towels"]


def test_a_language_model_is_asked_about_a_name_that_has_changed(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    polished(llm_server, tmp_path, FormerNames(["Toothbrushes", "Bath Towels"], []))
    assert [request.name for request in llm_server.requests] == ["Frying Pans"]


@pytest.mark.parametrize("taken", ["Cookware", "cook-ware"])
def test_a_reserved_name_is_not_taken_from_a_language_model(
    llm_server: LlmServer, tmp_path: Path, taken: str
) -> None:
    llm_server.behaviour = lambda _: named("Cookware")
    former = FormerNames(["", "Bath Towels"], [], [taken])
    assert polished(llm_server, tmp_path, former) == ["Frying Pans", "Bath Towels"]


def test_nobody_is_asked_where_all_names_are_kept(llm_server: LlmServer, tmp_path: Path) -> None:
    names = ["Frying Pans", "Bath Towels"]
    assert polished(llm_server, tmp_path, FormerNames(names, [])) == names
    assert llm_server.requests == []


def polished(server: LlmServer, folder: Path, former: FormerNames) -> list[str]:
    names = Names([TopicDescription(name, (), ()) for name in ("Frying Pans", "Bath Towels")], [])
    settings = LanguageModelSettings(model="tiny", base_url=server.base_url, retries=0)
    found, suggestions = polish_names(
        names, TWO, encode(TWO.products.titles), TWO_LEVELS, settings, folder, Silent(), former
    )
    assert suggestions.n_asked == len(server.requests)
    return [label.name for label in found.level1]
