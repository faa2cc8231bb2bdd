"""Reads checkpoints that Rowan saved with the client, and writes them again: `check_client.py CLIENT FOLDER`.

FOLDER holds the files and `expected.json`, the bits of what is in them. `again-*` are written with the header that was read, `own-*`
without one.
"""

import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
from rowan_checkpoint import read_checkpoint, write_checkpoint  # noqa: E402

folder = pathlib.Path(sys.argv[2])
expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
vectors = np.array(expected["bits"], "<u4").view("<f4").reshape(expected["rows"], expected["dim"])


def same_bits(name, found, wanted):
    if found.shape != wanted.shape or not np.array_equal(found.astype("<f4").view("<u4"), wanted.view("<u4")):
        sys.exit(f"{name} holds other values than Rowan saved.")


for path in sorted(folder.glob("*.rowan")):
    if "-of-" in path.name:
        continue
    name = path.stem
    read = read_checkpoint(path)
    tensor = next(iter(read.tensors))
    if name in ("table", "packed", "shards", "plain"):
        same_bits(name, read.tensors[tensor], vectors)
    if name in ("table", "packed", "shards") and list(read.vocabularies["vocabulary"].words) != expected["vocabulary"]:
        sys.exit(f"{name} holds other words than Rowan saved.")
    if name == "float16":
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(read.floats(tensor), vectors.astype("f2").astype("f4"))
    if name in expected["floats"]:
        wanted = np.array(expected["floats"][name], "<u4").view("<f4").reshape(-1, expected["dim"])
        # Three roundings apart: the kernels multiply by what NumPy divides by.
        np.testing.assert_allclose(read.floats(tensor)[: len(wanted)], wanted, rtol=1e-6, atol=1e-7)
    write_checkpoint(folder / f"again-{name}.rowan", read.tensors, read.vocabularies, read.header)
    print(f"{name}: read")

table = read_checkpoint(folder / "plain.rowan")
tensor = next(iter(table.tensors))
write_checkpoint(folder / "own-plain.rowan", table.tensors)
for kind in ("float16", "bfloat16"):
    with np.errstate(over="ignore"):
        write_checkpoint(folder / f"own-{kind}.rowan", table.tensors, dtypes={tensor: kind})
for name in ("int8", "int4", "int4-blocks"):
    read = read_checkpoint(folder / f"{name}.rowan")
    found = read.header.tensors[0].quantization
    parts = {"scales": found.scales}
    if found.zeros:
        parts.update(zeros=found.zeros, block_size=found.block_size)
    write_checkpoint(folder / f"own-{name}.rowan", read.tensors, dtypes={tensor: name[:4]}, quantization={tensor: parts})
write_checkpoint(folder / "own-arrays.rowan", read_checkpoint(folder / "arrays.rowan").tensors)
