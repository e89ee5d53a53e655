"""One family of errors, each with a stable code and the next thing to do.

Doors translate ``code`` to their own kind of failure (HTTP status, exit code); nothing here knows them.
"""

from __future__ import annotations


class KbError(Exception):
    """Base of every error this project raises on purpose.

    ``detail`` says what is wrong in one sentence; ``hint`` says what to do next, and may be empty.
    """

    code = "internal_error"

    def __init__(self, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.detail} {self.hint}".strip()


class InvalidInputError(KbError):
    """The caller sent something that cannot be used; ``pointer`` is a JSON pointer to the field."""

    code = "invalid_input"

    def __init__(self, detail: str, hint: str = "", pointer: str = "") -> None:
        super().__init__(detail, hint)
        self.pointer = pointer


class NotFoundError(KbError):
    code = "not_found"


class ConflictError(KbError):
    """The request contradicts what is stored (a reused key, a changed row)."""

    code = "conflict"


class NotAllowedError(KbError):
    """The caller is known but may not do this."""

    code = "forbidden"


class IndexMissingError(KbError):
    """Nothing has been indexed in this data folder yet."""

    code = "index_missing"


class IndexMismatchError(KbError):
    """The snapshot was made by another format, tokenizer or model than the running one."""

    code = "index_mismatch"


class IndexCorruptError(KbError):
    """A file of the snapshot is missing or differs from its manifest."""

    code = "index_corrupt"


class EncoderError(KbError):
    """The embedding model cannot be loaded or gives unusable vectors."""

    code = "encoder_unavailable"


class StorageError(KbError):
    """The database cannot be written or read now (locked, full, read-only)."""

    code = "storage_unavailable"


class GeneratorError(KbError):
    """The optional model endpoint gave nothing usable; ``kind`` is the name under which it is counted."""

    code = "generator_unavailable"

    def __init__(self, detail: str, hint: str = "", kind: str = "server_error") -> None:
        super().__init__(detail, hint)
        self.kind = kind


class MailError(KbError):
    """The mail server cannot be reached or does not take a mail."""

    code = "mail_unavailable"
