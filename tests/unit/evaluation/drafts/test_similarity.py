"""Likeness of meaning by an encoder in a folder: what it gives, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.similarity import CONFIG, WEIGHTS, Encoder

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "heart", "is", "enlarged", "clear", "lungs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    made = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
    )
    BertModel(config).save_pretrained(made)
    (made / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizer(str(made / "vocab.txt")).save_pretrained(made)
    return made


def test_equal_texts_are_alike_and_empty_ones_are_not(folder: Path) -> None:
    encoder = Encoder(folder)
    texts = ["heart is enlarged", "", "clear lungs", "heart " * 40]
    references = ["heart is enlarged", "clear lungs", "heart is enlarged", "clear"]
    same, empty, other, long = encoder(texts, references)
    assert same == pytest.approx(1.0, abs=1e-6)
    assert empty == 0.0
    assert -1 <= other < 1 and -1 <= long < 1
    assert encoder([""], [""]).tolist() == [0.0]
    assert len(encoder.digest) == 64


def test_the_company_of_other_texts_does_not_matter(folder: Path) -> None:
    encoder = Encoder(folder)
    alone = encoder(["clear lungs"], ["heart is enlarged"])[0]
    together = encoder(["clear lungs", "heart " * 9], ["heart is enlarged", "lungs"])[0]
    assert together == pytest.approx(alone, abs=1e-5)


def test_what_is_no_encoder_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="lacks"):
        Encoder(tmp_path)
    document = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    (tmp_path / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes())
    asks = document | {"auto_map": {"AutoModel": "mine.Model"}}
    (tmp_path / CONFIG).write_text(json.dumps(asks), encoding="utf-8")
    with pytest.raises(EvaluationError, match="code of its own"):
        Encoder(tmp_path)
    (tmp_path / CONFIG).write_text("[", encoding="utf-8")
    with pytest.raises(EvaluationError, match="cannot be read"):
        Encoder(tmp_path)


def test_a_damaged_encoder_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json", CONFIG):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:100])
    with pytest.raises(EvaluationError, match="cannot be loaded"):
        Encoder(tmp_path)


def test_an_encoder_whose_weights_are_another_models_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    for name in ("tokenizer.json", "tokenizer_config.json", CONFIG):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    weights = load_file(folder / WEIGHTS)
    save_file({f"other.{key}": value for key, value in weights.items()}, tmp_path / WEIGHTS)
    with pytest.raises(EvaluationError, match="are missing"):
        Encoder(tmp_path)
