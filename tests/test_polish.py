from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from llm_server import (  # noqa: F401 - a fixture is used by its name
    LlmServer,
    Reply,
    Request,
    closed_port,
    failure,
    forget_endpoints,
    llm_server_fixture,
    named,
)
from planted import unit
from small_shop import documents_of, encode, levels_of

from topicmodel.datatypes import Documents, Floats, Names, TopicDescription
from topicmodel.errors import SettingsError
from topicmodel.naming import polish_names
from topicmodel.naming.gates import tree_faults
from topicmodel.naming.language_model import Suggestions
from topicmodel.naming.polish import EXAMPLES
from topicmodel.settings import LanguageModelSettings

GOODS = ("sofa", "bed", "frying pan", "tea kettle")
TITLES = [f"Acme {colour} {goods}" for goods in GOODS for colour in ("red", "blue", "green")]
LEVELS = levels_of(np.repeat([0, 1], 6), np.repeat([0, 1, 2, 3], 3))
HOME = ("Lounge", "Kitchen")
BELOW = ("Sofas", "Beds", "Frying Pans", "Kettles")


def labels(*names: str) -> list[TopicDescription]:
    return [
        TopicDescription(name, ((name.lower(), 2.0), ("home", 1.0)), (("cloud", 1.0),))
        for name in names
    ]


NAMES = Names(labels(*HOME), labels(*BELOW))
DOCUMENTS = documents_of(TITLES, brands=["Acme"] * 12)
VECTORS = encode(TITLES)


class Recorder:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, float | None]] = []
        self.amount = 0.0
        self.messages: list[str] = []

    def stage(self, name: str, total: float | None = None) -> None:
        self.stages.append((name, total))

    def advance(self, amount: float, note: str = "") -> None:  # noqa: ARG002 - as the protocol says
        self.amount += amount

    def message(self, text: str) -> None:
        self.messages.append(text)

    def warning(self, text: str) -> None:
        self.message(text)


def polish(
    folder: Path,
    base_url: str,
    progress: Recorder | None = None,
    *,
    names: Names = NAMES,
    documents: Documents = DOCUMENTS,
    vectors: Floats = VECTORS,
    model: str = "tiny",
) -> tuple[Names, Suggestions]:
    settings = LanguageModelSettings(model=model, base_url=base_url, retries=0, timeout=120.0)
    told = progress or Recorder()
    return polish_names(names, documents, vectors, LEVELS, settings, folder, told)


def answers(server: LlmServer, suggested: Mapping[str, str]) -> None:
    """Let the model suggest a name for some present names, and repeat the others."""
    server.behaviour = lambda request: named(suggested.get(request.name, request.name))


def written(names: Names) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(label.name for label in names.level1),
        tuple(label.name for label in names.level2),
    )


def asked(server: LlmServer) -> dict[str, Request]:
    return {request.name: request for request in server.requests}


def test_good_answers_are_used(llm_server: LlmServer, tmp_path: Path) -> None:
    better = {"Kitchen": "Kitchenware", "Sofas": "Sofas & Couches", "Kettles": "Tea Kettles"}
    answers(llm_server, better)
    polished, suggestions = polish(tmp_path, llm_server.base_url)
    assert written(polished) == (
        ("Lounge", "Kitchenware"),
        ("Sofas & Couches", "Beds", "Frying Pans", "Tea Kettles"),
    )
    assert (suggestions.n_asked, suggestions.n_failed) == (6, 0)


def test_only_the_names_change(llm_server: LlmServer, tmp_path: Path) -> None:
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert written(polished)[0] == tuple(f"Better {name}" for name in HOME)
    for before, after in zip(
        [*NAMES.level1, *NAMES.level2], [*polished.level1, *polished.level2], strict=True
    ):
        assert after.runners_up == (before.name,)
        assert replace(after, name=before.name, runners_up=()) == before


def test_a_name_that_nobody_has_measured_is_not_called_weak(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    measured = [replace(label, coverage=0.2, runners_up=("A", "B", "C")) for label in NAMES.level1]
    answers(llm_server, {"Kitchen": "Kitchenware"})
    polished, _ = polish(tmp_path, llm_server.base_url, names=Names(measured, NAMES.level2))
    kept, renamed = polished.level1
    assert (kept.coverage, kept.runners_up) == (0.2, ("A", "B", "C"))
    assert (renamed.coverage, renamed.runners_up) == (None, ("Kitchen", "A", "B"))


def test_what_belongs_to_a_category_is_taken_from_the_model_whether_its_name_is_or_not(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    llm_server.behaviour = lambda request: named("12 Things", f"All {request.name}.")
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert written(polished) == (HOME, BELOW)
    assert polished.level2[0].description == "All Sofas."


@pytest.mark.parametrize(
    "hostile",
    [
        "Tea <script>alert(1)</script> kettles.",
        "Kettles as at shop.example.com.",
        "Kettles by Acme.",
        "Acme’s kettles.",
        "Kettles \u202e.",
        "K" * 10_000,
    ],
)
def test_a_definition_that_no_shop_could_print_is_dropped_and_its_name_taken(
    llm_server: LlmServer, tmp_path: Path, hostile: str
) -> None:
    llm_server.behaviour = lambda request: named(f"Fine {request.name}", hostile)
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert written(polished)[1][3] == "Fine Kettles"
    assert {label.description for label in [*polished.level1, *polished.level2]} == {""}


def test_a_reply_of_ten_thousand_characters_leaves_ours(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    llm_server.behaviour = lambda _: named("K" * 10_000, "K" * 10_000)
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert polished == NAMES


def test_a_parent_gets_no_name_that_says_all_that_a_child_says(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    answers(llm_server, {"Kitchen": "Kettle Sets", "Lounge": "Living Room"})
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert written(polished) == (("Living Room", "Kitchen"), BELOW)
    first, second = written(polished)
    assert tree_faults({first[0]: second[:2], first[1]: second[2:]}) == []


def test_a_child_that_stood_badly_before_does_not_keep_its_parent_from_a_better_name(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    names = Names(NAMES.level1, labels("Sofas", "Beds", "Kitchens", "Kettles"))
    answers(llm_server, {"Kitchen": "Kitchen Tools"})
    polished, _ = polish(tmp_path, llm_server.base_url, names=names)
    assert written(polished)[0] == ("Lounge", "Kitchen Tools")


def test_the_other_names_of_a_category_are_still_free(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    others = [replace(label, runners_up=("Cookware", "Pans")) for label in NAMES.level1]
    answers(llm_server, {"Kitchen": "Cookware"})
    polished, _ = polish(tmp_path, llm_server.base_url, names=Names(others, NAMES.level2))
    kept, renamed = polished.level1
    assert kept.runners_up == ("Pans",)
    assert renamed.runners_up == ("Kitchen", "Pans")


@pytest.mark.parametrize(
    ("present", "suggested"),
    [("Frying Pans", "Kitchen"), ("Kettles", "Pans & Frying"), ("Sofas", "Lounges")],
)
def test_a_suggestion_that_does_not_stand_well_in_the_tree_leaves_ours(
    llm_server: LlmServer, tmp_path: Path, present: str, suggested: str
) -> None:
    answers(llm_server, {present: suggested})
    assert written(polish(tmp_path, llm_server.base_url)[0]) == (HOME, BELOW)


@pytest.mark.parametrize(
    "suggestion",
    [
        "Acme Kettles",
        "Kettles by Acme",
        "12 Kettles",
        "Kettles of 500 ml",
        "Kettles for the",
        "K",
        "Kettles that are far too long for any menu of a shop",
        "<b>Kettles</b>",
        "tea_kettles",
    ],
)
def test_a_suggestion_that_breaks_a_rule_leaves_ours(
    llm_server: LlmServer, tmp_path: Path, suggestion: str
) -> None:
    answers(llm_server, {"Kettles": suggestion, "Beds": "Bedsteads"})
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert written(polished) == (HOME, ("Sofas", "Bedsteads", "Frying Pans", "Kettles"))


@pytest.mark.parametrize("taken", ["Beds", "BED", "Kitchen", "Lounge", "Frying-Pan"])
def test_a_name_that_another_category_has_leaves_ours(
    llm_server: LlmServer, tmp_path: Path, taken: str
) -> None:
    answers(llm_server, {"Kettles": taken})
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert written(polished) == (HOME, BELOW)


def test_a_name_that_is_suggested_twice_goes_to_the_first(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    answers(llm_server, {"Kitchen": "Cookware", "Frying Pans": "Cookware", "Kettles": "cookware"})
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert written(polished) == (("Lounge", "Cookware"), BELOW)


def test_a_name_that_its_owner_gives_up_is_still_taken(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    answers(llm_server, {"Kettles": "Tea Kettles", "Frying Pans": "Kettles"})
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert written(polished)[1] == ("Sofas", "Beds", "Frying Pans", "Tea Kettles")


def test_a_category_may_have_its_own_name_written_otherwise(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    answers(llm_server, {"Frying Pans": "Frying-Pans"})
    polished, _ = polish(tmp_path, llm_server.base_url)
    assert written(polished)[1][2] == "Frying-Pans"


def test_a_server_that_is_down_leaves_all_names_with_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_endpoints(monkeypatch)
    progress = Recorder()
    polished, suggestions = polish(tmp_path, closed_port(), progress)
    assert polished == NAMES
    assert suggestions.n_failed == 6
    assert len(progress.messages) == 1
    assert "6 of 6" in progress.messages[0]


def test_answers_that_are_errors_leave_their_names_only(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    def sometimes(request: Request) -> Reply:
        return failure(500) if request.name == "Beds" else named(f"Fine {request.name}")

    llm_server.behaviour = sometimes
    progress = Recorder()
    polished, _ = polish(tmp_path, llm_server.base_url, progress)
    assert written(polished) == (
        ("Fine Lounge", "Fine Kitchen"),
        ("Fine Sofas", "Beds", "Fine Frying Pans", "Fine Kettles"),
    )
    assert len(progress.messages) == 1


def test_a_model_that_cannot_be_asked_at_all_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_endpoints(monkeypatch)
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        polish(tmp_path, "")


def test_without_a_model_the_names_stay(llm_server: LlmServer, tmp_path: Path) -> None:
    polished, _ = polish(tmp_path, llm_server.base_url, model="")
    assert polished == NAMES
    assert llm_server.requests == []


def test_the_stage_counts_the_categories(llm_server: LlmServer, tmp_path: Path) -> None:
    progress = Recorder()
    polish(tmp_path, llm_server.base_url, progress)
    ((_, total),) = progress.stages
    assert total == progress.amount == 6
    assert progress.messages == []


def test_a_second_run_asks_nothing_and_says_the_same(llm_server: LlmServer, tmp_path: Path) -> None:
    first, _ = polish(tmp_path, llm_server.base_url)
    n_asked = len(llm_server.requests)
    second, suggestions = polish(tmp_path, llm_server.base_url)
    assert second == first != NAMES
    assert (len(llm_server.requests), suggestions.n_cached) == (n_asked, 6)


def test_a_parent_is_told_by_its_siblings_and_children(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    polish(tmp_path, llm_server.base_url)
    data = asked(llm_server)["Lounge"].data
    assert "parent_category" not in data
    assert data["sibling_categories"] == ["Kitchen"]
    assert data["child_categories"] == ["Sofas", "Beds"]
    assert data["keywords"] == ["lounge", "home"]


def test_a_child_is_told_by_its_parent_and_siblings(llm_server: LlmServer, tmp_path: Path) -> None:
    polish(tmp_path, llm_server.base_url)
    data = asked(llm_server)["Kettles"].data
    assert data["parent_category"] == "Kitchen"
    assert data["sibling_categories"] == ["Frying Pans"]
    assert "child_categories" not in data
    assert sorted(data["example_products"]) == sorted(TITLES[9:])


def test_examples_are_those_nearest_to_the_centre(llm_server: LlmServer, tmp_path: Path) -> None:
    aside = np.array([0.9, 0.1, 0.5, 0.0, 0.3, 0.7] * 2)
    signs = np.array([1, -1, 1, -1, 1, -1] * 2)
    vectors = unit(np.column_stack([np.ones(12), aside * signs]))
    polish(tmp_path, llm_server.base_url, vectors=vectors)
    centre = vectors[6:].astype(float).sum(axis=0)
    nearest = sorted(range(6, 12), key=lambda row: -float(vectors[row] @ centre))
    told = asked(llm_server)["Kitchen"].data["example_products"]
    assert told == [TITLES[row] for row in nearest]


def test_examples_are_few_and_distinct(llm_server: LlmServer, tmp_path: Path) -> None:
    titles = [*["oak sofa"] * 5, *(f"pan {'abcdefghijkl'[n]}" for n in range(12))]
    documents = documents_of(titles)
    names = Names(labels("Sofas", "Pans"), [])
    settings = LanguageModelSettings(model="tiny", base_url=llm_server.base_url, retries=0)
    levels = levels_of(np.repeat([0, 1], [5, 12]))
    polish_names(names, documents, encode(titles), levels, settings, tmp_path, Recorder())
    told = {name: request.data["example_products"] for name, request in asked(llm_server).items()}
    assert told["Sofas"] == ["oak sofa"]
    assert len(set(told["Pans"])) == len(told["Pans"]) == EXAMPLES


def test_a_category_without_children_beside_others_is_polished(
    llm_server: LlmServer, tmp_path: Path
) -> None:
    levels = levels_of(np.repeat([0, 1], 6), [*[0] * 3, *[1] * 3, *[-1] * 6])
    names = Names(labels(*HOME), labels("Sofas", "Beds"))
    settings = LanguageModelSettings(model="tiny", base_url=llm_server.base_url, retries=0)
    polished, _ = polish_names(names, DOCUMENTS, VECTORS, levels, settings, tmp_path, Recorder())
    assert written(polished)[1] == ("Better Sofas", "Better Beds")
    assert "child_categories" not in asked(llm_server)["Kitchen"].data
