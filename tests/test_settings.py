from __future__ import annotations

from pathlib import Path

import pytest

from topicmodel import Settings, SettingsError, load_settings
from topicmodel.settings import iterate_settings, settings_as_toml, settings_from_values

ALL_KEYS = [key for key, _, _ in iterate_settings()]


def toml_file(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(*pairs: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(None, pairs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_word_the_defaults_hold() -> None:
    assert load_settings() == Settings()


def test_a_file_overlays_the_defaults_and_leaves_the_rest(tmp_path: Path) -> None:
    file = toml_file(tmp_path, "seed = 7\n[level1]\nmax_topics = 9\n")
    loaded = load_settings(file)
    assert (loaded.seed, loaded.level1.max_topics) == (7, 9)
    assert loaded.level1.min_topics == Settings().level1.min_topics
    assert loaded.level2 == Settings().level2


def test_pairs_overlay_the_file(tmp_path: Path) -> None:
    file = toml_file(tmp_path, "seed = 7\n[level1]\nn_topics = 9\nmin_share = 0.1\n")
    loaded = load_settings(file, ["level1.n_topics=12", "report.title=Our shop"])
    assert loaded.level1.n_topics == 12
    assert (loaded.seed, loaded.level1.min_share) == (7, 0.1)
    assert loaded.report.title == "Our shop"


def test_the_last_of_two_pairs_wins() -> None:
    assert load_settings(None, ["seed=1", "seed=2"]).seed == 2


def test_file_and_pairs_overlay_a_base_where_one_is_given(tmp_path: Path) -> None:
    base = load_settings(None, ["report.title=Kept", "report.max_points=5", "seed=3"])
    loaded = load_settings(toml_file(tmp_path, "[report]\nmax_points = 6\n"), ["seed=4"], base)
    assert (loaded.report.title, loaded.report.max_points, loaded.seed) == ("Kept", 6, 4)
    assert (base.report.max_points, base.seed) == (5, 3)


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("level1.n_topics=auto", "auto"),
        ('level1.n_topics="auto"', "auto"),
        ("level1.n_topics=4", 4),
        ("level1.n_topics = 4", 4),
    ],
)
def test_values_of_pairs_are_toml_or_else_text(pair: str, value: object) -> None:
    assert load_settings(None, [pair]).level1.n_topics == value


def test_a_list_is_given_as_toml() -> None:
    loaded = load_settings(None, ['documents.attributes=["brand", "colour"]'])
    assert loaded.documents.attributes == ("brand", "colour")


def test_a_value_may_hold_an_equals_sign() -> None:
    assert load_settings(None, ["report.title=a=b"]).report.title == "a=b"


@pytest.mark.parametrize(
    ("pair", "key", "nearest"),
    [
        ("level1.n_topix=3", "level1.n_topix", "level1.n_topics"),
        ("sead=3", "sead", "seed"),
        ("topics.min_sise=3", "topics.min_sise", "topics.min_size"),
        ("report=3", "report", "report.title"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_one(pair: str, key: str, nearest: str) -> None:
    message = refusal(pair)
    assert message.startswith(f"{key} is ")
    assert nearest in message


def test_a_key_like_no_other_is_refused_with_the_way_to_see_all() -> None:
    assert "topicmodel settings" in refusal("xyzzyq=1")


def test_an_unknown_key_of_a_file_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"level2\.max_topix is no setting.*level2\.max_topics"):
        load_settings(toml_file(tmp_path, "[level2]\nmax_topix = 3\n"))


@pytest.mark.parametrize(
    ("pair", "key", "value"),
    [
        ("seed=many", "seed", "'many'"),
        ("seed=-1", "seed", "-1"),
        ("seed=4294967296", "seed", "4294967296"),
        ("seed.x=5", "seed", "{'x': 5}"),
        ("threads=0", "threads", "0"),
        ("level1.n_topics=many", "level1.n_topics", "'many'"),
        ("level1.n_topics=0", "level1.n_topics", "0"),
        ("topics.min_size=1", "topics.min_size", "1"),
        ("level2.min_size=1", "level2.min_size", "1"),
        ("level1.min_share=0.7", "level1.min_share", "0.7"),
        ("level1.separation=nan", "level1.separation", "nan"),
        ("embedding.device=tpu", "embedding.device", "'tpu'"),
        ("embedding.model=12", "embedding.model", "12"),
        ("documents.attributes=brand", "documents.attributes", "'brand'"),
        ("report.images=all", "report.images", "'all'"),
        ("report.image_megabytes=-1", "report.image_megabytes", "-1"),
        ("report.theme=pink", "report.theme", "'pink'"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_key_and_value(
    pair: str, key: str, value: str
) -> None:
    message = refusal(pair)
    assert message.startswith(f"{key} should be ")
    assert message.endswith(f"got {value}.")


def test_a_refusal_names_every_kind_of_value_that_would_do() -> None:
    message = refusal("level1.n_topics=0")
    assert "greater than or equal to 1 or should be 'auto'" in message


@pytest.mark.parametrize("pair", ["seed", "", "=5", " = 5"])
def test_what_is_no_pair_is_answered_with_an_example(pair: str) -> None:
    assert "level1.n_topics=12" in refusal(pair)


@pytest.mark.parametrize("content", [b"seed = ", b"\xff\xfe", b"[level1\n"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"broken\.toml is not valid TOML"):
        load_settings(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: No such file"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "pairs",
    [
        (),
        ("seed=7", "level1.n_topics=12", "topics.min_size=5", 'documents.attributes=["*"]'),
        ('report.title="""A "quoted" title # with é and\na second line"""', "threads=2"),
    ],
)
def test_settings_written_as_toml_load_back_the_same(tmp_path: Path, pairs: list[str]) -> None:
    chosen = load_settings(None, pairs)
    assert load_settings(toml_file(tmp_path, settings_as_toml(chosen))) == chosen


def test_settings_survive_the_manifest() -> None:
    chosen = load_settings(None, ["level1.n_topics=12", 'documents.attributes=["brand"]'])
    assert settings_from_values(chosen.model_dump(mode="json")) == chosen


@pytest.mark.parametrize(("key", "default", "description"), list(iterate_settings()))
def test_every_setting_has_a_default_that_holds_and_a_description(
    key: str, default: object, description: str
) -> None:
    section, _, name = key.rpartition(".")
    holder = getattr(Settings(), section) if section else Settings()
    assert getattr(holder, name) == default
    assert description.endswith(".")
    assert f"# {description}\n{name} = " in settings_as_toml(Settings())


def test_settings_are_listed_once() -> None:
    assert len(set(ALL_KEYS)) == len(ALL_KEYS)


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().level1.n_topics = 3  # type: ignore[misc]


def test_a_least_number_above_the_greatest_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"level1 should have min_topics up to max_topics"):
        load_settings(None, ["level1.min_topics=30"])
