"""Runs whose tree follows a catalogue: fitted, refitted, and told about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from planted_shop import SHOP, planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import Run, fit, load_settings, refit

MENU = [
    f"{department} > {kind} > {word}"
    for (department, _), kinds in SHOP.items()
    for kind, words in kinds.items()
    for word in words.split()
]
"""The departments and kinds of the planted shop, with what they sell."""

QUICK = ["topics.n_fits=1", "evaluation.resamples=0", "level1.min_topics=2", "level2.min_size=5"]

GERMAN = ["Küche > Pfannen", "Küche > Messer", "Garten > Schläuche", "Garten > Samen"]


def fitted(folder: Path, *settings: str, menu: object = None, name: str = "run") -> Run:
    dump = write_json_lines(folder / "shop.jsonl", planted_rows(200))
    return fit(
        dump,
        out=folder / name,
        settings=load_settings(None, [*QUICK, *settings]),
        menu=menu,  # type: ignore[arg-type]
        encoder=TinyEncoder(),
        cache=folder / "vectors.sqlite",
    )


def again(folder: Path, *settings: str, n: int = 220, menu: object = None) -> Run:
    dump = write_json_lines(folder / "next.jsonl", planted_rows(n))
    return refit(
        folder / "run",
        dump,
        out=folder / "next",
        settings=load_settings(None, [*QUICK, *settings]),
        menu=menu,  # type: ignore[arg-type]
        encoder=TinyEncoder(),
        cache=folder / "vectors.sqlite",
    )


def names_of(run: Run, level: int) -> set[str]:
    return {topic.name for topic in run.taxonomy.topics if topic.level == level}


def test_a_menu_s_departments_and_families_are_the_categories(tmp_path: Path) -> None:
    run = fitted(tmp_path, menu=MENU)
    assert names_of(run, 1) == {department for department, _ in SHOP}
    assert len(names_of(run, 2) & {kind for kinds in SHOP.values() for kind in kinds}) >= 7
    use = run.manifest.catalogue
    assert use is not None
    assert (use.source, use.used) == ("menu", True)
    assert use.known_share is not None
    assert use.known_share > 0.9
    told = json.loads((tmp_path / "run" / "taxonomy.json").read_text())["topics"]
    kitchen = next(topic for topic in told if topic["name"] == "Kitchen")
    assert kitchen["catalogue"][0][0].startswith("Kitchen > ")


def test_without_a_catalogue_the_manifest_tells_of_none(tmp_path: Path) -> None:
    run = fitted(tmp_path, menu="none")
    assert run.manifest.catalogue is None
    assert all(topic.catalogue == () for topic in run.taxonomy.topics)


def test_a_refit_keeps_ids_and_names_of_a_tree_that_follows_a_menu(tmp_path: Path) -> None:
    before = fitted(tmp_path, menu=MENU)
    after = again(tmp_path, menu=MENU)
    kept = {(topic.id, topic.name) for topic in before.taxonomy.topics}
    assert {(topic.id, topic.name) for topic in after.taxonomy.level1} <= kept
    assert after.manifest.catalogue is not None
    assert after.manifest.catalogue.used


def test_a_tree_that_was_made_without_a_catalogue_goes_on_without(tmp_path: Path) -> None:
    before = fitted(tmp_path, menu="none")
    after = again(tmp_path, menu=MENU)
    assert {topic.id for topic in after.taxonomy.level1} == {
        topic.id for topic in before.taxonomy.level1
    }
    assert after.manifest.catalogue is not None
    assert not after.manifest.catalogue.used


def test_fitted_afresh_it_follows_the_catalogue(tmp_path: Path) -> None:
    fitted(tmp_path, menu="none")
    after = again(tmp_path, "refit.anchor=0", menu=MENU)
    assert after.manifest.catalogue is not None
    assert after.manifest.catalogue.used
    # What continues an earlier category keeps its name.
    assert {topic.catalogue[0][0].split(" > ")[0] for topic in after.taxonomy.level1} == {
        department for department, _ in SHOP
    }


def test_a_menu_and_a_dump_in_another_language(tmp_path: Path) -> None:
    words = {
        "Pfannen": "Bratpfanne Pfannen Deckel Griff",
        "Messer": "Kochmesser Messer Klinge scharf",
        "Schläuche": "Gartenschlauch Schläuche Düse Wasser",
        "Samen": "Samen Tomaten Aussaat Beet",
    }
    rows = [
        {
            "id": f"{path}{n}",
            "title": " ".join(each.split()[: 2 + n % 3]),
            "description": f"{each} {n}",
        }
        for path, each in words.items()
        for n in range(30)
    ]
    dump = write_json_lines(tmp_path / "laden.jsonl", rows)
    run = fit(
        dump,
        settings=load_settings(None, QUICK),
        menu=GERMAN,
        encoder=TinyEncoder(),
        cache=tmp_path / "vectors.sqlite",
    )
    assert names_of(run, 1) == {"Küche", "Garten"}
    assert names_of(run, 2) == set(words)


@pytest.mark.parametrize("menu", ["none", MENU])
def test_the_same_menu_twice_gives_the_same_tree(tmp_path: Path, menu: object) -> None:
    first = fitted(tmp_path, menu=menu)
    second = fitted(tmp_path, menu=menu, name="second")
    assert first.taxonomy == second.taxonomy
    assert first.assignments.level2 == second.assignments.level2
