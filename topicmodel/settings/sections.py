"""Every default of the program, written once, with its bounds and its meaning."""

from __future__ import annotations

import codecs
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from topicmodel.datatypes.language_names import language_code

_AtLeastOne = Annotated[int, Field(ge=1)]
_AtLeastTwo = Annotated[int, Field(ge=2)]

_NO_DELIMITERS = '"\r\n\0'

Theme = Literal["auto", "light", "dark"]
"""Whether the report goes by its reader's light or dark setting, or is always the one."""


class Section(BaseModel):
    """Settings that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestSettings(Section):
    """How the files of a dump are read."""

    encoding: str = Field(
        "auto",
        description="Encoding of text files, such as cp1250 or shift_jis; auto takes UTF-8, or "
        "UTF-16, and Windows-1252 for what is neither.",
    )
    delimiter: str = Field(
        "auto",
        description="What parts the cells of a CSV file: one character, or tab; auto tries the "
        "usual ones.",
    )
    max_rejects: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Share of the rows that may be unusable; where there are more, the run stops "
        "before the work.",
    )

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, value: str) -> str:
        name = "utf-8" if value == "auto" else value
        try:
            "".encode(name)  # refuses what is a codec and no encoding, such as zip
            codecs.getincrementaldecoder(name)("replace").decode(b"\xff", final=True)
        except (LookupError, ValueError) as error:
            raise ValueError(
                f"Input should be auto or the name of a text encoding, such as cp1250, got {value}"
            ) from error
        return value

    @field_validator("delimiter")
    @classmethod
    def _check_delimiter(cls, value: str) -> str:
        value = "\t" if value in {"tab", "\\t"} else value
        if value != "auto" and (len(value) != 1 or value in _NO_DELIMITERS):
            raise ValueError(f"Input should be auto, tab or one character, got {value!r}")
        return value


class DocumentSettings(Section):
    """How a product becomes the text that is embedded."""

    attributes: tuple[str, ...] = Field(
        (),
        description='Attributes whose values join the text behind the title, by name; ["*"] '
        "takes all.",
    )
    drop_boilerplate: bool = Field(
        True,
        description="Whether sentences that unlike products share, such as addresses and delivery "
        "lines, are left out of the text.",
    )
    max_characters: int = Field(
        2000, ge=20, description="A text is cut after so many characters, at a word."
    )


class EmbeddingSettings(Section):
    """Which encoder turns texts into vectors, and how."""

    model: str = Field(
        "all-MiniLM-L6-v2",
        description="The bundled Sentence-BERT model, or any other by its hub name or folder.",
    )
    max_tokens: int = Field(
        256, ge=8, description="Tokens of a text that the encoder reads; the rest is cut."
    )
    batch_size: int = Field(
        32,
        ge=1,
        description="Texts that go through the encoder at once; on a CPU more if they are short, "
        "and fewer if they are long.",
    )
    precision: Literal["auto", "float32"] = Field(
        "auto",
        description="Arithmetic of the encoder: auto takes 16 bits where the device is quicker at "
        "them, which changes a vector's fourth decimal.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="Where the encoder runs; auto takes cuda or mps where there is one."
    )
    cascade: bool = Field(
        False,
        description="Whether in large dumps the encoder reads a sample and what is doubtful only, "
        "and a quick model that learns from it the rest.",
    )
    cascade_sample: int = Field(
        20_000,
        ge=100,
        le=30_000,
        description="cascade: texts of the sample; dumps of fewer than two samples are encoded "
        "whole.",
    )
    cascade_agreement: float = Field(
        0.95,
        ge=0,
        le=1,
        description="cascade: least share of texts in the main category that the encoder's own "
        "vector puts them in, measured on texts that were held out; the run stops where it is "
        "lower.",
    )


class CatalogueSettings(Section):
    """What is known beforehand of the categories that goods belong to."""

    source: str | tuple[str, ...] = Field(
        "bundled",
        description="Which categories are known beforehand: bundled takes those of a list of goods "
        "of all kinds, none goes by the texts alone; or the file of a menu, or categories such as "
        '["Electronics > Phones", "Clothing"].',
    )
    language: str = Field(
        "auto",
        description="Language of the bundled catalogue's names, such as es or pt-br; auto takes "
        "that of most texts. Where it has no names in it, names come from titles.",
    )

    @field_validator("language")
    @classmethod
    def _check_language(cls, value: str) -> str:
        return value if value == "auto" else language_code(value)


class TopicSettings(Section):
    """How BERTopic finds the fine topics that the tree is built from."""

    n_neighbors: int = Field(15, ge=2, description="UMAP: neighbours of a text.")
    n_components: int = Field(5, ge=2, description="UMAP: dimensions that HDBSCAN works in.")
    n_fits: int = Field(
        3, ge=1, description="Fits, each with a seed of its own, whose fine topics are pooled."
    )
    sample_size: int = Field(
        10_000,
        ge=100,
        description="Texts that one fit is made on, a stratified sample where there are more; all "
        "others are placed in its topics, and what fits none of them is fitted once more.",
    )
    min_size: _AtLeastTwo | Literal["auto"] = Field(
        "auto", description="Least texts of a fine topic; auto grows with the number of texts."
    )
    device: Literal["auto", "cpu"] = Field(
        "auto",
        description="Where UMAP and HDBSCAN run; auto takes a GPU where there is one and cuML is "
        "installed. Each gives results of its own.",
    )


class LevelOneSettings(Section):
    """How fine topics are merged into level-one categories."""

    n_topics: _AtLeastOne | Literal["auto"] = Field(
        "auto", description="Number of level-one categories, or auto."
    )
    min_topics: int = Field(6, ge=1, description="auto: the least number it may choose.")
    max_topics: int = Field(25, ge=1, description="auto: the greatest number it may choose.")
    separation: float = Field(
        0.94,
        gt=0,
        description="auto: categories closer than this are merged; 1 is the mean distance of two "
        "fine topics.",
    )
    max_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="auto: a level-one category with more than this share of the texts is split "
        "further.",
    )
    min_share: float = Field(
        0.005, ge=0, lt=0.5, description="Least share of the texts in a level-one category."
    )

    @model_validator(mode="after")
    def _check_order(self) -> LevelOneSettings:
        if self.min_topics > self.max_topics:
            raise ValueError(
                f"Input should have min_topics up to max_topics, got {self.min_topics} and "
                f"{self.max_topics}"
            )
        return self


class LevelTwoSettings(Section):
    """How a level-one category is refined into level two."""

    min_size: _AtLeastTwo | Literal["auto"] = Field(
        "auto", description="Least texts of a level-two category; auto grows with its parent."
    )
    separation: float = Field(
        0.67,
        ge=0,
        description="Categories of one parent closer than this are merged; 1 is the mean distance "
        "of two fine topics.",
    )
    max_topics: int = Field(
        20, ge=2, description="Greatest number of level-two categories in one parent."
    )
    min_share: float = Field(
        0.01, ge=0, lt=0.5, description="Least share of its parent's texts in a level-two category."
    )


class NamingSettings(Section):
    """How names and keywords are made."""

    n_keywords: int = Field(10, ge=1, description="Keywords shown for a category.")
    representation: Literal["mmr", "c-tf-idf", "keybert"] = Field(
        "mmr",
        description="How keywords are chosen: c-tf-idf takes the heaviest terms, mmr those of them "
        "that say what the topic is and not the same thing twice, keybert is BERTopic's "
        "KeyBERTInspired.",
    )


class LanguageModelSettings(Section):
    """A language model that polishes names; off unless one is named."""

    model: str = Field(
        "", description="Name of the model at its endpoint; empty asks no language model."
    )
    base_url: str = Field(
        "",
        description="Address of an OpenAI-compatible endpoint; empty takes OPENAI_BASE_URL from "
        "the environment, or else OpenAI's own. The key is always taken from OPENAI_API_KEY.",
    )
    concurrency: int = Field(4, ge=1, description="Questions that are under way at once.")
    timeout: float = Field(60.0, gt=0, description="Seconds to wait for one answer.")
    retries: int = Field(3, ge=0, description="Further tries after a failure, with back-off.")
    price_in: float = Field(
        0.0, ge=0, description="Price of a million tokens of questions, for the cost shown."
    )
    price_out: float = Field(
        0.0, ge=0, description="Price of a million tokens of answers, for the cost shown."
    )


class RefitSettings(Section):
    """How a refit holds on to the tree that was there before."""

    anchor: float = Field(
        0.5,
        ge=0,
        le=1,
        description="How much better a fit that knows nothing of the previous tree must be before "
        "it replaces what was there: 0 always fits afresh, 1 keeps the previous tree wherever that "
        "is possible.",
    )


class EvaluationSettings(Section):
    """Which figures are worth their time."""

    resamples: int = Field(
        2,
        ge=0,
        description="Refits on samples of 80 %, 5,000 texts at most, behind the stability figures; "
        "0 leaves them out.",
    )


class ScalingSettings(Section):
    """Which machines do the work that can be divided."""

    engine: Literal["local", "ray"] = Field(
        "local",
        description="Where files are read and texts encoded and placed: local is this process, ray "
        "the workers of a Ray cluster. The result does not depend on it.",
    )
    workers: _AtLeastOne | Literal["auto"] = Field(
        "auto",
        description="ray: workers at once; auto is one a processor core, or one a GPU to encode "
        "where the cluster has any.",
    )


class ReportSettings(Section):
    """What the HTML report shows."""

    title: str = Field("", description="Heading of the report; empty takes the dump's name.")
    max_points: int = Field(
        50_000,
        ge=0,
        description="Products that the report draws, lists and finds; beyond that a fair sample.",
    )
    n_examples: int = Field(8, ge=1, description="Example products of a category.")
    images: Literal["none", "embed", "link"] = Field(
        "embed",
        description="Pictures of example products: embed takes files beside the dump into the "
        "report as thumbnails, link shows web addresses, which the reader's browser then loads.",
    )
    image_megabytes: float = Field(
        3.0,
        ge=0,
        allow_inf_nan=False,
        description="embed: size of all thumbnails together, in a million bytes.",
    )
    theme: Theme = Field(
        "auto", description="Light or dark; auto goes by the setting of the reader."
    )
    logo: str = Field(
        "",
        description="A PNG, JPEG, GIF, WebP or SVG file of at most 1 MB for the top of the report; "
        "it is kept with the run.",
    )


class Settings(Section):
    """All settings of a run. Immutable; `model_copy(update=...)` makes a changed one."""

    seed: int = Field(42, ge=0, lt=2**32, description="Seed of everything that draws by chance.")
    threads: int = Field(
        1, ge=1, description="Threads of UMAP and HDBSCAN; another number is another result."
    )
    processes: _AtLeastOne | Literal["auto"] = Field(
        "auto",
        description="Fits that run side by side; auto is one a processor core, up to 8, from 4,000 "
        "texts on. The result does not depend on it.",
    )
    keep_stages: bool = Field(
        True,
        description="Whether finished fits are kept beside the cache of vectors, so that a run on "
        "the same texts, or one that was stopped, does not repeat them. The result does not depend "
        "on it.",
    )
    ingest: IngestSettings = IngestSettings()
    documents: DocumentSettings = DocumentSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    catalogue: CatalogueSettings = CatalogueSettings()
    topics: TopicSettings = TopicSettings()
    level1: LevelOneSettings = LevelOneSettings()
    level2: LevelTwoSettings = LevelTwoSettings()
    naming: NamingSettings = NamingSettings()
    language_model: LanguageModelSettings = LanguageModelSettings()
    refit: RefitSettings = RefitSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    scaling: ScalingSettings = ScalingSettings()
    report: ReportSettings = ReportSettings()
