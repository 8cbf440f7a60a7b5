"""Names of a tree stand well side by side."""

from __future__ import annotations

import pytest

from topicmodel.datatypes import FormerNames
from topicmodel.naming.choice import Proposal, TopicName, choose_names
from topicmodel.naming.gates import fault_beside, own_words, shared_share, tree_faults
from topicmodel.naming.rest_names import rest_names

GOOD = {
    "Kitchen & Dining": ["Mugs, Cups & Teapots", "Pots & Pans", "Bowls", "Kettles"],
    "Shoes": ["Running Shoes", "Formal Shoes", "Ankle Boots", "Sandals & Flip Flops"],
}


def chosen(*proposed: list[tuple[str, float]], below: str = "") -> list[TopicName]:
    """Names of siblings, given what each could be called and how far that is true of it."""
    proposals = {
        number: [
            Proposal(name, coverage, 100 - number, is_telling=coverage > 0.15)
            for name, coverage in pairs
        ]
        for number, pairs in enumerate(proposed)
    }
    titles = {number: ["a title"] for number in proposals}
    if not below:
        return choose_names((proposals, {}), (titles, {}), {}, None)[0]
    top = {0: [Proposal(below, 1.0, 1000)]}
    parents = dict.fromkeys(proposals, 0)
    return choose_names((top, proposals), ({0: []}, titles), parents, None)[1]


def names_of(told: list[TopicName]) -> list[str]:
    return [each.name for each in told]


def test_a_good_tree_has_no_faults() -> None:
    assert tree_faults(GOOD) == []


@pytest.mark.parametrize(
    ("children", "fault"),
    [
        (["Mugs & Cups", "Cups & Mugs"], 'says the same as "Mugs & Cups"'),
        (["Kitchen", "Bowls"], 'says no more than "Kitchen & Dining" above it'.replace("&", "&")),
        (["Tea Mugs", "Tea Pots", "Tea Cups", "Pot Cups"], "shares too many words"),
        (["Shoes", "Bowls"], "is given twice"),
        (["X", "Bowls"], "has 1 characters"),
        (["Very " + "Long " * 8 + "Names", "Bowls"], "characters"),
    ],
)
def test_each_fault_of_a_tree_is_told(children: list[str], fault: str) -> None:
    tree = {"Kitchens & Dining Rooms" if children[0] == "Kitchen" else "Crockery": children}
    faults = tree_faults({**tree, "Shoes": ["Boots", "Sandals"]})
    assert any(fault.split('"')[0] in each for each in faults)


def test_few_siblings_may_share_words() -> None:
    assert fault_beside("Baby Toys", "", ["Baby Clothes", "Prams"]) == ""


def test_what_the_category_above_says_does_not_count_among_its_children() -> None:
    shoes = ["Running Shoes", "Formal Shoes", "Work Shoes"]
    assert fault_beside("Casual Shoes", "Shoes", shoes) == ""
    assert fault_beside("Casual Shoes", "Clothing", ["Casual Skirts", "Work Skirts", "Work Shoes"])


def test_half_of_the_name_above_is_a_name_of_its_own() -> None:
    assert own_words("Towels", "Towels & Curtains") == {"towel"}
    assert own_words("Curtain Towels", "Towels & Curtains") == frozenset()


def test_no_names_share_nothing() -> None:
    assert shared_share([]) == 0


def test_the_topic_of_which_a_name_tells_more_texts_gets_it() -> None:
    told = chosen(
        [("Mugs", 0.5), ("Cups", 0.4)],
        [("Mugs", 0.9), ("Teapots", 0.3)],
    )
    assert names_of(told) == ["Cups", "Mugs"]


def test_what_has_nothing_of_its_own_is_more_of_a_sibling() -> None:
    told = chosen(
        [("Mugs", 1.0)],
        [("Mugs", 0.9), ("Kitchen", 0.6)],
        [("Pans", 1.0)],
        below="Kitchen",
    )
    assert names_of(told) == ["Mugs", "More Mugs", "Pans"]
    assert told[1].coverage == pytest.approx(0.9)


def test_what_hardly_any_name_is_true_of_is_the_rest_of_the_category_above() -> None:
    told = chosen([("Mugs", 1.0)], [("Lids", 0.1)], [("Hooks", 0.05)], below="Kitchen")
    assert names_of(told) == ["Mugs", "Other Kitchen", "More Kitchen"]
    assert told[1].coverage < 0.1
    assert told[1].runners_up == ("Lids",)


def test_runners_up_are_names_that_the_topic_could_have() -> None:
    told = chosen(
        [("Mugs", 0.9), ("Cups", 0.5), ("Pans", 0.4), ("Jugs", 0.3), ("Jars", 0.2), ("Bowls", 0.1)],
        [("Pans", 1.0), ("Frying Pans", 0.4)],
    )
    assert told[0] == TopicName("Mugs", 0.9, ("Cups", "Jugs", "Jars"))
    assert told[1] == TopicName("Pans", 1.0, ("Frying Pans",))


def test_a_kind_of_what_a_sibling_is_called_may_stand_beside_it() -> None:
    told = chosen([("Mugs", 1.0)], [("Mugs", 0.9), ("Ceramic Mugs", 0.6)], below="Kitchen")
    assert names_of(told) == ["Mugs", "Ceramic Mugs"]


def test_a_brand_is_no_name_where_the_rest_of_the_category_can_be_told() -> None:
    strange = Proposal("Videocons", 1.0, 10, is_telling=False)
    top, below = {0: [Proposal("Phones", 1.0, 99)]}, {0: [strange], 1: [Proposal("Cases", 1.0, 9)]}
    _, children = choose_names((top, below), ({0: []}, {0: [], 1: []}), {0: 0, 1: 0}, None)
    assert names_of(children) == ["Other Phones", "Cases"]


def test_a_former_name_stays_unless_another_is_true_of_many_more() -> None:
    proposals = {0: [Proposal("Mugs", 0.9, 10), Proposal("Cups", 0.5, 10)]}
    for former, kept in (("Cups", True), ("Cupboards", False)):
        known = FormerNames([former], [])
        told, _ = choose_names((proposals, {}), ({0: ["a mug"]}, {}), {}, known)
        assert (told[0].name == former) == kept


def test_what_is_left_of_other_products_is_more_of_them() -> None:
    strange = [Proposal("Odds", 0.1, 10, is_telling=False)]
    parents, children = choose_names(
        ({0: strange}, {0: strange, 1: [Proposal("Cases", 1.0, 9)]}),
        ({0: []}, {0: [], 1: []}),
        {0: 0, 1: 0},
        None,
    )
    assert names_of(parents) == ["Other Products"]
    assert names_of(children) == ["More Products", "Cases"]


@pytest.mark.parametrize(
    ("languages", "below", "told"),
    [
        (["en"], "Cups", ["More Mugs", "Other Cups"]),
        (["es", "es", "en"], "Tazas", ["Mugs (más)", "Tazas (otros)"]),
        (["ja"], "カップ", ["Mugs(続き)", "カップ(その他)"]),
    ],
)
def test_the_rest_is_called_so_in_the_language_of_the_shop(
    languages: list[str], below: str, told: list[str]
) -> None:
    few = Proposal("Odds", 0.1, 1, is_telling=False)
    children = {0: [Proposal("Mugs", 1.0, 9)], 1: [Proposal("Mugs", 0.9, 8)], 2: [few]}
    titles = {child: ["a title"] for child in children}
    top = {0: [Proposal(below, 1.0, 99)]}
    parents = dict.fromkeys(children, 0)
    _, names = choose_names(
        (top, children), ({0: []}, titles), parents, None, rest_names(languages)
    )
    assert names_of(names) == ["Mugs", *told]


def test_in_a_language_that_is_not_listed_the_rest_has_a_name_of_its_titles() -> None:
    assert rest_names(["sv", "sv", "en"]).products == ""
    few = {0: [Proposal("Prylar", 0.1, 1, is_telling=False)]}
    names, _ = choose_names((few, {}), ({0: []}, {}), {}, None, rest_names(["sv"]))
    assert names_of(names) == ["Prylar"]
