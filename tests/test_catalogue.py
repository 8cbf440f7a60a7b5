"""Texts vote on a catalogue by what they mean and say; nodes gather the votes."""

from __future__ import annotations

import numpy as np
import pytest
from goods_shop import catalogue, goods_of, stock, votes_of
from tiny_encoder import TinyEncoder

from topicmodel.catalogue import voting
from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.catalogue.nodes import Nodes, node_shares
from topicmodel.catalogue.shares import best_families, path_of, with_families
from topicmodel.catalogue.voting import vote
from topicmodel.datatypes import Assignments, Family, Taxonomy, Topic, TopicId, Tree


def names_of(numbers: np.ndarray) -> list[str]:
    return [catalogue().families[number].name for number in numbers.tolist()]


def test_a_text_votes_for_the_family_of_the_good_that_it_names() -> None:
    texts = ["big acoustic guitar", "rose bush in bloom", "soap bar with honey"]
    assert names_of(best_families(votes_of(texts))) == ["Guitars", "Plants", "Soap"]


def test_words_alone_decide_where_vectors_say_nothing() -> None:
    titles = ["big acoustic guitars", "a rose bush", "soap bars"]
    votes = votes_of(["x1", "x2", "x3"], titles)
    assert names_of(np.asarray(votes.by_words.argmax(axis=1)).ravel()) == [
        "Guitars",
        "Plants",
        "Soap",
    ]


def test_a_title_without_a_word_of_the_goods_abstains() -> None:
    votes = votes_of(["acoustic guitar"], [""])
    assert votes.by_words.nnz == 0
    meant = votes.by_vectors.toarray() / np.sqrt(votes.n_goods)
    assert np.allclose(node_shares(votes, Nodes(np.arange(6))), meant / meant.sum(), atol=1e-6)


def test_votes_of_a_text_are_shares() -> None:
    votes = stock().corpus.votes
    assert votes is not None
    assert np.allclose(votes.by_vectors.sum(axis=1), 1, atol=1e-5)
    assert votes.by_vectors.min() >= 0
    assert votes.by_words.min() >= 0
    assert votes.cosines.max() <= 1 + 1e-6


def test_a_text_votes_the_same_in_whatever_company() -> None:
    votes = stock().corpus.votes
    assert votes is not None
    rows = np.array([40, 3, 17])
    assert (votes.take(rows).by_vectors != votes.by_vectors[rows]).nnz == 0
    assert votes.take(rows).cosines.tolist() == votes.cosines[rows].tolist()


def test_many_texts_are_compared_a_block_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["acoustic guitar", "rose bush", "soap bar", "lawn mower", "drum kit"]
    at_once = votes_of(texts)
    monkeypatch.setattr(voting, "TEXTS_AT_ONCE", 2)
    in_blocks = votes_of(texts)
    assert np.allclose(at_once.by_vectors.toarray(), in_blocks.by_vectors.toarray(), atol=1e-6)
    assert np.allclose(at_once.cosines, in_blocks.cosines, atol=1e-6)


def test_no_texts_have_no_votes() -> None:
    votes = vote(np.empty((0, 64), np.float32), [], catalogue(), TinyEncoder().encode(goods()))
    assert votes.by_vectors.shape == votes.by_words.shape == (0, 6)


def goods() -> list[str]:
    return goods_of(catalogue())


@pytest.mark.parametrize("common", [0.3, 0.8])
def test_an_encoder_to_which_all_texts_are_similar_gives_the_same_votes(common: float) -> None:
    texts = ["big acoustic guitar", "rose bush in bloom", "soap bar with honey", "snow"]
    encoder = TinyEncoder()

    def shifted(some: list[str]) -> np.ndarray:
        vectors = np.sqrt(1 - common) * encoder.encode(some)
        return np.hstack([vectors, np.full((len(some), 1), np.sqrt(common))]).astype(np.float32)

    plain = vote(encoder.encode(texts), texts, catalogue(), encoder.encode(goods()))
    narrow = vote(shifted(texts), texts, catalogue(), shifted(goods()))
    assert np.allclose(plain.by_vectors.toarray(), narrow.by_vectors.toarray(), atol=1e-4)
    assert np.allclose(plain.cosines, narrow.cosines, atol=1e-4)


def test_goods_that_are_all_the_same_to_an_encoder_do_no_harm() -> None:
    same = np.tile(np.eye(1, 8, dtype=np.float32), (18, 1))
    votes = vote(same[:3], ["a", "b", "c"], catalogue(), same)
    assert np.isfinite(votes.cosines).all()
    assert np.isfinite(votes.by_vectors.toarray()).all()


def test_shares_of_nodes_add_up_to_one() -> None:
    votes = stock().corpus.votes
    assert votes is not None
    for nodes in (Nodes.departments(votes), Nodes.departments(votes).opened(1)):
        assert np.allclose(node_shares(votes, nodes).sum(axis=1), 1, atol=1e-5)


def test_a_department_that_is_opened_gives_way_to_its_families() -> None:
    votes = votes_of(["soap bar"])
    departments = Nodes.departments(votes)
    opened = departments.opened(1)
    assert len(departments) == 3
    assert departments.families(1).tolist() == [2, 3]
    assert len(opened) == 4
    assert opened.families(1).tolist() == [2]
    assert opened.families(3).tolist() == [3]
    assert departments.divided(1).of_family.tolist() == [-1, -1, 0, 1, -1, -1]


def test_a_large_node_does_not_win_by_its_size() -> None:
    sizes = {"Many": tuple(f"thing{n}" for n in range(25)), "Few": ("kettle",)}
    from topicmodel.catalogue.families import build_catalogue

    known = build_catalogue("x", [Family(name, name, some) for name, some in sizes.items()])
    votes = votes_of(["kettle"], [""], known)
    assert best_families(votes).tolist() == [1]


def test_categories_tell_the_families_that_their_products_vote_for() -> None:
    texts = ["acoustic guitar", "electric guitar", "drum kit", "rose bush", "no text"]
    votes = votes_of(texts[:4])
    music, plants = TopicId("m"), TopicId("p")
    products = ["a", "b", "c", "d", "e"]
    tree = Tree(
        Taxonomy([topic(music), topic(plants)]),
        Assignments(
            products,
            [music, music, music, plants, music],
            [None] * 5,
            np.ones(5, np.float32),
            ["core"] * 5,
        ),
        {},
        {},
    )
    rows = dict(zip(products, [0, 1, 2, 3, -1], strict=True))
    told = with_families(tree, catalogue(), votes, rows).taxonomy
    assert told[music].catalogue == (("Music > Guitars", 0.6667), ("Music > Drums", 0.3333))
    assert told[plants].catalogue == (("Garden > Plants", 1.0),)


def topic(number: TopicId) -> Topic:
    return Topic(number, None, 1, "", (), 1, ())


def test_a_family_of_its_departments_name_is_told_once() -> None:
    assert path_of(Family("Toys", "Toys", ("doll",))) == "Toys"
    assert path_of(Family("Toys", "Dolls", ("doll",))) == "Toys > Dolls"


def test_the_bundled_catalogue_knows_goods_of_every_kind() -> None:
    known = bundled_catalogue()
    assert len(known.departments) >= 30
    assert len(known.families) >= 280
    assert len(goods_of(known)) >= 3_500
    assert len(known.digest) == 64
    assert known is bundled_catalogue()
