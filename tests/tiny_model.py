"""Sentence-BERT models for tests: real in every part but their size and their weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

N_DIMS = 32
WORDS = ("red", "blue", "cotton", "shirt", "wireless", "mouse", "usb", "keyboard", "Red", "##s")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def write_model(
    folder: Path,
    *,
    pooling: Literal["mean", "cls", "max"] = "mean",
    dense: int = 0,
    lower: bool = True,
    prompt: str = "",
) -> Path:
    """Write a BERT of two layers with random weights that are the same every time.

    Args:
        folder: where it goes.
        pooling: how the vectors of tokens become one.
        dense: dimensions of a layer behind the pooling; 0 leaves it out.
        lower: whether the tokenizer itself lowers letters; else sentence_bert_config.json asks
            for it.
        prompt: what the model wants put before every text.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    torch.manual_seed(7)
    parts: list[Any] = [_transformer(folder.with_name(f"{folder.name}-bert"), lower)]
    parts.append(modules.Pooling(N_DIMS, pooling_mode=pooling))
    if dense:
        parts.append(modules.Dense(N_DIMS, dense))
    model = SentenceTransformer(modules=[*parts, modules.Normalize()], device="cpu")
    if prompt:
        model.prompts = {"document": prompt}
        model.default_prompt_name = "document"
    model.save(str(folder), create_model_card=False)
    return folder


def _transformer(folder: Path, lower: bool) -> Any:
    from sentence_transformers.sentence_transformer.modules import Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = [*special, *WORDS, *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"), do_lower_case=lower)
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=N_DIMS,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        # Random weights as small as usual would make all texts alike.
        initializer_range=0.3,
    )
    BertModel(config).eval().save_pretrained(folder)
    options = {"max_seq_length": 32, "do_lower_case": not lower}
    (folder / "sentence_bert_config.json").write_text(json.dumps(options), encoding="utf-8")
    return Transformer(str(folder), max_seq_length=32, do_lower_case=not lower)
