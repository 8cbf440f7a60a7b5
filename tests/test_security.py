"""What SECURITY.md claims, as far as no other test holds it."""

from __future__ import annotations

import ast
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import audit
import pytest
from command_line import Command, command_fixture, environment
from conftest import PlantedRun
from llm_server import LlmServer, Reply, llm_server_fixture
from planted_shop import planted_rows, write_json_lines
from postgres_server import postgres
from tiny_model import write_model

from topicmodel import EncoderError, load_settings, settings_as_toml
from topicmodel.embedding import load_encoder
from topicmodel.settings import EmbeddingSettings, Settings, iterate_settings

__all__ = ["command_fixture", "llm_server_fixture", "postgres"]

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "topicmodel").rglob("*.py"))
TREES = {file.relative_to(ROOT): ast.parse(file.read_text(encoding="utf-8")) for file in SOURCES}

PICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "copyreg"}
CARRY_OUT = {"eval", "exec", "compile", "__import__", "breakpoint"}
SECRET = "sentinel-4711-geheim"  # noqa: S105 - opens nothing


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            yield f"{file}:{getattr(node, 'lineno', 0)}", node


def imported(node: ast.AST) -> set[str]:
    """Full names that an import statement brings in."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return set()


def calls() -> Iterator[tuple[str, str, dict[str, ast.expr]]]:
    """Place, dotted name and named arguments of every call in the package."""
    for place, node in nodes():
        if isinstance(node, ast.Call):
            named = {word.arg: word.value for word in node.keywords if word.arg}
            yield place, ast.unparse(node.func), named


def is_constant(value: ast.expr | None, wanted: object) -> bool:
    return isinstance(value, ast.Constant) and value.value is wanted


def test_there_is_code_to_look_at() -> None:
    assert len(TREES) > 100
    assert sum(1 for _ in calls()) > 1000


def test_nothing_of_ours_imports_a_pickler() -> None:
    found = [
        (place, name)
        for place, node in nodes()
        for name in imported(node)
        if name.partition(".")[0] in PICKLERS or name in ("joblib.load", "joblib.dump")
    ]
    assert not found


def test_nothing_of_ours_loads_arrays_or_tensors_that_may_be_pickles() -> None:
    for place, name, words in calls():
        assert name not in ("joblib.load", "joblib.dump", "pd.read_pickle"), place
        assert not name.endswith(("to_pickle", "read_pickle")), place
        if name.endswith("torch.load"):
            assert is_constant(words.get("weights_only"), True), place
        if "allow_pickle" in words:
            assert is_constant(words["allow_pickle"], False), place


def test_no_text_is_carried_out_as_code_and_no_shell_is_started() -> None:
    for place, name, words in calls():
        assert name not in CARRY_OUT, place
        assert name not in ("os.system", "os.popen", "yaml.load", "yaml.unsafe_load"), place
        assert "shell" not in words or is_constant(words["shell"], False), place
    modules = {name.partition(".")[0] for _, node in nodes() for name in imported(node)}
    assert not modules & {"yaml", "subprocess", "pty", "commands", "telnetlib", "ftplib"}


def test_no_sql_of_a_user_is_put_together_from_strings() -> None:
    # SQLAlchemy quotes names and binds values; the one statement that is text is the user's query.
    found = [place for place, name, _ in calls() if name.endswith(("exec_driver_sql", ".text"))]
    files = {place.partition(":")[0] for place in found if "sql" in place or "queries" in place}
    assert files <= {"topicmodel/files/databases.py", "topicmodel/ingest/queries.py"}


def test_remote_code_is_off_wherever_it_is_spoken_of() -> None:
    words = [words["trust_remote_code"] for _, _, words in calls() if "trust_remote_code" in words]
    assert words
    assert all(is_constant(word, False) for word in words)


def test_no_setting_turns_remote_code_or_pickles_on() -> None:
    keys = [key for key, _, _ in iterate_settings()]
    assert not [key for key in keys if re.search("trust|remote|code|pickle|unsafe", key)]
    with pytest.raises(Exception, match="trust_remote_code"):
        load_settings(assignments=["embedding.trust_remote_code=true"])


@pytest.mark.parametrize("suffix", [".bin", ".pt", ".pth", ".pkl", ".ckpt"])
@pytest.mark.parametrize("part", ["", "2_Dense"])
def test_a_model_of_which_any_part_has_other_weights_than_safetensors_is_refused(
    part: str, suffix: str, tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "model", dense=8)
    weights = folder / part / "model.safetensors"
    weights.rename(weights.with_name(f"pytorch_model{suffix}"))
    with pytest.raises(
        EncoderError, match=r"not in safetensors files.*Choose a model that has them"
    ):
        load_encoder(EmbeddingSettings(model=str(folder)))


def test_code_beside_a_model_is_never_run(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "mine.py").write_text("raise SystemExit('code of the model was run')")
    config = json.loads((folder / "config.json").read_text())
    names = {"AutoConfig": "mine.Config", "AutoModel": "mine.Model"}
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": names}))
    encoder = load_encoder(EmbeddingSettings(model=str(folder), device="cpu"))
    assert encoder.encode(["red shirt"]).shape == (1, 32)


WITHOUT_PICKLES = """
import pickle, sys
from pathlib import Path
import topicmodel as tm
from tiny_encoder import TinyEncoder
from topicmodel.embedding import VectorCache, embed

def refuse(*_words, **_named):
    raise AssertionError("something is unpickled")

def watch(event, _arguments):
    if event == "pickle.find_class":
        refuse()

run, cache = Path(sys.argv[1]), Path(sys.argv[2])
import openpyxl, plotly.offline, pyarrow.parquet, safetensors.numpy, wordcloud
sys.addaudithook(watch)
pickle.load = pickle.loads = pickle._Unpickler.load = refuse
loaded = tm.load(run)
assert tm.names(run).topics
assert tm.report(run).is_file()
assert tm.evaluate(run).metrics
tm.export(run, out=run.parent / "mapping.xlsx")
with VectorCache(cache) as vectors:
    texts = [row for row in open(sys.argv[3], encoding="utf-8").read().splitlines()]
    found = embed(texts, TinyEncoder(), vectors)
    again = embed(texts, TinyEncoder(explodes=True), vectors)
    assert (found.vectors == again.vectors).all()
try:
    pickle.loads(b"N.")
except AssertionError:
    print("watched")
"""


def test_a_run_folder_and_the_cache_are_read_without_unpickling(
    planted: PlantedRun, tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(planted.folder, tmp_path / "run")
    (tmp_path / "texts").write_text("red shirt\nblue mouse\n")
    words = [tmp_path / "run", tmp_path / "cache.sqlite", tmp_path / "texts"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PICKLES, *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path, PYTHONPATH=":".join(sys.path)),
    )
    assert done.stdout == "watched\n", done.stderr


@pytest.mark.postgres
def test_secrets_of_the_environment_reach_no_file_and_no_message(
    command: Command,
    postgres: str,
    llm_server: LlmServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "topicmodel")
    llm_server.behaviour = lambda _: Reply(f'{{"error": "bad key {SECRET}"}}'.encode(), 401)
    for name in ("OPENAI_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("TOPICMODEL_DB", f"{postgres}&application_name=a&sslpassword={SECRET}")
    rows = json.dumps(planted_rows(60))
    columns = "id text, title text, description text"
    sql = f"select * from json_to_recordset('{rows}') as x({columns})"  # noqa: S608 - our own rows
    run = tmp_path / "run"
    asked = (
        "--set",
        "language_model.model=x",
        "--set",
        f"language_model.base_url={llm_server.base_url}",
    )
    outcomes = [
        command("fit", "--sql", sql, "--out", run, *asked),
        command("assign", run, "--sql", sql, "--to-table", "secrets"),
        command("export", run, "--to-table", "secrets", "--replace"),
        command("fit", "--sql", "select nothing", "--out", run),
        command(
            "fit", "--sql", sql, "--db", f"postgresql://me:{SECRET}@localhost:1/x", "--out", run
        ),
        command("fit", f"s3://key:{SECRET}@/x", f"nosuch://me:{SECRET}@host/x", "--out", run),
        command("fit", f"https://host.invalid/x.csv?sig={SECRET}", "--out", run),
    ]
    assert [outcome.code for outcome in outcomes] == [0, 0, 0, 1, 1, 1, 1]
    password = "se%3Acr%2Fet" if "se%3Acr%2Fet" in postgres else SECRET
    said = "".join(outcome.out + outcome.err for outcome in outcomes) + caplog.text
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for secret in (SECRET, password, "se:cr/et"):
        assert secret not in said
        assert secret.encode() not in written
    source = json.loads((run / "manifest.json").read_bytes())["dump"]["sources"][0]
    assert "sslpassword=***" in source


def test_a_password_in_a_setting_is_refused_and_not_repeated(
    command: Command, tmp_path: Path
) -> None:
    dump = write_json_lines(tmp_path / "shop.jsonl", planted_rows(10))
    address = f"language_model.base_url=http://me:{SECRET}@localhost/v1"
    refused = command(
        "fit", dump, "--out", tmp_path / "run", "--set", "language_model.model=x", "--set", address
    )
    assert refused.code == 1
    assert SECRET not in refused.out + refused.err
    assert not (tmp_path / "run").exists()


def test_no_default_setting_holds_a_secret() -> None:
    assert not re.search(
        r"(?im)^[^#\n]*(key|token|secret|password)\s*=\s*\"\S", settings_as_toml(Settings())
    )


def test_every_finding_of_bandit_is_answered_in_security_md() -> None:
    pytest.importorskip("bandit", reason="needs bandit")
    answers = audit.of_code(audit.read_answers())
    assert audit.unanswered(audit.bandit_findings(), answers) == []


def test_every_test_that_security_md_names_is_there() -> None:
    named = re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    sources = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("tests/test_*.py"))
    there = set(re.findall(r"def (test_\w+)\(", sources))
    files = {file.stem for file in ROOT.glob("tests/test_*.py")}
    assert len(named) >= 20
    assert not set(named) - there - files
