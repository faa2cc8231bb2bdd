"""Holds the file formats of packages/serialize against NumPy, safetensors and gensim: `check_formats.py FOLDER`.

FOLDER holds files that Rowan wrote and `expected.json`, the bits of what is in them. Each is read by the library whose format it is;
then the same values are written by that library under `python-*`, for Rowan to read.
"""

import gzip
import json
import pathlib
import sys

import numpy as np
from gensim.models import KeyedVectors
from safetensors import safe_open
from safetensors.numpy import load_file, save_file


def check(name, values, vectors):
    """Bit for bit, NaN included."""
    values = np.ascontiguousarray(values, dtype="<f4")
    if values.shape != vectors.shape or not np.array_equal(values.view("<u4"), vectors.view("<u4")):
        sys.exit(f"{name} holds other values than Rowan wrote.")
    print(f"{name}: the same {values.shape[0]} rows")


def same_words(name, words, expected):
    if list(words) != expected:
        sys.exit(f"{name} holds other words than Rowan wrote.")


def read(folder, words, vectors):
    check("table.npy", np.load(folder / "table.npy"), vectors)
    for name in ("table.npz", "packed.npz"):
        with np.load(folder / name) as arrays:
            check(name, arrays["embeddings"], vectors)
            same_words(name, arrays["vocabulary"].tolist(), words)
    with gzip.open(folder / "table.npy.gz") as file:
        check("table.npy.gz", np.load(file), vectors)
    check("table.safetensors", load_file(folder / "table.safetensors")["embeddings"], vectors)
    with safe_open(folder / "table.safetensors", "np") as file:
        same_words("table.safetensors", json.loads(file.metadata()["vocabulary"]), words)
    for name, binary, header in (("table.txt", False, True), ("table.bin", True, True), ("table.vec.gz", False, True), ("table.glove", False, False)):
        keyed = KeyedVectors.load_word2vec_format(str(folder / name), binary=binary, no_header=not header)
        check(name, keyed.vectors, vectors)
        same_words(name, keyed.index_to_key, words)
    arrays = np.load(folder / "arrays.npz")
    for name, dtype in (("float32", "<f4"), ("int32", "<i4"), ("uint8", "u1"), ("int8", "i1"), ("bool", "?")):
        if arrays[name].dtype != np.dtype(dtype) or arrays[name].astype("f8").ravel().tolist() != [0.0, 1.0, 1.0]:
            sys.exit(f"arrays.npz: {name} came as {arrays[name]!r}.")


def write(folder, words, vectors):
    np.save(folder / "python-table.npy", vectors)
    np.savez(folder / "python-table.npz", embeddings=vectors, vocabulary=np.array(words))
    np.savez_compressed(folder / "python-packed.npz", embeddings=vectors, vocabulary=np.array(words))
    save_file({"embeddings": vectors}, folder / "python-table.safetensors", {"vocabulary": json.dumps(words)})
    keyed = KeyedVectors(vectors.shape[1])
    keyed.add_vectors(words, vectors)
    keyed.save_word2vec_format(str(folder / "python-table.txt"), binary=False)
    keyed.save_word2vec_format(str(folder / "python-table.txt.gz"), binary=False)
    keyed.save_word2vec_format(str(folder / "python-table.bin"), binary=True)
    keyed.save_word2vec_format(str(folder / "python-table.glove"), binary=False, write_header=False)


def main():
    folder = pathlib.Path(sys.argv[1])
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    vectors = np.array(expected["bits"], dtype="<u4").view("<f4").reshape(expected["shape"])
    read(folder, expected["words"], vectors)
    write(folder, expected["words"], vectors)


main()
