"""Pictures of products and the shop's logo, as the report can hold them.

Names of pictures come from the dump and may say anything: a file is only taken from the dump's own
folder, and an address only where the settings ask for links. Nothing is fetched here.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlsplit

from topicmodel.datatypes import Run
from topicmodel.errors import RunError
from topicmodel.settings import ReportSettings

log = logging.getLogger(__name__)

_SIDE = 112
"""Pixels of a thumbnail, which is shown at half of that on fine screens."""
_QUALITY = 75
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""What is opened as a picture of a product; some others of Pillow's start programs."""
_MOST_BYTES = 20_000_000
_MOST_PIXELS = 40_000_000
_LONGEST_ADDRESS = 2000

_LOGO_FORMATS = {"PNG": "png", "JPEG": "jpeg", "GIF": "gif", "WEBP": "webp"}
_LOGO_BYTES = 1_000_000
_LOGO_URI = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}")
_LOGO_REMEDY = "Name a PNG, JPEG, GIF, WebP or SVG file of at most 1 MB with --logo."


def find_pictures(run: Run, settings: ReportSettings, products: Sequence[str]) -> dict[str, str]:
    """The pictures that a page can show: product id -> what goes into `src`.

    With `embed` these are thumbnails of files in the folder of the dump or in `images` there, in
    the order of the products until `image_megabytes` are used up; with `link` web addresses. A
    picture that cannot be had or read is left out.

    Args:
        run: knows the pictures, and where the dump was.
        settings: images and image_megabytes.
        products: ids in the order of the page; one that comes twice counts twice.
    """
    shown = set(products)
    images = {} if settings.images == "none" or not run.products.images else _images_of(run, shown)
    if settings.images == "link":
        return {product: image for product, image in images.items() if _is_web_address(image)}
    pairs = ((product, images[product]) for product in products if product in images)
    found = _embedded(pairs, _folders(run), round(settings.image_megabytes * 1_000_000))
    if images:
        log.info("%d of %d pictures of products are in the report", len(found), len(images))
    return found


def logo_source(logo: str) -> str:
    """The logo as a data: URI, which needs its file no more.

    Args:
        logo: path of the file, or what this function gave before; "" where there is none.

    Raises:
        RunError: the file cannot be read, is too large, or is of another kind.
    """
    if not logo:
        return ""
    if logo.startswith("data:"):
        if len(logo) > 1.4 * _LOGO_BYTES or not _LOGO_URI.fullmatch(logo):
            raise RunError(f"report.logo holds data that is no such picture. {_LOGO_REMEDY}")
        return logo
    content = _logo_content(logo)
    kind = _logo_kind(content)
    if not kind:
        raise RunError(f"The logo {logo} is no picture that can be shown. {_LOGO_REMEDY}")
    return _data_uri(kind, content)


def _images_of(run: Run, shown: set[str]) -> dict[str, str]:
    pairs = zip(run.assignments.product_ids, run.products.images, strict=True)
    return {product: image for product, image in pairs if image and product in shown}


def _is_web_address(text: str) -> bool:
    """Whether a browser may load it: http or https, a host, no password, nothing to misread."""
    if len(text) >= _LONGEST_ADDRESS or not text.isprintable() or " " in text or "\\" in text:
        return False
    try:
        address = urlsplit(text)
        has_host = bool(address.hostname) and address.port != 0
    except ValueError:
        return False
    return address.scheme in ("http", "https") and has_host and "@" not in address.netloc


def _folders(run: Run) -> list[Path]:
    """The folders of the dump's files, in their order, as they are without links.

    A file that is no longer where it was says nothing about where its pictures are.
    """
    paths = map(Path, run.manifest.dump.sources)
    return list(dict.fromkeys(filter(None, map(_folder_of, paths))))


def _folder_of(source: Path) -> Path | None:
    try:
        if not source.exists():
            return None
        return (source if source.is_dir() else source.parent).resolve()
    except (OSError, RuntimeError, ValueError):  # such as links in a circle, or a NUL
        return None


def _embedded(
    pairs: Iterable[tuple[str, str]], folders: Sequence[Path], budget: int
) -> dict[str, str]:
    """Thumbnails of the pairs of product and name, as long as the budget of bytes lasts."""
    found: dict[str, str] = {}
    made: dict[Path, str] = {}
    for product, name in pairs:
        file = next(_files(name, folders), None)
        if file is None:
            continue
        if file not in made:
            made[file] = _thumbnail(file)
        budget -= len(made[file])
        if budget < 0:
            break
        if made[file]:
            found[product] = made[file]
    return found


def _files(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    """The files of that name in the folders or in `images` there, and nowhere else."""
    path = PurePosixPath(name.replace("\\", "/"))
    if "://" in name or ".." in path.parts:
        return
    for folder in folders:
        for place in (folder, folder / "images"):
            try:
                file = (place / path).resolve()
                if file.is_relative_to(folder) and file.is_file():
                    yield file
            except (OSError, RuntimeError, ValueError):  # such as a name too long, or a NUL
                continue


def _thumbnail(file: Path) -> str:
    """The picture at `_SIDE` pixels as a data: URI; "" where it is none that can be read."""
    try:
        with file.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size > _MOST_BYTES:
                return ""
            return _data_uri("webp", _shrunk(stream))
    # Pillow raises errors of many kinds over damaged files, and a picture is never worth a report.
    except Exception as error:
        log.info("the picture %s cannot be shown: %r", file.name, error)
        return ""


def _shrunk(stream: IO[bytes]) -> bytes:
    """The picture upright, on white, at `_SIDE` pixels, as WebP.

    Raises:
        Exception: it is damaged, too large, or no picture.
    """
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        # What Pillow has to say about odd files is of no use to anyone here.
        warnings.simplefilter("ignore")
        with Image.open(stream, formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ValueError(f"{image.width} x {image.height} pixels")
            image.draft(None, (2 * _SIDE, 2 * _SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
        upright.thumbnail((_SIDE, _SIDE))
        thumbnail = Image.new("RGB", upright.size, "white")
        thumbnail.paste(upright, mask=upright)
    content = BytesIO()
    thumbnail.save(content, "WEBP", quality=_QUALITY, method=4)
    return content.getvalue()


def _logo_content(logo: str) -> bytes:
    try:
        with Path(logo).open("rb") as file:
            content = file.read(_LOGO_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise RunError(f"Cannot read the logo {logo}: {reason}. {_LOGO_REMEDY}") from error
    if len(content) > _LOGO_BYTES:
        raise RunError(f"The logo {logo} is larger than 1 MB. {_LOGO_REMEDY}")
    return content


def _logo_kind(content: bytes) -> str:
    """Kind of picture, as in `image/png`; "" where it is none of those that are shown."""
    from PIL import Image

    # Whatever else an SVG file holds, a browser runs and loads nothing of it within <img>.
    if b"<svg" in content and content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "svg+xml"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(content), formats=tuple(_LOGO_FORMATS)) as image:
                if image.width * image.height > _MOST_PIXELS:
                    return ""
                kind = _LOGO_FORMATS.get(image.format or "", "")
                image.load()
    # As for pictures of products.
    except Exception:
        return ""
    return kind


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def with_logo(settings: ReportSettings) -> ReportSettings:
    """The settings with the logo itself in place of its file, which a run needs no more.

    Raises:
        RunError: the logo cannot be read, is too large, or is of another kind.
    """
    return settings.model_copy(update={"logo": logo_source(settings.logo)})
