"""Against the golden files that every runtime of Rowan reads and writes with the same bytes: `python -m unittest` in this folder."""

import pathlib
import tempfile
import unittest

import numpy as np

from rowan_checkpoint import CheckpointFormatError, encode_checkpoint, read_checkpoint, write_checkpoint

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "packages/serialize/fixtures/checkpoints/v1"


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


if __name__ == "__main__":
    unittest.main()
