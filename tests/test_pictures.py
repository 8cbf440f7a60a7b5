"""Pictures of products and the logo: shown where that is safe, and never worth a report."""

from __future__ import annotations

import base64
import os
import shutil
import struct
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from command_line import Command, command_fixture  # noqa: F401 - a fixture is used by its name
from fake_changes import fake_changes
from fake_run import fake_run, with_columns
from PIL import Image
from planted_shop import planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import Run, RunError, edit, fit, load, load_settings, refit, report, save
from topicmodel.datatypes import DumpRecord, Manifest
from topicmodel.files.encoding import read_table
from topicmodel.ingest.values import image_of
from topicmodel.reporting import render, render_changes
from topicmodel.reporting.pictures import find_pictures, logo_source, with_logo
from topicmodel.settings import ReportSettings

RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(
    size: tuple[int, int] = (300, 200), colour: Any = RED, kind: str = "PNG", **options: Any
) -> bytes:
    content = BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(content, kind, **options)
    return content.getvalue()


def shown(source: str) -> Image.Image:
    """The picture that a data: URI holds."""
    head, _, content = source.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(BytesIO(base64.b64decode(content)))


def near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder of a dump, and a picture outside of it."""
    folder = tmp_path / "shop"
    (folder / "images").mkdir(parents=True)
    (folder / "shop.jsonl").write_text("{}\n")
    (folder / "mug.png").write_bytes(picture())
    (folder / "images" / "jug.jpg").write_bytes(picture(kind="JPEG", colour=BLUE))
    (tmp_path / "secret.png").write_bytes(picture())
    return folder


def run_of(folder: Path | str, *images: str) -> Run:
    """A run of a dump in this folder; its products p00000, p00001, ... have these pictures."""
    run = fake_run(30)
    dump = replace(run.manifest.dump, sources=(f"{folder}/shop.jsonl",))
    run = replace(run, manifest=replace(run.manifest, dump=dump))
    return with_columns(run, images=[*images, *[""] * (30 - len(images))])


def embedded(folder: Path, *images: str, **chosen: Any) -> list[str]:
    """What is shown of these pictures, each of a product of its own; "" where nothing is."""
    run = run_of(folder, *images)
    products = list(run.assignments.product_ids)
    found = find_pictures(run, ReportSettings(**chosen), products)
    assert set(found) <= set(products[: len(images)])
    return [found.get(product, "") for product in products[: len(images)]]


@pytest.mark.parametrize("name", ["mug.png", "./mug.png", "images/jug.jpg", "images\\jug.jpg"])
def test_a_file_beside_the_dump_becomes_a_small_thumbnail(shop: Path, name: str) -> None:
    (source,) = embedded(shop, name)
    thumbnail = shown(source)
    assert thumbnail.size == (112, 75)
    assert near(thumbnail.getpixel((50, 30)), BLUE if "jug" in name else RED)
    assert len(source) < 2000


def test_a_bare_name_is_found_in_the_folder_images(shop: Path) -> None:
    assert near(shown(embedded(shop, "jug.jpg")[0]).getpixel((5, 5)), BLUE)


def test_the_dump_may_be_the_folder_itself_or_named_from_here(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)
    for source in (str(shop), "shop.jsonl", "."):
        run = run_of(shop, "mug.png")
        run = replace(run, manifest=Manifest(dump=DumpRecord(sources=(source,))))
        assert "p00000" in find_pictures(run, ReportSettings(), ["p00000"])


def test_every_source_of_the_dump_is_tried_in_turn(shop: Path, tmp_path: Path) -> None:
    run = run_of(shop, "mug.png")
    sources = (str(tmp_path / "gone" / "a.csv"), "a\0b", str(shop / "shop.jsonl"))
    run = replace(run, manifest=Manifest(dump=DumpRecord(sources=sources)))
    assert "p00000" in find_pictures(run, ReportSettings(), ["p00000"])


def test_a_run_that_knows_no_dump_has_no_pictures() -> None:
    run = replace(run_of("shop", "mug.png"), manifest=Manifest())
    assert find_pictures(run, ReportSettings(), ["p00000"]) == {}


def test_only_products_that_are_shown_have_their_pictures_read(shop: Path) -> None:
    run = run_of(shop, "mug.png", "jug.jpg", "mug.png")
    assert list(find_pictures(run, ReportSettings(), ["p00001", "strange"])) == ["p00001"]
    assert find_pictures(run, ReportSettings(), []) == {}


def test_a_run_without_pictures_shows_none(shop: Path) -> None:
    run = with_columns(run_of(shop), images=())
    assert find_pictures(run, ReportSettings(), ["p00000"]) == {}


def test_none_shows_none(shop: Path) -> None:
    assert embedded(shop, "mug.png", "https://shop.example/1.png", images="none") == ["", ""]


def test_a_photograph_is_turned_as_its_camera_was_held(shop: Path) -> None:
    photo = Image.new("RGB", (400, 200), BLUE)
    photo.paste(RED, (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6  # the top of the scene is at the right of the file
    photo.save(shop / "photo.jpg", exif=exif, quality=95)
    thumbnail = shown(embedded(shop, "photo.jpg")[0])
    assert thumbnail.size == (56, 112)
    assert near(thumbnail.getpixel((28, 10)), RED)
    assert near(thumbnail.getpixel((28, 100)), BLUE)


def test_what_is_transparent_shows_white(shop: Path) -> None:
    (shop / "clear.png").write_bytes(picture(colour=(0, 0, 0, 0)))
    thumbnail = shown(embedded(shop, "clear.png")[0])
    assert thumbnail.mode == "RGB"
    assert near(thumbnail.getpixel((5, 5)), (255, 255, 255))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "BMP"])
def test_usual_kinds_of_pictures_are_read(shop: Path, kind: str) -> None:
    (shop / "mug").write_bytes(picture(kind=kind))
    assert near(shown(embedded(shop, "mug")[0]).getpixel((5, 5)), RED)


def test_the_same_pictures_give_the_same_bytes(shop: Path) -> None:
    assert embedded(shop, "mug.png", "jug.jpg") == embedded(shop, "mug.png", "jug.jpg")


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "images/../../secret.png",
        "..\\secret.png",
        "{outside}/secret.png",
        "file://{outside}/secret.png",
        "http://shop.example/mug.png",
        "https://shop.example/mug.png",
        "link.png",
        "linked/secret.png",
        "circle",
        "images",
        ".",
        "mug.png\0",
        "\ud800.png",
        "m" * 100_000,
        "mug.png/" * 500,
        "data:image/png;base64,AAAA",
        "gone.png",
    ],
)
def test_nothing_outside_the_folder_of_the_dump_is_shown(
    shop: Path, tmp_path: Path, name: str
) -> None:
    (shop / "link.png").symlink_to(tmp_path / "secret.png")
    (shop / "linked").symlink_to(tmp_path)
    (shop / "circle").symlink_to(shop / "circle")
    assert embedded(shop, name.replace("{outside}", str(tmp_path)), "mug.png")[0] == ""


def test_a_folder_images_that_leads_elsewhere_is_not_followed(shop: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    (elsewhere / "shop.jsonl").touch()
    (elsewhere / "images").symlink_to(shop)
    assert embedded(elsewhere, "mug.png") == [""]


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG file of a few bytes that says that it unpacks to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:60],
        picture(kind="JPEG")[:-400],
        picture((9, 9), kind="GIF")[:20],
        picture(kind="EPS"),
        picture(kind="TIFF"),
        bomb(),
        bomb(9_000, 9_000),
        bomb(200, 200),
    ],
    ids=lambda content: f"{content[:8]!r}{len(content)}",
)
def test_a_picture_that_cannot_be_read_is_left_out(shop: Path, content: bytes) -> None:
    (shop / "odd.png").write_bytes(content)
    odd, mug = embedded(shop, "odd.png", "mug.png")
    assert odd == ""
    assert mug


def test_a_huge_file_is_left_out(shop: Path) -> None:
    with (shop / "mug.png").open("ab") as file:
        file.truncate(20_000_001)
    assert embedded(shop, "mug.png") == [""]


def test_what_is_no_file_is_not_waited_for(shop: Path) -> None:
    os.mkfifo(shop / "pipe.png")
    assert embedded(shop, "pipe.png") == [""]


def test_the_first_products_have_the_budget(shop: Path) -> None:
    for number in range(3):
        (shop / f"{number}.png").write_bytes(picture(colour=(number, 90, 90)))
    names = ["gone.png", "0.png", "1.png", "2.png"]
    _, *sources = embedded(shop, *names)
    enough_for_two = (len(sources[0]) + len(sources[1])) / 1e6
    assert embedded(shop, *names, image_megabytes=enough_for_two) == ["", *sources[:2], ""]
    assert embedded(shop, *names, image_megabytes=0) == [""] * 4


def test_a_product_that_is_shown_twice_counts_twice(shop: Path) -> None:
    run = run_of(shop, "mug.png", "jug.jpg")
    all_found = find_pictures(run, ReportSettings(), ["p00000", "p00001"])
    settings = ReportSettings(image_megabytes=sum(map(len, all_found.values())) / 1e6)
    assert list(find_pictures(run, settings, ["p00000", "p00000", "p00001"])) == ["p00000"]


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/1.jpg",
        "http://shop.example:8080/größe.jpg?a=1&b=2#c",
        "HTTPS://shop.example/1.jpg",
        'https://shop.example/"><script>alert(1)</script>',
    ],
)
def test_link_gives_web_addresses_as_they_are(shop: Path, address: str) -> None:
    assert embedded(shop, address, images="link") == [address]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://shop.example/1.jpg",
        "//shop.example/1.jpg",
        "mug.png",
        "/mug.png",
        "https:",
        "https://",
        "https:///1.jpg",
        "https://user:password@shop.example/1.jpg",
        "https://user@shop.example/1.jpg",
        "https://good.example\\@evil.example/1.jpg",
        "https://shop.example/1 2.jpg",
        "java\nscript:alert(1)",
        "https://shop.example/\u202egpj.1",
        "https://shop.example/\0",
        "https://[::1/1.jpg",
        "https://shop.example:99999/1.jpg",
        "https://shop.example/" + "a" * 2000,
    ],
)
def test_link_gives_no_other_address(shop: Path, address: str) -> None:
    assert embedded(shop, address, images="link") == [""]


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_a_logo_is_kept_byte_for_byte(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "logo.of.any.name"
    file.write_bytes(picture(kind=kind.upper()))
    head, _, content = logo_source(str(file)).partition(",")
    assert head == f"data:image/{kind};base64"
    assert base64.b64decode(content) == file.read_bytes()


@pytest.mark.parametrize("prolog", ["", '\ufeff<?xml version="1.0"?>\n<!-- a -->\n'])
def test_a_logo_may_be_an_svg_drawing(tmp_path: Path, prolog: str) -> None:
    file = tmp_path / "logo.svg"
    file.write_text(f"{prolog}<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    assert logo_source(str(file)).startswith("data:image/svg+xml;base64,")


def test_a_logo_that_was_kept_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    kept = logo_source(str(tmp_path / "logo.png"))
    assert logo_source(kept) == kept
    assert logo_source("") == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a picture that can be shown"),
        (b"text", "is not a picture that can be shown"),
        (picture(kind="TIFF"), "is not a picture that can be shown"),
        (picture()[:100], "is not a picture that can be shown"),
        (bomb(), "is not a picture that can be shown"),
        (picture() + bytes(1_000_000), "is larger than 1 MB"),
        (None, "Cannot read the logo"),
    ],
    ids=["empty", "text", "tiff", "truncated", "bomb", "large", "missing"],
)
def test_a_logo_that_will_not_do_is_named_with_the_remedy(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "logo.png"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RunError) as caught:
        logo_source(str(file))
    assert message in str(caught.value)
    assert str(file) in str(caught.value)
    assert "--logo" in str(caught.value)


@pytest.mark.parametrize(
    "logo",
    [
        "data:",
        "data:text/html;base64,AAAA",
        "data:image/png,x",
        'data:image/png;base64,A">',
        "data:image/png;base64," + "A" * 2_000_000,
    ],
    ids=len,
)
def test_data_that_is_no_logo_is_refused_and_not_repeated(logo: str) -> None:
    with pytest.raises(RunError) as caught:
        logo_source(logo)
    assert len(str(caught.value)) < 200


def pages(**settings: Any) -> list[str]:
    """The report and the change report."""
    chosen = ReportSettings(**settings)
    return [render(fake_run(20), chosen), render_changes(fake_changes(), chosen)]


def test_the_theme_decides_when_the_page_is_dark() -> None:
    for page in pages(theme="auto"):
        assert "@media screen and (prefers-color-scheme: dark) {" in page
        assert '<meta name="color-scheme" content="light dark">' in page
    for page in pages(theme="dark"):
        assert "@media screen {" in page
        assert "@media screen and (prefers-color-scheme" not in page
        assert '<meta name="color-scheme" content="dark">' in page
    for page in pages(theme="light"):
        assert "--scheme: dark" not in page
        assert '<meta name="color-scheme" content="light">' in page


def test_only_a_report_with_links_may_load_pictures_and_says_so() -> None:
    for page in pages(images="embed"):
        assert "it loads nothing and sends nothing" in page
        assert "img-src data:; " in page
    report, changes = pages(images="link")
    assert "loaded from the web addresses" in report
    assert "img-src data: https: http:; " in report
    assert "img-src data:; " in changes
    assert "it loads nothing and sends nothing" in changes


def test_the_logo_is_at_the_top_of_both_pages(tmp_path: Path) -> None:
    file = tmp_path / "logo.svg"
    file.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>')
    for page in pages(logo=str(file)):
        top = page[page.index("<header") : page.index("</header>")]
        assert '<img class="logo" src="data:image/svg+xml;base64,' in top
    assert all('class="logo"' not in page for page in pages())


@pytest.mark.parametrize(
    ("value", "first"),
    [
        ("1.jpg|2.jpg", "1.jpg"),
        ("| https://x/1.jpg | https://x/2.jpg", "https://x/1.jpg"),
        ("https://x/1.jpg,https://x/2.jpg", "https://x/1.jpg"),
        ("https://x/1.jpg; https://x/2.jpg", "https://x/1.jpg"),
        ("https://x/1.jpg https://x/2.jpg", "https://x/1.jpg"),
        ("https://x/w_3,h_4/1.jpg", "https://x/w_3,h_4/1.jpg"),
        ("red mug, front.jpg", "red mug, front.jpg"),
        (
            [{"id": 7, "src": "https://x/1.jpg"}, {"id": 8, "src": "https://x/2.jpg"}],
            "https://x/1.jpg",
        ),
        ({"thumb": "https://x/1.jpg", "large": "https://x/2.jpg"}, "https://x/1.jpg"),
    ],
)
def test_the_first_of_several_pictures_is_taken(value: Any, first: str) -> None:
    assert image_of(value) == first


def shop_rows(pattern: str) -> list[dict[str, Any]]:
    """Planted products; every second has pictures."""
    rows = planted_rows(90)
    return [
        row | {"images": [pattern.format(n), "x.png"] if n % 2 else []}
        for n, row in enumerate(rows)
    ]


def images_by_id(run: Run) -> dict[str, str]:
    return dict(zip(run.assignments.product_ids, run.products.images, strict=True))


def test_fit_edit_and_refit_keep_pictures_and_logo(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    logo = logo_source(str(tmp_path / "logo.png"))
    june, july = shop_rows("{}.png"), [*shop_rows("july/{}.png")[5:], *planted_rows(8, seed=9)]
    july[-8:] = [row | {"id": f"n{row['id']}", "images": ["new.png"]} for row in july[-8:]]
    means: dict[str, Any] = {"encoder": TinyEncoder(), "cache": tmp_path / "vectors.sqlite"}
    pairs = ["evaluation.resamples=0", "topics.n_fits=1", f"report.logo={tmp_path / 'logo.png'}"]
    dump = write_json_lines(tmp_path / "june.jsonl", june)
    run = fit(dump, out=tmp_path / "june", settings=load_settings(None, pairs), **means)

    expected = {row["id"]: (row["images"] or [""])[0] for row in june}
    assert images_by_id(run) == images_by_id(load(tmp_path / "june")) == expected
    (tmp_path / "logo.png").unlink()

    name = run.taxonomy.level1[0].name
    assert images_by_id(edit(tmp_path / "june", "rename", topic=name, name="Other")) == expected
    assert images_by_id(refit(tmp_path / "june", dump, **means)) == expected
    dump = write_json_lines(tmp_path / "july.jsonl", july)
    later = refit(tmp_path / "june", dump, out=tmp_path / "july", **means)
    expected = {row["id"]: (row["images"] or [""])[0] for row in july}
    assert images_by_id(later) == images_by_id(load(tmp_path / "july")) == expected
    for kept in (run, load(tmp_path / "june"), load(tmp_path / "july")):
        assert kept.manifest.settings["report"]["logo"] == logo


def test_a_logo_that_cannot_be_read_is_told_before_the_work(tmp_path: Path) -> None:
    dump = write_json_lines(tmp_path / "shop.jsonl", planted_rows(60))
    with pytest.raises(RunError, match=r"Cannot read the logo gone\.png"):
        fit(
            dump,
            settings=load_settings(None, ["report.logo=gone.png"]),
            encoder=TinyEncoder(),
            cache=tmp_path / "vectors.sqlite",
        )


def test_settings_without_a_logo_stay_as_they_are() -> None:
    assert with_logo(ReportSettings()) == ReportSettings()


def test_a_cell_of_nothing_but_separators_is_read_at_once() -> None:
    for separator in (" ", ",", "|", "https://", ", \n"):
        assert len(image_of(separator * 200_000)) <= 8 * 200_000


def test_pictures_are_not_looked_for_where_the_dump_is_no_more(shop: Path) -> None:
    (picture_file,) = embedded(shop, "mug.png")
    assert picture_file.startswith("data:image/")
    for dump in shop.glob("*.jsonl"):
        dump.unlink()
    assert embedded(shop, "mug.png") == [""]


def test_a_logo_is_no_text_of_the_settings_table(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    chosen = ReportSettings(logo=logo_source(str(tmp_path / "logo.png")))
    run = fake_run(20)
    settings = {**run.manifest.settings, "report": chosen.model_dump(mode="json")}
    page = render(replace(run, manifest=replace(run.manifest, settings=settings)), chosen)
    assert page.count(chosen.logo) == 1


def test_a_run_that_was_saved_without_pictures_is_read(tmp_path: Path) -> None:
    save(with_columns(fake_run(20), images=()), tmp_path / "run")
    table = read_table((tmp_path / "run" / "products.parquet").read_bytes())
    assert "image" not in table.column_names
    assert list(load(tmp_path / "run").products.images) == []


def test_pictures_are_a_column_of_the_products(tmp_path: Path) -> None:
    save(run_of(tmp_path, "1.png"), tmp_path / "run")
    table = read_table((tmp_path / "run" / "products.parquet").read_bytes())
    assert table["image"].to_pylist()[:2] == ["1.png", ""]


@pytest.fixture(scope="module")
def saved_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "run"
    save(fake_run(60), folder)
    return folder


@pytest.fixture
def own_run(saved_run: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(saved_run, tmp_path / "run"))


def report_settings(folder: Path) -> ReportSettings:
    return ReportSettings.model_validate(load(folder).manifest.settings["report"])


@pytest.mark.parametrize("title", ["12", ' # A "quoted"\\ title é 😀\n'])
def test_options_of_the_report_are_kept_with_the_run(
    command: Command, own_run: Path, tmp_path: Path, title: str
) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    logo = logo_source(str(tmp_path / "logo.png"))
    words = ("--theme", "dark", "--title", title, "--logo", tmp_path / "logo.png")
    assert command("report", own_run, *words).code == 0
    (tmp_path / "logo.png").unlink()
    assert command("report", own_run, "--set", "report.n_examples=3").code == 0
    assert report_settings(own_run) == ReportSettings(
        theme="dark", title=title, logo=logo, n_examples=3
    )
    assert str(tmp_path) not in (own_run / "manifest.json").read_text().replace("\\\\", "\\")


def test_an_empty_title_and_logo_take_them_away(
    command: Command, own_run: Path, tmp_path: Path
) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    command("report", own_run, "--title", "Shop", "--logo", tmp_path / "logo.png")
    command("report", own_run, "--title", "", "--logo", "")
    assert report_settings(own_run) == ReportSettings()


def test_a_logo_that_is_missing_ends_in_one_line(command: Command, own_run: Path) -> None:
    done = command("report", own_run, "--logo", "gone.png")
    assert done.code == 1
    assert done.error.startswith("Cannot read the logo gone.png: No such file or directory.")
    assert report_settings_are_untouched(own_run)


def report_settings_are_untouched(folder: Path) -> bool:
    return "report" not in load(folder).manifest.settings


@pytest.mark.parametrize("pair", ["level1.n_topics=9", "seed=3", " level2.x = 1", "reports.x=1"])
def test_a_setting_of_the_fit_is_wrong_usage_of_report(
    command: Command, own_run: Path, pair: str
) -> None:
    done = command("report", own_run, "--set", "report.title=x", "--set", pair)
    assert (done.code, done.out) == (2, "")
    assert "report.* settings only" in done.err
    assert report_settings_are_untouched(own_run)


def test_a_theme_of_another_name_is_wrong_usage(command: Command, own_run: Path) -> None:
    done = command("report", own_run, "--theme", "pink")
    assert done.code == 2
    assert "'auto', 'light', 'dark'" in done.err


@pytest.mark.parametrize("has_browser", [True, False])
def test_open_shows_the_page_where_there_is_a_browser(
    command: Command, own_run: Path, monkeypatch: pytest.MonkeyPatch, has_browser: bool
) -> None:
    opened: list[str] = []

    def open_page(address: str) -> bool:
        opened.append(address)
        return has_browser

    monkeypatch.setattr("webbrowser.open", open_page)
    done = command("report", own_run, "--open")
    assert (done.code, done.out) == (0, f"{own_run / 'index.html'}\n")
    assert opened == [(own_run / "index.html").as_uri()]
    assert ("open the file by hand" in done.err) is not has_browser


def test_an_address_that_the_browser_refuses_is_no_failure(
    command: Command, own_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import webbrowser

    def refuse(address: str) -> bool:
        raise webbrowser.Error(address)

    monkeypatch.setattr("webbrowser.open", refuse)
    assert command("report", own_run, "--open").code == 0


def test_the_page_is_not_opened_unasked(
    command: Command, own_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(address: str) -> bool:
        raise AssertionError(address)

    monkeypatch.setattr("webbrowser.open", fail)
    assert command("report", own_run).code == 0


def test_the_report_verb_takes_a_logo_too(own_run: Path, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    report(own_run, ReportSettings(logo=str(tmp_path / "logo.png")))
    assert report_settings(own_run).logo == logo_source(str(tmp_path / "logo.png"))
