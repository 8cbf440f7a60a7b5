"""What the attributes of a category's products are told to be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from fake_run import fake_run, with_columns
from hypothesis import given, settings
from hypothesis import strategies as st

from topicmodel.datatypes import Run
from topicmodel.reporting import profile as profile_module
from topicmodel.reporting.profile import AttributeProfile, attribute_profiles
from topicmodel.text.numerals import mostly_numbers, range_of


def run_with(*attributes: Any) -> Run:
    """A run of one category, whose products have these attributes; text is taken as it is."""
    run = fake_run(len(attributes), shop={"A": {}}, n_unsorted=0, n_without_text=0)
    texts = [own if isinstance(own, str) else json.dumps(own) for own in attributes]
    return with_columns(run, attributes=texts)


def profiles(*attributes: Any) -> tuple[AttributeProfile, ...]:
    (found,) = attribute_profiles(run_with(*attributes)).values()
    return found


def only(*attributes: Any) -> AttributeProfile:
    (profile,) = profiles(*attributes)
    return profile


def values_of(profile: AttributeProfile) -> list[tuple[str, int, str]]:
    return [(value.text, value.count, value.share) for value in profile.values]


def prices(*values: Any) -> list[dict[str, Any]]:
    return [{"price": value} for value in values]


def test_the_commonest_values_come_first_with_count_and_share() -> None:
    brands = ["Nokia"] * 5 + ["Samsung"] * 3 + ["Philips"] * 2
    profile = only(*({"Brand": brand} for brand in brands), "")
    assert (profile.name, profile.count, profile.share) == ("Brand", 10, "90.9%")
    assert values_of(profile) == [("Nokia", 5, "50%"), ("Samsung", 3, "30%"), ("Philips", 2, "20%")]
    assert profile.n_others == 0


def test_values_beyond_the_fifth_are_counted() -> None:
    values = ["a"] * 6 + ["b"] * 5 + ["c"] * 4 + ["d"] * 3 + ["e"] * 2 + ["f"] * 2 + ["g"]
    profile = only(*({"kind": value} for value in values))
    assert [value.text for value in profile.values] == ["a", "b", "c", "d", "e"]
    assert (profile.n_others, profile.others_share) == (2, "13%")


def test_case_spaces_and_underscores_make_no_other_name_or_value() -> None:
    profile = only(
        {"outer_material": "Real  Leather"},
        {"Outer Material": "real leather"},
        {"OUTER MATERIAL": "Real  Leather"},
        {"outer material": "wool"},
    )
    assert profile.name == "Outer material"
    assert values_of(profile) == [("Real Leather", 3, "75%"), ("wool", 1, "25%")]


def test_an_attribute_of_few_products_is_left_out() -> None:
    assert profiles({"a": "x"}, {"a": "x"}, *[{}] * 3) == ()
    assert len(profiles(*[{"a": "x"}] * 3, *[{}] * 12)) == 1
    assert profiles(*[{"a": "x"}] * 3, *[{}] * 13) == ()


def test_six_attributes_are_shown_at_most_the_commonest_first() -> None:
    rows = [{f"name {n}": "same" for n in range(9) if row >= n} for row in range(12)]
    assert [profile.name for profile in profiles(*rows)] == [f"Name {n}" for n in range(6)]


def test_links_and_ids_that_tell_products_apart_are_left_out() -> None:
    rows = [{"url": f"shop/{n}", "kind": "tea"} for n in range(30)]
    assert [profile.name for profile in profiles(*rows)] == ["Kind"]
    assert profiles(*rows[:5])[0].name == "Kind"
    codes = [{"product_code": str(100_000 + n), "Item No": n} for n in range(30)]
    assert profiles(*codes) == ()


def test_numbers_are_told_by_lowest_median_and_highest() -> None:
    profile = only(*prices("₹339", "₹1,999", "₹995", "₹99", "₹1,49,999", "₹400"))
    assert profile.values == ()
    assert profile.number_range
    assert (
        profile.number_range.lowest,
        profile.number_range.median,
        profile.number_range.highest,
    ) == (
        "₹99",
        "₹697.50",
        "₹149,999",
    )


def test_a_few_numbers_that_recur_are_told_as_values() -> None:
    profile = only(*({"Pack of": count} for count in (1, 1, 1, 1, 2, 3)))
    assert profile.number_range is None
    assert values_of(profile)[0] == ("1", 4, "66.7%")


def test_one_word_among_ten_numbers_is_forgiven_and_two_are_not() -> None:
    numbers = [str(n) for n in range(1, 10)]
    assert only(*prices(*numbers, "free")).number_range
    assert only(*prices(*numbers[:8], "free", "free")).number_range is None


def test_what_cannot_be_read_or_shown_is_passed_over() -> None:
    rows = [{"brand": "Nokia", "nested": {"a": 1}, "none": None, "long": "x" * 1_000_000}] * 3
    damaged = ['{"brand": "Nok', "[1, 2]", "null", "[" * 100_000, '{"x": 1' + "0" * 5000 + "}"]
    profile = only(*rows, *damaged, json.dumps({"x" * 1_000_000: "a", "": "a", " ": "a"}))
    assert (profile.name, profile.count, profile.share) == ("Brand", 3, "33.3%")


def test_plain_values_of_other_kinds_are_shown_as_text() -> None:
    rows = [{"new": True, "size": ["S", "M"], "infinite": float("inf"), "mixed": [1, {}]}] * 3
    shown = {profile.name: profile.values[0].text for profile in profiles(*rows)}
    assert shown == {"New": "yes", "Size": "S, M"}


def test_control_characters_do_not_reach_the_page() -> None:
    profile = only(*[{"a\u202eb": "x\x00\u2066y\ud800"}] * 3, {"a\u202eb": "\u202e"})
    assert (profile.name, profile.values[0].text, profile.count) == ("Ab", "x y", 3)
    number_range = only(*prices("1 c\u202em", "2 c\u202em", "3 c\u202em")).number_range
    assert number_range
    assert number_range.median == "2 cm"


def test_a_parent_has_the_attributes_of_its_children_and_of_its_own_products() -> None:
    run = fake_run(300)
    found = attribute_profiles(run)
    owners = run.assignments.level1, run.assignments.level2
    for topic in run.taxonomy.topics:
        rows = [row for row, id_ in enumerate(owners[topic.level - 1]) if id_ == topic.id]
        attributes = filter(None, (run.products.attributes[row] for row in rows))
        brands = [json.loads(text)["brand"] for text in attributes]
        (brand,) = (profile for profile in found[topic.id] if profile.name == "Brand")
        assert brand.count == len(brands)
        assert all(value.count == brands.count(value.text) for value in brand.values)
        assert sum(value.count for value in brand.values) == len(brands)


def test_the_order_of_the_products_does_not_matter() -> None:
    rows = [{"kind": "ab"[n % 2].upper() if n % 3 else "ab"[n % 2], "no": n} for n in range(12)]
    assert profiles(*rows) == profiles(*reversed(rows))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["1,999", "1,00,000", "500"], ("500", "1,999", "100,000")),
        (["1.999,50 €", "5,25 €", "7 €"], ("5.25 €", "7 €", "1,999.5 €")),
        (["$1 200", "$3", "$2.5"], ("$2.50", "$3", "$1,200")),
        (["Rs. 10", "Rs. 20", "Rs. 30"], ("Rs. 10", "Rs. 20", "Rs. 30")),
        (["INR 10", "INR 20", "INR 30"], ("INR 10", "INR 20", "INR 30")),
        (["6 cm", "20.5 CM", "9cm"], ("6 cm", "9 cm", "20.5 cm")),
        (["5%", "10 %", "7%"], ("5%", "7%", "10%")),
        (["-5", "\u22127", "+0.001"], ("\u22127", "\u22125", "0.001")),
        (["2019", "2021", "2020"], ("2019", "2020", "2021")),
        (["2019 g", "12000 g", "3 g"], ("3 g", "2,019 g", "12,000 g")),
        (["0,250 kg", "0,500 kg", "1,5 kg"], ("0.25 kg", "0.5 kg", "1.5 kg")),
    ],
)
def test_numbers_are_read_as_shops_write_them(
    values: Sequence[str], shown: tuple[str, str, str]
) -> None:
    numbers = mostly_numbers(dict.fromkeys(values, 1))
    assert numbers
    number_range = range_of(numbers)
    assert (number_range.lowest, number_range.median, number_range.highest) == shown


@pytest.mark.parametrize(
    "value",
    [
        *("", "M", "0012", "10 x 20 cm", "5-6 years", "2019-01-02", "1/2", "Pack of 1", "9" * 16),
        *("1e5", "1,234,567 890", "10,20,300 400", "12,345'678,901"),
    ],
)
def test_codes_sizes_and_dates_are_no_numbers(value: str) -> None:
    assert mostly_numbers({value: 1}) is None


def test_of_thousands_of_values_only_numbers_are_compared() -> None:
    links = [{"link": f"shop.example/{n}", "price": f"{n} €"} for n in range(1, 3000)]
    profile = only(*links)
    assert profile.name == "Price"
    assert profile.number_range
    assert profile.number_range.highest == "2,999 €"


def test_numbers_of_different_units_are_not_compared() -> None:
    assert mostly_numbers({"6 cm": 5, "98 mm": 5}) is None
    assert mostly_numbers({"₹5": 5, "$5": 5}) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=80) | st.dictionaries(st.text(), st.text()), min_size=1))
def test_any_attributes_give_profiles_whose_counts_add_up(attributes: list[Any]) -> None:
    for profile in profiles(*attributes):
        assert 3 <= profile.count <= len(attributes)
        shown = sum(value.count for value in profile.values)
        assert profile.number_range or (shown == profile.count) == (profile.n_others == 0)


def test_codes_that_are_forgotten_on_the_way_are_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    products = [
        {"Part": f"x-{n}x", "EAN": str(10**12 + n), "Price": 5 + n / 2, "Colour": "red"}
        for n in range(90)
    ]
    expected = profiles(*products)
    assert [profile.name for profile in expected] == ["Colour", "Price"]
    monkeypatch.setattr(profile_module, "_MAX_PARSED", 20)
    monkeypatch.setattr(profile_module, "_CHECK_INTERVAL", 30)
    assert profiles(*products) == expected
    entries_of, codes = profile_module._by_pair(run_with(*products), profile_module._FoldedNames())
    assert list(codes.values()) == [{"part", "ean"}]
    assert {name for entries in entries_of.values() for name, _ in entries} == {"price", "colour"}
