"""What may import what, and what has which name."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import bytewright


def loaded_by(statement: str) -> set[str]:
    command = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    result = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in result.stdout.split()}


def test_import_brings_no_framework() -> None:
    loaded = loaded_by("import bytewright")
    forbidden = {
        "torch",
        "transformers",
        "ray",
        "scipy",
        "tiktoken",
        "tokenizers",
        "pyarrow",
        "matplotlib",
        "numpy",
    }
    assert "bytewright" in loaded
    assert loaded & forbidden == set()


def test_encoding_brings_no_framework() -> None:
    loaded = loaded_by(
        "import bytewright; bytewright.train(['ab'], 257, progress=False).encode_to_numpy('ab')"
    )
    assert "numpy" in loaded
    assert loaded & {"torch", "transformers", "ray", "scipy", "tiktoken", "tokenizers"} == set()


def test_no_submodule_has_the_name_of_an_export() -> None:
    modules = {module.name for module in pkgutil.iter_modules(bytewright.__path__)}
    assert "encoding" in modules
    assert modules & set(bytewright.__all__) == set()


def test_every_export_is_there() -> None:
    missing = [name for name in bytewright.__all__ if not hasattr(bytewright, name)]
    assert missing == []


def test_errors_are_value_errors_one_class_a_stage() -> None:
    for name in (
        "Vocabulary",
        "Profile",
        "Training",
        "Encode",
        "Decode",
        "Codec",
        "Checkpoint",
        "MissingExtra",
    ):
        assert issubclass(getattr(bytewright, f"{name}Error"), bytewright.BytewrightError)
    assert issubclass(bytewright.BytewrightError, ValueError)
    assert issubclass(bytewright.SpecialTokenError, bytewright.EncodeError)
    assert issubclass(bytewright.TruncatedError, (bytewright.CodecError, EOFError))
    assert issubclass(bytewright.MissingExtraError, ImportError)
