"""Which columns play which role, and what never reaches the attributes."""

from __future__ import annotations

from pathlib import Path

import pytest

from topicmodel.datatypes import Product
from topicmodel.ingest import ColumnChoice, read_dump
from topicmodel.ingest.columns import Roles, choose_roles

AMAZON = (
    "product_id,product_name,category,discounted_price,actual_price,rating,rating_count,"
    "about_product,user_id,review_id,img_link,product_link"
)
FLIPKART = (
    "uniq_id,crawl_timestamp,product_url,product_name,product_category_tree,pid,retail_price,"
    "image,description,product_rating,brand,product_specifications"
)
BIGBASKET = "index,product,category,sub_category,brand,sale_price,type,rating,description"
HM = "article_id,product_code,prod_name,product_type_name,colour_group_name,detail_desc"
SHOPIFY = "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Image Src,Variant SKU"
WOOCOMMERCE = "ID,Type,SKU,Name,Short description,Description,Categories,Images"


def roles_of(header: str, choice: ColumnChoice | None = None) -> Roles:
    return choose_roles(dict.fromkeys(header.split(","), True), choice or ColumnChoice())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (AMAZON, ("product_id", "product_name", "about_product", "img_link")),
        (FLIPKART, ("uniq_id", "product_name", "description", "image")),
        (BIGBASKET, ("index", "product", "description", "")),
        (HM, ("article_id", "prod_name", "detail_desc", "")),
        (SHOPIFY, ("Handle", "Title", "Body (HTML)", "Image Src")),
        (WOOCOMMERCE, ("ID", "Name", "Description", "Images")),
        ("Product-ID,PRODUCT NAME,Desc", ("Product-ID", "PRODUCT NAME", "Desc", "")),
        ("Artikelnummer,Titel,Beschreibung", ("Artikelnummer", "Titel", "Beschreibung", "")),
        ("sku,título,descripción", ("sku", "título", "descripción", "")),
    ],
)
def test_usual_dumps_are_guessed(header: str, expected: tuple[str, ...]) -> None:
    roles = roles_of(header)
    found = (roles.id, roles.title, roles.description, roles.image)
    assert tuple(names[0] if names else "" for names in found) == expected
    assert roles.label == ()


def test_of_two_usual_names_the_one_that_holds_something_is_taken() -> None:
    columns = {"id": True, "title": False, "name": True, "description": False}
    roles = choose_roles(columns, ColumnChoice())
    assert roles.title == ("name",)
    assert roles.description == ("description",)


def test_named_columns_are_found_whatever_their_case_and_never_guessed_again() -> None:
    choice = ColumnChoice(id="PRODUCT ID", text=("name", "id"))
    roles = roles_of("id,name,product_id,description", choice)
    assert roles.id == ("product_id",)
    assert (roles.title, roles.description) == (("name",), ("id",))


def test_the_first_text_column_is_the_title_and_a_sole_description_is_none() -> None:
    assert roles_of("a,b,c", ColumnChoice(text=("b", "a", "c"))).title == ("b",)
    assert roles_of("a,b,c", ColumnChoice(text=("b", "a", "c"))).description == ("a", "c")
    assert roles_of("a,about", ColumnChoice(text=("a",))).title == ("a",)
    assert roles_of("a,about", ColumnChoice(text=("about",))).title == ()
    assert roles_of("a,about", ColumnChoice(text=("about",))).description == ("about",)


def read_one(tmp_path: Path, name: str, text: str, choice: ColumnChoice | None = None) -> Product:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    dump = read_dump([path], choice or ColumnChoice())
    assert not dump.report.rejects
    return dump.products[0]


def test_columns_without_a_role_become_attributes(tmp_path: Path) -> None:
    product = read_one(tmp_path, "a.csv", ",id,title,Brand,price,gap\n0,1,Mug,Acme,5.0,nan")
    assert product.attributes == {"Brand": "Acme", "price": "5.0"}


@pytest.mark.parametrize(
    "name",
    [
        "category",
        "category_path",
        "product_category_tree",
        "breadcrumbs",
        "sub_category",
        "Categories",
        "Type",
        "product_type",
        "department",
        "google_product_category",
        "Kategorie",
    ],
)
def test_the_truth_never_becomes_an_attribute(tmp_path: Path, name: str) -> None:
    product = read_one(tmp_path, "a.csv", f"id,title,{name}\n1,Mug,Kitchen > Mugs")
    assert product.attributes == {}
    assert product.true_path == ()


def test_the_label_column_never_becomes_an_attribute_or_text(tmp_path: Path) -> None:
    choice = ColumnChoice(label="description")
    product = read_one(tmp_path, "a.csv", "id,title,description\n1,Mug,Kitchen", choice)
    assert product.true_path == ("Kitchen",)
    assert (product.title, product.description, product.attributes) == ("Mug", "", {})


def test_a_label_column_that_is_asked_for_as_text_is_text(tmp_path: Path) -> None:
    choice = ColumnChoice(text=("title", "category"))
    product = read_one(tmp_path, "a.csv", "id,title,category\n1,Mug,Kitchen", choice)
    assert product.description == "Kitchen"


def test_several_label_columns_are_the_levels_of_the_path(tmp_path: Path) -> None:
    choice = ColumnChoice(label="category,sub_category")
    text = "id,title,category,sub_category\n1,Mug,Home/Kitchen,Mugs"
    assert read_one(tmp_path, "a.csv", text, choice).true_path == ("Home/Kitchen", "Mugs")


def test_attribute_objects_lose_the_truth_and_keep_the_rest(tmp_path: Path) -> None:
    text = (
        '{"id": 1, "title": "Mug", "attributes": {"colour": "red", "type": "Square", '
        '"source_category_path": ["A", "B"], "shop_category_text": "A | B", '
        '"size": {"w": 3, "category": "x"}, "tags": ["a", "b"], "none": null}}'
    )
    product = read_one(tmp_path, "a.jsonl", text)
    expected = {"colour": "red", "type": "Square", "size.w": "3", "tags": "a, b"}
    assert product.attributes == expected


def test_flipkarts_own_specifications_and_tree_are_understood(tmp_path: Path) -> None:
    text = (
        "uniq_id,product_name,product_category_tree,product_specifications,image\n"
        'a1,Boots,"[""Footwear >> Women\'s >> Boots""]",'
        '"{""product_specification""=>[{""key""=>""Colour"", ""value""=>""Tan""}, '
        '{""key""=>""Type"", ""value""=>""Ankle""}]}","[""http://x/1.jpg"", ""http://x/2.jpg""]"'
    )
    product = read_one(tmp_path, "a.csv", text, ColumnChoice(label="product_category_tree"))
    assert product.true_path == ("Footwear", "Women's", "Boots")
    assert product.attributes == {"Colour": "Tan", "Type": "Ankle"}
    assert product.image == "http://x/1.jpg"
