from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_model import write_model

from topicmodel.datatypes import Floats
from topicmodel.embedding import SentenceEncoder, load_encoder
from topicmodel.embedding.conversion import clear_converted, converted_path, read_converted
from topicmodel.embedding.openvino import OpenVinoModel
from topicmodel.embedding.pytorch import TorchModel
from topicmodel.settings import EmbeddingSettings

TEXTS = [
    "Red cotton shirts",
    "",
    "  wireless\tUSB mouse \n",
    "CRÈME Brûlée – 2×, 15 €",
    "无线鼠标 2.4GHz 🎁",
    "keyboard",
    "blue shirt " * 40,
]
MODELS: dict[str, dict[str, Any]] = {
    "mean": {},
    "class token, then a dense layer": {"pooling": "cls", "dense": 8},
    "max, lowered by sentence-transformers": {"pooling": "max", "lower": False},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        name: write_model(folder / str(number), **options)
        for number, (name, options) in enumerate(MODELS.items())
    }


@pytest.fixture(scope="module")
def tiny(folders: dict[str, Path]) -> Path:
    return folders["mean"]


@pytest.fixture(scope="module")
def converted(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tiny model is converted already. Tests that damage it work on a copy."""
    folder = tmp_path_factory.mktemp("converted")
    encoder_of(tiny, folder).encode(["text"])
    return folder


def encoder_of(model: Path, converted: Path, **settings: Any) -> SentenceEncoder:
    chosen = {"precision": "float32", "max_tokens": 32, "device": "cpu"} | settings
    encoder = load_encoder(EmbeddingSettings(model=str(model), **chosen))
    return replace(encoder, converted=converted)


def by_sentence_transformers(model: Path, texts: Sequence[str] = TEXTS) -> Floats:
    from sentence_transformers import SentenceTransformer

    loaded = SentenceTransformer(str(model), device="cpu")
    vectors = loaded.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors)


@pytest.mark.parametrize("name", MODELS)
def test_a_converted_model_gives_what_sentence_transformers_gives(
    name: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    encoder = encoder_of(folders[name], tmp_path)
    vectors = encoder.encode(TEXTS)
    assert isinstance(encoder._loaded, OpenVinoModel)
    expected = by_sentence_transformers(folders[name])
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    # Texts that a model cannot tell apart would prove nothing.
    assert np.linalg.norm(expected[0] - expected[5]) > 0.1


@pytest.mark.parametrize("name", MODELS)
def test_texts_are_cut_into_the_same_tokens(
    name: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    encoder = encoder_of(folders[name], tmp_path)
    encoder.encode(["text"])
    loaded = encoder._loaded
    assert isinstance(loaded, OpenVinoModel)
    theirs = SentenceTransformer(str(folders[name]), device="cpu")
    for text in TEXTS:
        wanted = theirs.preprocess([text])["input_ids"][0].tolist()
        assert loaded.tokenizer.encode(text).ids == wanted


def test_half_precision_keeps_the_directions(tiny: Path, tmp_path: Path) -> None:
    encoder = replace(encoder_of(tiny, tmp_path), precision="bfloat16")
    cosines = (encoder.encode(TEXTS) * by_sentence_transformers(tiny)).sum(axis=1)
    assert cosines.min() > 0.99


def test_vectors_depend_neither_on_their_company_nor_on_the_order(
    tiny: Path, converted: Path
) -> None:
    encoder = encoder_of(tiny, converted)
    vectors = encoder.encode(TEXTS)
    np.testing.assert_allclose(encoder.encode(TEXTS[::-1])[::-1], vectors, atol=1e-6)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(alone, vectors, atol=1e-6)
    one_by_one = encoder_of(tiny, converted, batch_size=1).encode(TEXTS)
    np.testing.assert_allclose(one_by_one, vectors, atol=1e-6)


def test_the_number_of_cores_has_no_say_in_a_vector(
    tiny: Path, converted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"red shirt {number} " + "mouse " * (number % 30) for number in range(300)]
    found = []
    for n_cores in (1, 2, 5):
        monkeypatch.setattr("loky.cpu_count", lambda n=n_cores: n)
        found.append(encoder_of(tiny, converted).encode(texts).tobytes())
    assert found[0] == found[1] == found[2]


def test_no_texts_give_no_vectors(tiny: Path, converted: Path) -> None:
    assert encoder_of(tiny, converted).encode([]).shape == (0, 32)


LATER_RUN = """
import socket, sys
def refuse(*arguments, **named):
    raise AssertionError("The network was used.")
socket.socket.connect = socket.getaddrinfo = refuse

from topicmodel.embedding import load_encoder
from topicmodel.settings import EmbeddingSettings

settings = EmbeddingSettings(model=sys.argv[1], max_tokens=32, precision="float32", device="cpu")
vectors = load_encoder(settings).encode(["red cotton shirt", "usb mouse"])
loaded = {"torch", "transformers", "sentence_transformers"} & set(sys.modules)
assert "openvino_telemetry" not in sys.modules
print(vectors.tobytes().hex(), len(loaded))
"""


def test_a_later_run_needs_no_torch_and_gives_the_same(tiny: Path, tmp_path: Path) -> None:
    environment = os.environ | {"TOPICMODEL_CACHE": str(tmp_path)}
    words = [sys.executable, "-W", "error", "-c", LATER_RUN, str(tiny)]
    runs = [
        subprocess.run(
            words, capture_output=True, text=True, timeout=300, check=False, env=environment
        )
        for _ in range(2)
    ]
    assert [run.stderr for run in runs] == ["", ""]
    (first, n_first), (second, n_second) = (run.stdout.split() for run in runs)
    assert (n_first, n_second) == ("3", "0")
    assert first == second
    assert list((tmp_path / "converted").glob(".*")) == []


@pytest.mark.parametrize("damage", ["changed", "emptied", "gone"])
@pytest.mark.parametrize("name", ["model.bin", "model.xml", "tokenizer.json", "digests.json"])
def test_damage_to_a_converted_model_is_noticed(
    name: str, damage: str, tiny: Path, converted: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(converted, tmp_path / "copy"))
    place = converted_path(folder, encoder_of(tiny, folder).model, "float32")
    assert read_converted(place) is not None
    _damage(place / name, damage)
    assert read_converted(place) is None


def _damage(file: Path, damage: str) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.unlink()
    if damage != "gone":
        file.write_bytes(b"" if damage == "emptied" else bytes(content))


@pytest.mark.parametrize(("name", "damage"), [("model.bin", "changed"), ("digests.json", "gone")])
def test_a_damaged_converted_model_is_made_again(
    name: str, damage: str, tiny: Path, converted: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(converted, tmp_path / "copy"))
    encoder = encoder_of(tiny, folder)
    place = converted_path(folder, encoder.model, "float32")
    _damage(place / name, damage)
    vectors = encoder.encode(TEXTS)
    assert isinstance(encoder._loaded, OpenVinoModel)
    np.testing.assert_array_equal(vectors, encoder_of(tiny, converted).encode(TEXTS))
    assert read_converted(place) is not None


def test_another_release_of_openvino_converts_anew(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = encoder_of(tiny, tmp_path).model
    now = converted_path(tmp_path, model, "float32")
    assert converted_path(tmp_path, model, "float32") == now
    assert converted_path(tmp_path, model, "bfloat16") != now
    monkeypatch.setattr("topicmodel.embedding.conversion.version", lambda _: "9999.1")
    assert converted_path(tmp_path, model, "float32") != now


def test_the_token_limit_needs_no_other_conversion(tiny: Path, converted: Path) -> None:
    short, long = "red shirt " * 3, "red shirt " * 12
    encoder = encoder_of(tiny, converted, max_tokens=8)
    assert isinstance(encoder._loaded, OpenVinoModel)
    np.testing.assert_allclose(*encoder.encode([short, long]), atol=1e-6)
    assert not np.allclose(*encoder_of(tiny, converted).encode([short, long]), atol=1e-3)
    assert len(list(converted.iterdir())) == 1


def test_where_the_folder_cannot_be_written_texts_are_encoded_all_the_same(
    tiny: Path, converted: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    encoder = encoder_of(tiny, tmp_path / "file" / "converted")
    expected = encoder_of(tiny, converted).encode(TEXTS)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-6)


def test_a_model_that_cannot_be_converted_runs_on_torch_and_the_user_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = write_model(tmp_path / "prompted", prompt="wireless: ")
    caplog.clear()
    encoder = encoder_of(model, tmp_path / "converted")
    np.testing.assert_allclose(encoder.encode(TEXTS), by_sentence_transformers(model), atol=1e-5)
    encoder.encode(["more"])
    assert isinstance(encoder._loaded, TorchModel)
    told = [record.getMessage() for record in caplog.records if _is_ours(record)]
    assert len(told) == 1
    assert told[0].startswith("The encoder runs on PyTorch, which is slower:")
    assert "cosine" in told[0]
    assert "\n" not in told[0]
    assert not (tmp_path / "converted").exists()


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.startswith("topicmodel") and record.levelno >= logging.WARNING


def test_without_openvino_texts_are_encoded_by_torch(
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    encoder = encoder_of(tiny, tmp_path, precision="auto")
    assert encoder.precision == "float32"
    np.testing.assert_allclose(encoder.encode(TEXTS), by_sentence_transformers(tiny), atol=1e-5)
    assert [record.getMessage() for record in caplog.records if _is_ours(record)]


def test_clearing_leaves_what_is_not_ours(converted: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(converted, tmp_path / "copy"))
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("keep")
    (folder / ".0123.abcd.partial").mkdir()
    (folder / ".0123.abcd.partial" / "model.xml").write_text("half")
    clear_converted(folder)
    assert [file.name for file in folder.iterdir()] == ["mine"]
    shutil.rmtree(folder / "mine")
    clear_converted(folder)
    clear_converted(folder)
    assert not folder.exists()


def test_kept_files_are_named_with_their_digests(tiny: Path, converted: Path) -> None:
    place = converted_path(converted, encoder_of(tiny, converted).model, "float32")
    digests = json.loads((place / "digests.json").read_text())
    assert set(digests) == {"model.bin", "model.xml", "tokenizer.json"}
    assert {file.name for file in place.iterdir()} == {*digests, "digests.json"}
