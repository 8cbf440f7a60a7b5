"""The cascade: the encoder reads a sample and what is doubtful, a student the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted_shop import SHOP, planted_rows, write_json_lines
from tiny_encoder import N_DIMS, TinyEncoder

from topicmodel import assign, fit, load, load_settings, refit
from topicmodel.datatypes import (
    Cascade,
    Embeddings,
    Encoder,
    Floats,
    Landmarks,
    Taxonomy,
    Topic,
    TopicId,
)
from topicmodel.embedding import VectorCache, embed
from topicmodel.embedding.cascade import agreement, check_agreement, embed_in_steps
from topicmodel.embedding.student import Student
from topicmodel.errors import EncoderError
from topicmodel.progress import Progress, Silent
from topicmodel.settings import EmbeddingSettings, Settings
from topicmodel.workflows.cascading import judge_cascade

SAMPLE = 300
SETTINGS = EmbeddingSettings(cascade=True, cascade_sample=SAMPLE)
CASCADE = (
    "embedding.cascade=true",
    "embedding.cascade_sample=150",
    "topics.n_fits=1",
    "evaluation.resamples=0",
)


def texts_of(n_products: int, seed: int = 1) -> list[str]:
    return [f"{row['title']}. {row['description']}" for row in planted_rows(n_products, seed)]


TEXTS = texts_of(900)


class Listener(Silent):
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)


class EitherEncoder(TinyEncoder):
    """Puts a text that says "either" in one of two departments, by what no word foretells."""

    def encode(self, texts: Sequence[str]) -> Floats:
        return super().encode([_decided(text) for text in texts])


def _decided(text: str) -> str:
    if "either" not in text:
        return text
    kitchen, garden, *_ = (words for _, words in SHOP)
    return (kitchen, garden)[hashlib.sha256(text.encode()).digest()[0] % 2]


def with_either(share: float) -> list[str]:
    """Texts of which some say nothing but "either" and a number."""
    few = round(share * len(TEXTS))
    return [f"either {number}" for number in range(few)] + TEXTS[few:]


class SenselessEncoder(TinyEncoder):
    """Gives each text a vector of its own that its words have no part in."""

    def encode(self, texts: Sequence[str]) -> Floats:
        self.batches.append(list(texts))
        rows = [
            np.random.default_rng(list(hashlib.sha256(text.encode()).digest())).normal(size=N_DIMS)
            for text in texts
        ]
        vectors = np.array(rows, dtype=np.float32).reshape(-1, N_DIMS)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def run_cascade(
    texts: Sequence[str],
    encoder: Encoder,
    file: Path,
    settings: EmbeddingSettings = SETTINGS,
    progress: Progress | None = None,
    seed: int = 42,
) -> Embeddings:
    with VectorCache(file) as cache:

        def embed_all(some: Sequence[str], told: Progress) -> Embeddings:
            return embed(some, encoder, cache, told)

        return embed_in_steps(texts, embed_all, settings, progress or Silent(), seed)


def flags(embeddings: Embeddings) -> Cascade:
    assert embeddings.cascade is not None
    return embeddings.cascade


def test_a_student_knows_most_of_what_the_encoder_says_of_texts_it_has_not_seen() -> None:
    encoder = TinyEncoder()
    student = Student.from_vectors(TEXTS[:600], encoder.encode(TEXTS[:600]))
    expected, true = student.predict(TEXTS[600:]), encoder.encode(TEXTS[600:])
    cosines = (expected * true).sum(axis=1) / np.linalg.norm(expected, axis=1)
    of_mean = true @ student.mean / np.linalg.norm(student.mean)
    assert cosines.mean() > 0.85 > 0.7 > of_mean.mean()


def test_the_less_a_text_says_to_a_student_the_shorter_is_its_vector() -> None:
    student = Student.from_vectors(TEXTS[:600], TinyEncoder().encode(TEXTS[:600]))
    known, unknown = np.linalg.norm(student.predict([TEXTS[700], "qqq wwww zzz"]), axis=1)
    assert known > unknown


@pytest.mark.parametrize("text", ["!", "x", "你好", "a" * 5000])
def test_a_student_learns_from_any_texts(text: str) -> None:
    texts = [text + "!" * n for n in range(3)]
    vectors = np.eye(3, dtype=np.float32)
    assert np.isfinite(Student.from_vectors(texts, vectors).predict([*texts, "new"])).all()


def test_the_encoder_reads_the_sample_and_a_student_the_rest(tmp_path: Path) -> None:
    encoder = TinyEncoder()
    embeddings = run_cascade(TEXTS, encoder, tmp_path / "v.sqlite")
    cascade, true = flags(embeddings), TinyEncoder().encode(TEXTS)
    assert cascade.sampled.sum() == SAMPLE
    assert encoder.encoded == embeddings.n_encoded == cascade.encoded.sum() < len(TEXTS) / 2
    np.testing.assert_allclose(
        embeddings.vectors[cascade.encoded], true[cascade.encoded], atol=1e-3
    )
    np.testing.assert_allclose(np.linalg.norm(embeddings.vectors, axis=1), 1, atol=1e-5)
    cosines = (embeddings.vectors * true).sum(axis=1)[~cascade.encoded]
    assert 0.8 < cosines.mean() < 0.999
    assert embeddings.encoder == encoder.identity


def test_no_vector_of_a_student_is_kept_in_the_cache(tmp_path: Path) -> None:
    embeddings = run_cascade(TEXTS, TinyEncoder(), tmp_path / "v.sqlite")
    with VectorCache(tmp_path / "v.sqlite") as cache:
        np.testing.assert_array_equal(
            cache.contains(embeddings.encoder, TEXTS), flags(embeddings).encoded
        )
        assert list(cache.info().entries) == [embeddings.encoder]


def test_held_out_texts_are_in_the_sample_and_their_drafts_are_not_the_encoders(
    tmp_path: Path,
) -> None:
    embeddings = run_cascade(TEXTS, TinyEncoder(), tmp_path / "v.sqlite")
    cascade = flags(embeddings)
    assert len(cascade.held_out) == SAMPLE // 10
    assert cascade.sampled[cascade.held_out].all()
    cosines = (cascade.drafts * embeddings.vectors[cascade.held_out]).sum(axis=1)
    assert 0.8 < cosines.mean() < 0.999


def test_doubtful_texts_go_to_the_encoder(tmp_path: Path) -> None:
    texts, strict = with_either(0.1), SETTINGS.model_copy(update={"cascade_agreement": 0.99})
    cascade = flags(run_cascade(texts, EitherEncoder(), tmp_path / "v.sqlite", strict))
    doubtful = cascade.encoded & ~cascade.sampled
    either = np.array(["either" in text for text in texts]) & ~cascade.sampled
    assert doubtful[either].mean() > 0.9
    assert doubtful[~either].mean() < 0.1


def test_a_second_run_encodes_nothing_and_gives_the_same_bytes(tmp_path: Path) -> None:
    first = run_cascade(with_either(0.1), EitherEncoder(), tmp_path / "v.sqlite")
    second = run_cascade(with_either(0.1), TinyEncoder(explodes=True), tmp_path / "v.sqlite")
    assert second.n_encoded == 0
    assert first.vectors.tobytes() == second.vectors.tobytes()


def test_another_order_of_texts_gives_the_same_vectors(tmp_path: Path) -> None:
    first = run_cascade(TEXTS, TinyEncoder(), tmp_path / "a.sqlite")
    second = run_cascade(TEXTS[::-1], TinyEncoder(), tmp_path / "b.sqlite")
    np.testing.assert_array_equal(flags(first).encoded, flags(second).encoded[::-1])
    np.testing.assert_array_equal(first.vectors, second.vectors[::-1])


def test_another_seed_draws_another_sample(tmp_path: Path) -> None:
    first = run_cascade(TEXTS, TinyEncoder(), tmp_path / "v.sqlite")
    second = run_cascade(TEXTS, TinyEncoder(), tmp_path / "v.sqlite", seed=43)
    assert (flags(first).sampled != flags(second).sampled).any()


def test_most_of_the_sample_stays_when_texts_come_and_go(tmp_path: Path) -> None:
    run_cascade(TEXTS, TinyEncoder(), tmp_path / "v.sqlite")
    encoder = TinyEncoder()
    new = [f"new {text}" for text in texts_of(90, seed=2)]
    run_cascade([*TEXTS[90:], *new], encoder, tmp_path / "v.sqlite")
    assert encoder.encoded < 0.25 * SAMPLE


def test_fewer_texts_than_two_samples_are_all_encoded(tmp_path: Path) -> None:
    listener, few = Listener(), TEXTS[: 2 * SAMPLE - 1]
    embeddings = run_cascade(few, TinyEncoder(), tmp_path / "v.sqlite", progress=listener)
    assert embeddings.cascade is embeddings.encoded is None
    assert embeddings.n_encoded == len(few)
    assert listener.messages == [
        "Fewer than two samples of 300 texts: the cascade is left out, all are encoded"
    ]


def test_a_student_that_knows_too_little_stops_the_run_and_the_sample_stays(tmp_path: Path) -> None:
    encoder = SenselessEncoder()
    with pytest.raises(EncoderError) as stop:
        run_cascade(TEXTS, encoder, tmp_path / "v.sqlite")
    assert encoder.encoded == SAMPLE
    for advice in ("cascade_sample (now 300)", "cascade_agreement", "cascade to false", "95.0%"):
        assert advice in str(stop.value)
    with VectorCache(tmp_path / "v.sqlite") as cache:
        assert cache.info().entries == {encoder.identity: SAMPLE}


def test_a_lower_agreement_lets_such_a_student_pass(tmp_path: Path) -> None:
    loose = SETTINGS.model_copy(update={"cascade_agreement": 0.0})
    embeddings = run_cascade(TEXTS, SenselessEncoder(), tmp_path / "v.sqlite", loose)
    assert flags(embeddings).encoded.sum() == SAMPLE


def cascade_of(trusted: Sequence[bool], drafts: Floats) -> Cascade:
    some = np.ones(len(trusted), dtype=np.bool_)
    return Cascade(some, some, np.arange(len(trusted)), drafts, np.array(trusted))


def test_agreement_counts_what_the_student_would_have_decided_alone() -> None:
    cascade = cascade_of([True, True, True, False], np.eye(4, dtype=np.float32))
    assert agreement(cascade, ["a", "a", "b", "b"], ["a", "b", "b", "a"]) == 0.75
    assert agreement(cascade, ["a", "a", "b", "b"], ["a", "a", "b", "a"]) == 1.0


def test_less_agreement_than_is_wanted_is_refused() -> None:
    check_agreement(0.95, SETTINGS)
    with pytest.raises(EncoderError, match=r"94\.9%.*asks for 95\.0%.*Raise embedding"):
        check_agreement(0.949, SETTINGS)


DEPARTMENTS = [TopicId(f"t{place}") for place in range(len(SHOP))]


def departments(share: float, tmp_path: Path, limit: float) -> tuple[Embeddings, Landmarks, Floats]:
    """A cascade over texts some of which nobody can foretell, and its departments as landmarks."""
    settings = SETTINGS.model_copy(update={"cascade_agreement": limit})
    texts = with_either(share)
    embeddings = run_cascade(texts, EitherEncoder(), tmp_path / "v.sqlite", settings)
    centres = TinyEncoder().encode([words for _, words in SHOP])
    landmarks = Landmarks(centres, DEPARTMENTS, {}, {}, 1.0)
    return embeddings, landmarks, EitherEncoder().encode(texts)


def flat_tree() -> Taxonomy:
    return Taxonomy([Topic(name, None, 1, f"Name {name}", [], 1, []) for name in DEPARTMENTS])


def test_the_agreement_told_is_that_of_the_texts_that_nobody_encoded(tmp_path: Path) -> None:
    embeddings, landmarks, true = departments(0.3, tmp_path, limit=0.5)
    told = Listener()
    settings = Settings(embedding=SETTINGS.model_copy(update={"cascade_agreement": 0.5}))
    facts = judge_cascade(embeddings, landmarks, flat_tree(), settings, told)
    assert facts
    same = [
        (vectors @ landmarks.vectors.T).argmax(axis=1) for vectors in (embeddings.vectors, true)
    ]
    outside = ~flags(embeddings).sampled
    in_truth = float((same[0] == same[1])[outside].mean())
    assert 0.7 < in_truth < 0.95
    # Thirty texts are held out.
    assert facts.agreement == pytest.approx(in_truth, abs=0.15)
    assert facts.held_out == SAMPLE // 10
    assert facts.sample == SAMPLE
    assert facts.encoded + facts.by_student == len(TEXTS)
    assert told.messages[0].startswith("Cascade: ")


def test_a_tree_on_which_they_differ_too_much_stops_the_run(tmp_path: Path) -> None:
    embeddings, landmarks, _ = departments(0.3, tmp_path, limit=0.5)
    strict = Settings(embedding=SETTINGS.model_copy(update={"cascade_agreement": 0.99}))
    with pytest.raises(EncoderError, match=r"asks for 99\.0%"):
        judge_cascade(embeddings, landmarks, flat_tree(), strict, Silent())


def test_full_encoding_has_nothing_to_judge(tmp_path: Path) -> None:
    embeddings, landmarks, _ = departments(0.1, tmp_path, limit=0.9)
    whole = replace(embeddings, cascade=None)
    assert judge_cascade(whole, landmarks, flat_tree(), Settings(), Silent()) is None


def test_a_run_tells_of_its_cascade_and_its_products_are_assigned_by_the_encoder(
    tmp_path: Path,
) -> None:
    dump = write_json_lines(tmp_path / "dump.jsonl", planted_rows(400))
    folder, cache, listener = tmp_path / "run", tmp_path / "v.sqlite", Listener()
    settings = load_settings(None, CASCADE)
    fit(dump, out=folder, settings=settings, encoder=TinyEncoder(), cache=cache, progress=listener)

    run = load(folder)
    facts = run.manifest.cascade
    assert facts
    assert facts.sample == 150
    assert facts.held_out == 15
    assert 150 <= facts.encoded == 400 - facts.by_student
    assert 0.95 <= facts.agreement <= 1
    assert any(text.startswith("Cascade: ") for text in listener.messages)
    assert any(f"{facts.by_student} by what was learnt" in text for text in listener.messages)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f"the encoder read {facts.encoded} of 400 texts" in page

    again = refit(folder, dump, encoder=TinyEncoder(explodes=True), cache=cache)
    assert again.manifest.cascade == facts
    assert again.assignments.level2 == run.assignments.level2

    encoder = TinyEncoder()
    new = write_json_lines(tmp_path / "new.jsonl", planted_rows(250, seed=2))
    assign(folder, new, out=tmp_path / "new.csv", encoder=encoder, cache=cache)
    assert encoder.encoded == 250
