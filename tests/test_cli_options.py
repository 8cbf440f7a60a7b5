"""Options as values: what a command is handed in their place."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from conftest import PlantedRun

from topicmodel.cli import commands
from topicmodel.cli.fit_commands import fit, refit
from topicmodel.cli.invocation import RememberedGroup, command_line
from topicmodel.cli.options import (
    Command,
    Decorator,
    MappingTarget,
    combined,
    db_option,
    dump_options,
    gathered,
    label_option,
    target_options,
    wait_option,
)
from topicmodel.cli.output_options import OutputOptions, output_options
from topicmodel.cli.settings_options import (
    SettingsChoice,
    language_option,
    resume_option,
    settings_options,
)
from topicmodel.datatypes import Query, Run, Table
from topicmodel.errors import SettingsError
from topicmodel.ingest import ColumnChoice
from topicmodel.settings import Settings


def leaves(command: click.Command) -> Iterator[click.Command]:
    """The commands that do something, below groups such as `edit`."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from leaves(inner)
    else:
        yield command


@pytest.mark.parametrize("command", list(leaves(commands)), ids=lambda command: command.name)
def test_a_command_takes_few_values(command: click.Command) -> None:
    assert command.callback is not None
    assert len(inspect.signature(command.callback).parameters) <= 6


def test_fit_and_refit_share_all_options_but_one() -> None:
    names = [{name for param in each.params for name in param.opts} for each in (fit, refit)]
    assert names[0] - names[1] == {"--demo"}
    assert names[1] - names[0] == {"run"}


def handed(options: Decorator, *words: str) -> dict[str, object]:
    """What a command with these options is handed when it is called with these words."""
    values: dict[str, object] = {}
    command = click.command()(options(lambda **given: values.update(given)))
    command.main(list(words), standalone_mode=False)
    return values


def test_options_become_one_value() -> None:
    def build(width: int, height: int, depth: int = 1) -> int:
        return width * height * depth

    size = gathered(
        "volume",
        build,
        click.option("--width", type=int),
        click.option("--height", type=int),
    )
    assert handed(size, "--width", "2", "--height", "3") == {"volume": 6}
    deep = combined(click.option("--depth", type=int), size)
    assert handed(deep, "--width", "2", "--height", "3", "--depth", "4") == {"volume": 24}


def test_the_help_lists_options_in_the_order_in_which_they_are_added() -> None:
    def nothing(**_: object) -> None:
        """Do nothing."""

    both: Command = combined(label_option, dump_options, resume_option)(nothing)
    names = [param.opts[0] for param in click.command()(both).params]
    assert names == ["--label", "dump", "--sql", "--db", "--id", "--text", "--image", "--resume"]


def test_dump_options_hand_over_the_dump_and_its_columns() -> None:
    words = ("a.csv", "-", "s3://shop/b.csv", "--id", "nr", "--text", "was, wozu,", "--label", "x")
    assert handed(combined(label_option, dump_options), *words) == {
        "dump": (Path("a.csv"), "-", "s3://shop/b.csv"),
        "columns": ColumnChoice(id="nr", text=("was", "wozu"), label="x"),
    }
    assert handed(dump_options) == {"dump": (), "columns": ColumnChoice()}


def test_a_query_stands_behind_the_files_with_the_database_that_is_named() -> None:
    words = ("a.csv", "--sql", "SELECT 1", "--db", "sqlite:///shop.db")
    values = handed(dump_options, *words)
    assert values["dump"] == (Path("a.csv"), Query("SELECT 1", "sqlite:///shop.db"))


def test_a_mapping_goes_to_a_file_a_table_or_both() -> None:
    out = click.option("--out", type=click.Path(path_type=Path))
    options = combined(out, target_options, db_option, wait_option)
    assert handed(options) == {"target": MappingTarget(None, None)}
    words = ("--out", "m.csv", "--to-table", "places", "--db", "sqlite:///x.db", "--wait")
    target = MappingTarget(Path("m.csv"), Table("places", "sqlite:///x.db"), wait=True)
    assert handed(options, *words) == {"target": target}
    assert target.is_named
    assert not MappingTarget(None, None).is_named


def test_output_options_say_what_is_told_and_how() -> None:
    assert handed(output_options, "--quiet", "--json") == {
        "output": OutputOptions(quiet=True, log_json=False, as_json=True)
    }


def test_settings_options_hand_over_what_was_named() -> None:
    words = ("--settings", "mine.toml", "--set", "seed=3", "--set", "level1.n_topics=4")
    settings = SettingsChoice(Path("mine.toml"), ("seed=3", "level1.n_topics=4"))
    assert handed(settings_options, *words) == {"settings": settings}
    both = combined(settings_options, resume_option)
    assert handed(both, "--no-resume") == {"settings": SettingsChoice(resume=False)}
    spoken = combined(settings_options, language_option)
    assert handed(spoken, "--language", "es") == {"settings": SettingsChoice(language="es")}


@pytest.mark.parametrize(
    ("word", "code"),
    [("es", "es"), ("pt-BR", "pt-br"), ("PT_br", "pt-br"), ("pt", "pt"), ("de-AT", "de")],
)
def test_a_language_is_taken_as_people_write_its_code(word: str, code: str) -> None:
    assert SettingsChoice(language=word).over_defaults().catalogue.language == code


def test_what_is_no_language_is_refused_with_an_example() -> None:
    with pytest.raises(SettingsError, match=r"catalogue.language.*such as es or pt-br, got 'klin"):
        SettingsChoice(language="klingon").over_defaults()


def test_settings_that_are_named_lie_over_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("seed = 5\nthreads = 2\n")
    chosen = SettingsChoice(file, ("seed=3",), resume=False).with_pairs(["report.title=Ours"])
    settings = chosen.over_defaults()
    assert (settings.seed, settings.threads, settings.keep_stages) == (3, 2, False)
    assert settings.report.title == "Ours"
    assert SettingsChoice().over_defaults() == Settings()


def test_where_no_setting_is_named_a_run_keeps_its_own(planted: PlantedRun) -> None:
    assert SettingsChoice().over_run(planted.folder) is None
    kept = planted.run.manifest.settings
    changed = SettingsChoice(pairs=("seed=3",)).over_run(planted.folder)
    assert changed is not None
    assert changed.model_dump(mode="json") == {**kept, "seed": 3}


def test_a_command_that_fits_nothing_refuses_settings_of_fits() -> None:
    choice = SettingsChoice(pairs=("report.title=x", "level1.n_topics=3"))
    choice.check_sections(("report", "level1"), "report.n_examples=12", "report")
    with pytest.raises(click.UsageError, match=r"takes report\.\* settings only.*got level1"):
        choice.check_sections(("report",), "report.n_examples=12", "report")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["fit", "shop.csv", "--out", "run"], "topicmodel fit shop.csv --out run"),
        (["fit", "my shop.csv", "--text", ""], "topicmodel fit 'my shop.csv' --text ''"),
        (["fit", "\udcff.csv"], "topicmodel fit '?.csv'"),  # a name that is not UTF-8
        (
            ["fit", "--db", "postgresql://me:secret@host/shop", "--sql", "SELECT 'a b'"],
            """topicmodel fit --db postgresql://me@host/shop --sql 'SELECT '"'"'a b'"'"''""",
        ),
        (
            ["fit", "https://shop/a.csv?sig=secret&v=1", "--db=postgresql://me:se'cret@host/shop"],
            "topicmodel fit 'https://shop/a.csv?sig=***&v=1' --db=postgresql://me@host/shop",
        ),
    ],
)
def test_the_command_line_is_known_without_its_secrets(words: Sequence[str], line: str) -> None:
    told: list[str] = []
    context = {"ignore_unknown_options": True}
    group = RememberedGroup("topicmodel")

    @group.command("fit", context_settings=context)
    @click.argument("words", nargs=-1)
    def _(words: tuple[str, ...]) -> None:  # noqa: ARG001 - only the line is looked at
        told.append(command_line())

    group.main(list(words), standalone_mode=False)
    assert told == [line]
    assert "secret" not in line


def test_the_program_remembers_its_command_line(
    planted: PlantedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def load(_: Path) -> Run:
        told.append(command_line())
        return planted.run

    monkeypatch.setattr("topicmodel.workflows.load", load)
    commands.main(["edit", str(planted.folder), "list"], standalone_mode=False)
    assert told == [f"topicmodel edit {planted.folder} list"]
