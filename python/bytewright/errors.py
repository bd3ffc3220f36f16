"""What can go wrong: one class a stage. Files that can't be read or written raise `OSError` itself, with errno and file name."""

from __future__ import annotations


class BytewrightError(ValueError):
    """The base of all errors that are the package's own."""


class VocabularyError(BytewrightError):
    """A vocabulary is inconsistent, or its file is damaged or asks for what is not supported.

    Attributes:
        path: The file, where it is about one.
        place: Where in the file: a line, or a field of its JSON.
    """

    path: str | None = None
    place: str | None = None


class ProfileError(BytewrightError):
    """A corpus profile is damaged, or profiles that count different things were to be merged."""


class TrainingError(BytewrightError):
    """A vocabulary can't be trained as asked.

    Attributes:
        path: The file, where it is about one.
        place: Where in the file.
    """

    path: str | None = None
    place: str | None = None


class EncodeError(BytewrightError):
    """A text can't be encoded.

    Attributes:
        offset: Where in the text, in bytes.
        byte: The byte for which the vocabulary has no token, where that is the reason.
        path: The file, where it is about one.
        place: Where in the file.
    """

    offset: int | None = None
    byte: int | None = None
    path: str | None = None
    place: str | None = None


class SpecialTokenError(EncodeError):
    """A special token stands in the text and was not allowed.

    Attributes:
        token: The token.
        offset: Where in the text, in bytes.
    """

    token: str | None = None


class DecodeError(BytewrightError):
    """Ids can't be decoded.

    Attributes:
        id: The id that the vocabulary does not have.
        index: Its place in the input.
    """

    id: int | None = None
    index: int | None = None


class CodecError(BytewrightError):
    """Compressed data is damaged, asks for what is not supported or for more than is allowed, or can't be made as asked.

    Attributes:
        offset: Where in the compressed data, in bytes, where it is about a place.
    """

    offset: int | None = None


class TruncatedError(CodecError, EOFError):
    """Compressed data ends too early."""


class CheckpointError(BytewrightError):
    """A model's checkpoint is damaged or does not fit."""


class MissingExtraError(BytewrightError, ImportError):
    """A package that is not part of the base install is needed; the message says what brings it."""


class TrainingWarning(UserWarning):
    """Training did what it could, and that is less than was asked for."""
