"""Does an installed package work? Run in an environment that holds it and numpy, and nothing else."""

import pathlib
import subprocess
import sys
import tempfile

import bytewright

installed = pathlib.Path(bytewright.__file__).resolve()
assert pathlib.Path(sys.prefix).resolve() in installed.parents, f"imported from {installed}"
for heavy in ("torch", "transformers", "ray", "scipy"):
    assert heavy not in sys.modules, f"import bytewright imports {heavy}"
assert (installed.parent / "py.typed").exists() and (installed.parent / "_native.pyi").exists()

text = "the car, the cat, the rat: größer, 東京, 🦀\n" * 50
tokenizer = bytewright.train([text], 280, progress=False)
ids = tokenizer.encode(text)
assert tokenizer.decode(ids) == text and len(ids) < len(text.encode())
assert tokenizer.encode_to_numpy(text).tolist() == ids
assert bytewright.decompress(bytewright.compress(text.encode())) == text.encode()

with tempfile.TemporaryDirectory() as folder:
    corpus = pathlib.Path(folder, "corpus.txt")
    corpus.write_text(text, encoding="utf-8")
    command = [str(pathlib.Path(sys.executable).with_name("bytewright"))]
    subprocess.run([*command, "--version"], check=True)
    subprocess.run(
        [*command, "train", str(corpus), "-o", f"{folder}/vocabulary", "--vocab-size", "280", "-q"],
        check=True,
    )
    assert bytewright.Tokenizer.load(f"{folder}/vocabulary").encode(text) == ids
    assert subprocess.run([sys.executable, "-m", "bytewright", "--version"], check=True).returncode == 0

print("works:", installed)
