"""Chinese text to token ids for the Chinese body of the bilingual encoder; its training and its serving share this.

Chinese runs are cut into dictionary words (rjieba), everything else into the word pieces of the English base model, so that
"iPhone 15 退款" keeps what the base model knows about "iPhone 15". Ids below ``base_size`` are the base model's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from kb.errors import EncoderError
from kb.text.language import HAN
from kb.text.tokenize import simplify

# Part of a model's fingerprint: raise it whenever the same text would give other ids.
PIECES_VERSION = "1"

_HAN_RUN = re.compile(f"([{HAN}]+)")
_HAN = re.compile(f"[{HAN}]")
_LETTER = re.compile(f"[^\\W\\d_]|[{HAN}]")
# Half a character, which no encoder takes; it can only come from broken bytes.
_SURROGATE = re.compile("[\ud800-\udfff]")
# Below this share of Chinese among the letters a text is an English one that quotes a name or a button.
_MIN_HAN_SHARE = 0.1
# Runs between Chinese ones repeat endlessly (commas, digits, product names): so many are remembered.
_REMEMBERED_RUNS = 20_000
_REMEMBERED_LENGTH = 24  # characters


def is_chinese(text: str) -> bool:
    """Return whether Chinese characters are at least a tenth of the letters of ``text``.

    >>> is_chinese("iPhone 15 Pro Max 退款"), is_chinese("Our phone support speaks English, and 中文 on weekdays.")
    (True, False)
    """
    han = len(_HAN.findall(text))
    return han > 0 and han >= _MIN_HAN_SHARE * len(_LETTER.findall(text))


class ChinesePieces:
    """Token ids of text that is mostly Chinese. Thread-safe; it only grows a memory of runs.

    ``vocabulary``: a UTF-8 file with one simplified, lower-case word or character a line; line ``i`` is id ``base_size + i``.
    ``base_tokenizer``: the ``tokenizer.json`` of the base model, whose ids are ``0 .. base_size - 1``.
    Raises ``EncoderError`` when either cannot be read.
    """

    def __init__(self, vocabulary: Path, base_tokenizer: Path) -> None:
        import rjieba
        from tokenizers import Tokenizer

        try:
            words = vocabulary.read_text(encoding="utf-8").split("\n")
            self._base = Tokenizer.from_file(str(base_tokenizer))
        except Exception as error:  # tokenizers raises plain Exception for an unreadable file
            raise EncoderError(
                f"The Chinese vocabulary cannot be read: {error}", "Install the package again, or run `kb index`."
            ) from error
        self._base.no_truncation()
        self._base.no_padding()
        self.base_size: int = self._base.get_vocab_size()
        self._cut = rjieba.cut
        self._word_ids = {word: self.base_size + row for row, word in enumerate(words) if word}
        self.size: int = self.base_size + len(words) - (not words[-1])  # ids; a last line may end the file or not
        self._unknown, self._first, self._last = (
            int(self._base.token_to_id(token)) for token in ("[UNK]", "[CLS]", "[SEP]")
        )
        self._remembered: dict[str, list[int]] = {}

    def ids(self, text: str, max_tokens: int = 256) -> list[int]:
        """Return ``[CLS]``, the ids of ``text`` and ``[SEP]``: 2 to ``max_tokens`` ids below the size of both vocabularies."""
        return self.batch([text], max_tokens)[0]

    def batch(self, texts: Sequence[str], max_tokens: int = 256) -> list[list[int]]:
        """``ids`` of many texts, in their order; the runs between the Chinese ones are encoded in one go."""
        # Odd members of a split are the Chinese runs.
        split = [_HAN_RUN.split(_normalise(text)) for text in texts]
        others = self._encode(run for runs in split for run in runs[::2])
        return [self._join(runs, others, max_tokens) for runs in split]

    def _encode(self, runs: Iterable[str]) -> dict[str, list[int]]:
        found = {run: self._remembered.get(run) for run in runs}
        new = [run for run, ids in found.items() if ids is None]
        if not new:
            return found  # type: ignore[return-value]  # none is None
        if len(self._remembered) > _REMEMBERED_RUNS:
            self._remembered = {}
        encodings = self._base.encode_batch(new, add_special_tokens=False)
        encoded: dict[str, list[int]] = {run: encoding.ids for run, encoding in zip(new, encodings, strict=True)}
        self._remembered.update((run, ids) for run, ids in encoded.items() if len(run) <= _REMEMBERED_LENGTH)
        return {run: encoded[run] if ids is None else ids for run, ids in found.items()}

    def _join(self, runs: list[str], others: dict[str, list[int]], max_tokens: int) -> list[int]:
        ids = [self._first]
        for position, run in enumerate(runs):
            if len(ids) >= max_tokens:
                break
            if position % 2:
                for word in self._cut(run):
                    self._add_word(word, ids)
            else:
                ids.extend(others[run])
        del ids[max_tokens - 1 :]
        ids.append(self._last)
        return ids

    def _add_word(self, word: str, ids: list[int]) -> None:
        known = self._word_ids.get(word)
        if known is not None:
            ids.append(known)
        else:
            ids.extend(self._word_ids.get(character, self._unknown) for character in word)


def _normalise(text: str) -> str:
    # Spelt out here, not shared with search terms: those may change their folding, a trained model must not notice.
    return simplify(unicodedata.normalize("NFKC", _SURROGATE.sub("\ufffd", text)).casefold())
