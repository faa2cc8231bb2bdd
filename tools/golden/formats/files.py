"""Files that NumPy, safetensors and gensim write, for the readers of packages/serialize, with what is in them as JSON."""

import gzip
import json
import pathlib

import gensim
import numpy as np
import safetensors
from gensim.models import KeyedVectors
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "packages" / "serialize" / "fixtures"
WORDS = ["</s>", "the", "naïve", "鯨", "New_York", "__proto__", "a-b", "<unk>"]


def table(rows, dim, seed):
    """Values of many magnitudes, that float32 holds."""
    random = np.random.default_rng(seed)
    return (random.standard_normal((rows, dim)) * 10.0 ** random.integers(-6, 6, (rows, 1))).astype("<f4")


def bits(array):
    """The float32 values of an array by their bits, which JSON carries exactly."""
    return np.ascontiguousarray(array, dtype="<f4").view("<u4").ravel().tolist()


def main():
    vectors = table(len(WORDS), 5, 1)
    expected = {"versions": {"numpy": np.__version__, "safetensors": safetensors.__version__, "gensim": gensim.__version__}}
    expected["words"] = WORDS
    expected["vectors"] = {"shape": list(vectors.shape), "bits": bits(vectors)}

    numpy = FOLDER / "numpy"
    numpy.mkdir(parents=True, exist_ok=True)
    small = np.arange(12, dtype="<f4").reshape(3, 4) / 8
    ids = np.array([[0, 2, 1], [2, 2, 0]], dtype="<i8")
    np.save(numpy / "float32-3x4.npy", small)
    np.save(numpy / "float64-3x4.npy", small.astype("<f8"))
    np.save(numpy / "fortran-3x4.npy", np.asfortranarray(small))
    np.save(numpy / "int64-2x3.npy", ids)
    np.save(numpy / "big-endian-3.npy", np.array([0, 1, 2], dtype=">i4"))
    np.save(numpy / "rows-2x3x4.npy", small[ids])
    kinds = ["<f2", ">f4", ">f8", "|i1", "|u1", "<i2", "<u2", ">i2", "<i4", "<u4", "<i8", "<u8", "|b1"]
    expected["kinds"] = {}
    for kind in kinds:
        name = f"kind-{kind.replace('<', 'le-').replace('>', 'be-').replace('|', '')}.npy"
        array = (small * 8 - (0 if kind[1] in "ub" else 5)).astype(kind)
        np.save(numpy / name, array)
        expected["kinds"][name] = {"descr": kind, "bits": bits(array)}
    # Python writes the time of the day into a zip; savez itself does not.
    np.savez(numpy / "stored.npz", embeddings=vectors, vocabulary=np.array(WORDS), ids=ids)
    np.savez_compressed(numpy / "packed.npz", embeddings=vectors, vocabulary=np.array(WORDS))

    folder = FOLDER / "safetensors"
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"embeddings": vectors, "bias": np.arange(3, dtype="<f4")}, folder / "table.safetensors", {"vocabulary": json.dumps(WORDS)})
    half = vectors.clip(-60000, 60000).astype("<f2")
    save_file({"weight": half}, folder / "half.safetensors")
    expected["half"] = {"shape": list(half.shape), "bits": bits(half)}

    folder = FOLDER / "gensim"
    folder.mkdir(parents=True, exist_ok=True)
    keyed = KeyedVectors(vectors.shape[1])
    keyed.add_vectors(WORDS, vectors)
    keyed.save_word2vec_format(folder / "vectors.w2v.txt", binary=False)
    keyed.save_word2vec_format(folder / "vectors.w2v.bin", binary=True)
    keyed.save_word2vec_format(folder / "vectors.glove.txt", binary=False, write_header=False)
    text = (folder / "vectors.w2v.txt").read_bytes()
    (folder / "vectors.vec.gz").write_bytes(gzip.compress(text, mtime=0))
    # The C program writes a line end after each vector.
    records = b"".join(f"{word} ".encode() + row.tobytes() + b"\n" for word, row in zip(WORDS, vectors))
    (folder / "vectors.c.bin").write_bytes(f"{len(WORDS)} {vectors.shape[1]}\n".encode() + records)

    (FOLDER / "formats.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


main()
