"""Against the golden files that every runtime of Rowan reads and writes with the same bytes: `python -m unittest` in this folder."""

import pathlib
import tempfile
import unittest
import zlib

import numpy as np

from rowan_checkpoint import CheckpointFormatError, encode_checkpoint, read_checkpoint, schema, write_checkpoint
from rowan_checkpoint.layout import ALIGNMENT, END_MAGIC, MAGIC, align, digest_of, frame

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "packages/serialize/fixtures"
GOLDEN = FIXTURES / "checkpoints/v1"
# The same content of all dtypes, as one file, compressed, and in several files.
FORMS = FIXTURES / "checkpoint-forms/v1"


class Golden(unittest.TestCase):
    def test_written_again_they_are_the_same_bytes(self):
        for path in sorted(GOLDEN.glob("*.rowan")):
            with self.subTest(path.name):
                read = read_checkpoint(path)
                self.assertEqual(encode_checkpoint(read.tensors, read.vocabularies, read.header), path.read_bytes())

    def test_tensors(self):
        tensors = read_checkpoint(GOLDEN / "tensors.rowan").tensors
        np.testing.assert_array_equal(tensors["group/ints"], np.array([[0, -1], [2147483647, -2147483648]], "i4"))
        np.testing.assert_array_equal(tensors["flags"], [True, False, True])
        np.testing.assert_array_equal(tensors["signed"], np.array([[-128, 127]], "i1"))
        self.assertEqual(tensors["scalar"], np.float32(0.1))
        self.assertEqual(tensors["none"].shape, (0, 3))
        np.testing.assert_array_equal(tensors["long"].ravel(), (np.arange(80_000) % 97 / 8).astype("f4"))

    def test_model(self):
        read = read_checkpoint(GOLDEN / "model.rowan")
        self.assertEqual(read.tensors["embedding/embeddings"].shape, (12, 4))
        self.assertEqual(read.header.model.optimizer.iterations, 6)
        self.assertEqual(list(read.vocabularies["vocabulary"].words[:3]), ["", "[UNK]", "a"])

    def test_quantized_rows_are_near_the_floats(self):
        read = read_checkpoint(GOLDEN / "table-int4.rowan")
        i = np.arange(70)
        expected = ((i * 37) % 101 / 8 - 6).astype("f4").reshape(10, 7)
        # Sixteen steps over a range of at most 12.5.
        np.testing.assert_allclose(read.floats("vectors"), expected, atol=12.5 / 15)


class Forms(unittest.TestCase):
    def test_every_dtype_in_every_form(self):
        numbers = lambda count: ((np.arange(count) * 37) % 101 / 8 - 6).astype("f4")
        raw = lambda count: ((np.arange(count) * 73) % 251).astype("u1")
        for form in ["plain", "deflated", "sharded"]:
            with self.subTest(form):
                read = read_checkpoint(FORMS / f"{form}.rowan")
                tensors = read.tensors
                np.testing.assert_array_equal(tensors["words"], numbers(320).reshape(40, 8))
                np.testing.assert_array_equal(tensors["half"].view("<u2").ravel(), raw(48).view("<u2"))
                np.testing.assert_array_equal(tensors["brain"].view("<u4").ravel(), raw(30).view("<u2").astype("u4") << 16)
                np.testing.assert_array_equal(tensors["whole"].ravel(), raw(24).view("i1"))
                np.testing.assert_array_equal(
                    read.floats("whole"), raw(24).view("i1").reshape(4, 6).astype("f4") / numbers(4)[:, None]
                )
                np.testing.assert_array_equal(tensors["flags"], [True, False, False, True, True])
                np.testing.assert_array_equal(tensors["raw"], raw(7))
                self.assertEqual((tensors["scalar"].shape, int(tensors["scalar"])), ((), -7))
                pairs = raw(30).reshape(10, 3) & np.array([255, 255, 15], "u1")
                low, high = (pairs << 4).view("i1") >> 4, pairs.view("i1") >> 4
                int4 = np.stack([low, high], axis=2).reshape(10, 6)[:, :5]
                np.testing.assert_array_equal(tensors["small"], int4)
                self.assertEqual(list(read.vocabularies["vocabulary"].words), ["", "[UNK]", "whale", "Öl", "🐋"])
                self.assertEqual(
                    encode_checkpoint(tensors, read.vocabularies, read.header), (FORMS / "plain.rowan").read_bytes()
                )


class Files(unittest.TestCase):
    def test_a_table_of_several_chunks_comes_back(self):
        table = np.random.default_rng(1).normal(size=(2000, 64)).astype("f4")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "table.rowan"
            write_checkpoint(path, {"vectors": table}, {"vocabulary": [f"w{i}" for i in range(2000)]})
            read = read_checkpoint(path)
            self.assertEqual([file.name for file in pathlib.Path(folder).iterdir()], ["table.rowan"])
        np.testing.assert_array_equal(read.tensors["vectors"], table)
        self.assertEqual(read.header.table.tensor, "vectors")
        self.assertEqual(read.vocabularies["vocabulary"].words[1999], "w1999")

    def test_damage_is_noticed(self):
        good = (GOLDEN / "model.rowan").read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bad.rowan"
            for at in [0, 9, 70, len(good) - 60]:
                path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
                with self.assertRaises(CheckpointFormatError):
                    read_checkpoint(path)


class Dtypes(unittest.TestCase):
    def read(self, *given, **options):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "some.rowan"
            write_checkpoint(path, *given, **options)
            return read_checkpoint(path)

    def test_bfloat16_is_rounded_to_the_nearest_and_written_again_as_it_was(self):
        values = np.array([[1.0, 1.00390625, 1.01171875, -0.0, np.inf, 3.4e38]], "f4")
        read = self.read({"x": values}, dtypes={"x": "bfloat16"})
        np.testing.assert_array_equal(read.tensors["x"], np.array([[1.0, 1.0, 1.015625, -0.0, np.inf, np.inf]], "f4"))
        again = self.read(read.tensors, header=read.header)
        self.assertEqual(again.header, read.header)
        np.testing.assert_array_equal(again.tensors["x"], read.tensors["x"])
        nan = self.read({"x": np.array([[np.nan]], "f4")}, dtypes={"x": "bfloat16"}).tensors["x"]
        self.assertTrue(np.isnan(nan).all())

    def test_int4_with_scales_is_a_table(self):
        values, scales = np.arange(-8, 7).reshape(3, 5), np.array([1, 2, 4], "f4")
        read = self.read({"x": values, "x/scale": scales}, dtypes={"x": "int4"}, quantization={"x": {"scales": "x/scale"}})
        np.testing.assert_array_equal(read.tensors["x"], values)
        np.testing.assert_array_equal(read.floats("x"), (values / scales[:, None]).astype("f4"))
        self.assertEqual(read.header.table.tensor, "x")

    def test_tables_by_name_stay_tables(self):
        values = np.ones((3, 2), "f4")
        read = self.read({"users": values, "counts": values}, tables=["users"])
        self.assertEqual([tensor.is_table for tensor in read.header.tensors], [True, False])
        self.assertEqual(self.read(read.tensors, header=read.header).header, read.header)
        with self.assertRaises(CheckpointFormatError):
            encode_checkpoint({"x": np.ones(3, "f4"), "y": values}, tables=["x"])

    def test_what_does_not_fit_is_refused(self):
        for values, options in [
            (np.zeros((1, 2)), {}),
            (np.array([[300]]), {"dtypes": {"x": "int8"}}),
            (np.array([[0.5]], "f4"), {"dtypes": {"x": "int8"}}),
            (np.array([[8]], "i1"), {"dtypes": {"x": "int4"}}),
            (np.array([[1]], "i8"), {}),
        ]:
            with self.subTest(values.dtype), self.assertRaises(TypeError):
                encode_checkpoint({"x": values}, **options)
        for name in ["", "a//b", "../x", "a/__proto__", "a\\b", "x" * 1025]:
            with self.subTest(name), self.assertRaises(CheckpointFormatError):
                encode_checkpoint({name: np.zeros(1, "f4")})


def file_of(header, frames=b"", checksums=()):
    """A file with any header, right in all else."""
    encoded = header.SerializeToString()
    prelude = MAGIC + (1).to_bytes(2, "little") + bytes(2) + len(encoded).to_bytes(4, "little") + zlib.crc32(encoded).to_bytes(4, "little")
    prelude += zlib.crc32(prelude).to_bytes(4, "little")
    start = prelude + bytes(ALIGNMENT - len(prelude)) + encoded
    end = END_MAGIC + digest_of(checksums).to_bytes(4, "little")
    return start + bytes(align(len(start)) - len(start)) + frames + end + bytes(ALIGNMENT - len(end))


class Untrusted(unittest.TestCase):
    def refuses(self, header, frames=b"", checksums=(), says=""):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bad.rowan"
            path.write_bytes(file_of(header, frames, checksums))
            with self.assertRaisesRegex(CheckpointFormatError, says):
                read_checkpoint(path)

    def header(self, **changes):
        header = schema.Header(chunk_bytes=262_144)
        tensor = header.tensors.add(name="x", dtype=1, shape=[2, 8], length=64)
        tensor.pieces.add(length=64)
        for name, value in changes.items():
            if name == "piece":
                tensor.pieces[0].MergeFrom(value)
            elif name == "shape":
                tensor.shape[:] = value
            else:
                setattr(tensor, name, value)
        return header

    def test_headers_that_lie(self):
        framed, checksum = frame(bytes(64), 64, 0, 0)
        good = file_of(self.header(), framed, [checksum])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "good.rowan"
            path.write_bytes(good)
            self.assertEqual(read_checkpoint(path).tensors["x"].shape, (2, 8))
            path.write_bytes(good + b"x")
            with self.assertRaisesRegex(CheckpointFormatError, "must have"):
                read_checkpoint(path)
        for changes in [
            {"length": 2**62},
            {"shape": [2**40, 2**40]},
            {"dtype": 9},
            {"name": "../x"},
            {"piece": schema.Piece(shard=1)},
            {"piece": schema.Piece(start=64)},
            {"piece": schema.Piece(length=2**60)},
            {"piece": schema.Piece(offset=64)},
            {"compression": 7},
        ]:
            with self.subTest(changes):
                self.refuses(self.header(**changes), framed, [checksum], "In the header")

    def test_a_little_that_would_become_very_much(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bomb.rowan"
            header = schema.Header(chunk_bytes=262_144)
            packed = zlib.compress(bytes(262_144))
            header.tensors.add(name="x", dtype=7, shape=[262_144 * 600], length=262_144 * 600, compression=1)
            header.tensors[0].pieces.add(length=262_144 * 600, stored_lengths=[len(packed)] * 600)
            framed = [frame(packed, 262_144, 0, chunk) for chunk in range(600)]
            path.write_bytes(file_of(header, b"".join(each for each, _ in framed), [checksum for _, checksum in framed]))
            with self.assertRaisesRegex(CheckpointFormatError, "max_expansion"):
                read_checkpoint(path)
            self.assertEqual(read_checkpoint(path, max_expansion=1000).tensors["x"].size, 262_144 * 600)

    def test_shards_that_leave_the_folder(self):
        for file in ["../x.rowan", "/etc/passwd", "a/b.rowan", "C:x.rowan", "..", ".hidden", "a\\b.rowan", ""]:
            with self.subTest(file):
                header = schema.Header(chunk_bytes=262_144)
                header.shards.add(file=file, length=1)
                self.refuses(header, says="folder of its index")

    def test_chunks_that_do_not_expand_to_their_length(self):
        for payload, says in [(zlib.compress(bytes(63)), "must expand to 64"), (b"not a stream", "no stream of zlib"), (zlib.compress(bytes(64))[:-6], "expand|stream")]:
            with self.subTest(says):
                header = self.header(compression=1, piece=schema.Piece(stored_lengths=[len(payload)]))
                framed, checksum = frame(payload, 64, 0, 0)
                self.refuses(header, framed, [checksum], says)

    def test_any_byte_that_is_changed_is_noticed_or_means_nothing(self):
        random = np.random.default_rng(1)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "changed.rowan"
            for golden in sorted(GOLDEN.glob("*.rowan")):
                good, read = golden.read_bytes(), read_checkpoint(golden)
                for at in random.integers(0, len(good), 300):
                    path.write_bytes(good[:at] + bytes([good[at] ^ 1 << random.integers(8)]) + good[at + 1 :])
                    try:
                        found = read_checkpoint(path)
                    except CheckpointFormatError:
                        continue
                    for name, values in read.tensors.items():
                        np.testing.assert_array_equal(found.tensors[name], values)
                for cut in random.integers(0, len(good), 50):
                    path.write_bytes(good[:cut])
                    with self.assertRaises(CheckpointFormatError):
                        read_checkpoint(path)


if __name__ == "__main__":
    unittest.main()
