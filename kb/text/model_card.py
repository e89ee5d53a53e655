"""What is known about an embedding model once it has been prepared: its identity, its shape and what it is good for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from kb.errors import EncoderError


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card beside an exported model.

    ``runtime``: ``onnx`` when the export reproduces the model, else ``torch``; ``bilingual`` when the folders ``english`` and
    ``chinese`` below hold one model for each script.
    ``skill``: for ``"en"`` and ``"zh"`` (and ``"zh-en"``, ``"en-zh"``: question language, then passage language), the share of
    a fixed probe's questions whose own passage is nearest, in [0, 1]. It decides whether vectors may vote for a language.
    """

    name: str
    source: str  # the folder the weights were read from
    fingerprint: str
    dimensions: int
    max_tokens: int
    pad_id: int
    runtime: str
    query_prefix: str = ""
    passage_prefix: str = ""
    skill: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, str] = field(
        default_factory=dict
    )  # fingerprints of the two models of a bilingual one, by folder

    def write(self, folder: Path) -> None:
        """Write the card last: a folder with a card is complete."""
        temporary = folder / "card.json.new"
        temporary.write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))
        temporary.replace(folder / "card.json")


class WithCard:
    """The identity of an encoder that was prepared with ``card``; how it embeds is said by the class below."""

    def __init__(self, card: ModelCard) -> None:
        self._card = card

    @property
    def fingerprint(self) -> str:
        return self._card.fingerprint

    @property
    def dimensions(self) -> int:
        return self._card.dimensions


def model_name(encoder: str) -> str:
    """The name by which an index knows the model of the setting ``KB_ENCODER``: a folder by its whole path.

    ``kb index`` and ``kb serve`` may be started in different folders and name the same model.
    """
    return str(Path(encoder).resolve()) if Path(encoder).is_dir() else encoder


def read_card(folder: Path) -> ModelCard:
    """Read the card in ``folder``. Raises ``FileNotFoundError`` without one, ``EncoderError`` for an unusable one."""
    try:
        return ModelCard(**orjson.loads((folder / "card.json").read_bytes()))
    except (TypeError, ValueError) as error:
        raise EncoderError(
            f"{folder / 'card.json'} is not usable: {error}", f"Delete {folder} and run `kb index`."
        ) from error
