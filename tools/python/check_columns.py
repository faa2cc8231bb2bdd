"""Holds the Parquet and Arrow files of `rowan lookup` against PyArrow: `check_columns.py write FOLDER`, then `check_columns.py read FOLDER`.

`write` makes a table and ids in every form that PyArrow writes them in; `read` looks at the vectors that Rowan made of them.
"""

import json
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet

rows, dim, count = 1000, 24, 5000


def make(folder):
    random = np.random.default_rng(1)
    table = random.standard_normal((rows, dim)).astype("<f4")
    np.save(folder / "table.npy", table)
    ids = random.integers(0, rows, count)
    bags = [ids[at : at + at % 5].tolist() for at in range(count // 5)]
    weights = [random.random(len(bag)).tolist() for bag in bags]
    words = [f"naïve 鯨 {id}" for id in range(rows)]
    lines = [f"{word.replace(' ', '_')} {' '.join(repr(float(value)) for value in row)}" for word, row in zip(words, table)]
    (folder / "table.txt").write_text(f"{rows} {dim}\n" + "\n".join(lines) + "\n", encoding="utf-8")
    flat = {"ids": ids, "small": pa.array(ids, pa.int16()), "words": [words[id].replace(" ", "_") for id in ids]}
    flat["repeated"] = pa.array(flat["words"]).dictionary_encode()
    ragged = {"n": np.arange(len(bags)), "ids": bags, "weights": weights}
    ragged["large"] = pa.array(bags, pa.large_list(pa.int32()))
    fixed = {"ids": pa.array(ids.reshape(-1, 5).tolist(), pa.list_(pa.uint32(), 5))}
    return table, pa.table(flat), pa.table(ragged), pa.table(fixed), ids, bags, weights


def write(folder):
    table, flat, ragged, fixed, ids, bags, weights = make(folder)
    parquet.write_table(flat, folder / "flat.parquet", row_group_size=700)
    parquet.write_table(flat, folder / "flat-v2.parquet", compression="zstd", data_page_version="2.0", write_page_index=True)
    parquet.write_table(flat, folder / "flat-plain.parquet", compression="gzip", use_dictionary=False)
    parquet.write_table(flat, folder / "flat-delta.parquet", compression="none", use_dictionary=False, column_encoding={"ids": "DELTA_BINARY_PACKED"})
    parquet.write_table(ragged, folder / "ragged.parquet", row_group_size=300)
    feather.write_feather(flat, folder / "flat.feather", compression="zstd", chunksize=700)
    feather.write_feather(ragged, folder / "ragged.arrow", compression="uncompressed", chunksize=300)
    with ipc.new_stream(folder / "fixed.arrow", fixed.schema) as stream:
        stream.write_table(fixed, max_chunksize=100)


def vectors(path):
    table = parquet.read_table(path) if path.suffix == ".parquet" else feather.read_table(path)
    if table.column_names[-1] != "vector":
        sys.exit(f"{path.name} has the columns {table.column_names}.")
    values = table["vector"].combine_chunks()
    return values.flatten().to_numpy().reshape(len(table), -1)


def read(folder):
    table, _, _, _, ids, bags, weights = make(folder)
    wide = table.astype("f8")
    expected = {
        "rows": table[ids],
        "sums": np.array([(wide[bag] * np.array(factors).reshape(-1, 1)).sum(0) for bag, factors in zip(bags, weights)]),
        "means": np.array([wide[bag].mean(0) if bag else np.zeros(dim) for bag in bags]),
        "fives": wide[ids.reshape(-1, 5)].mean(1),
    }
    for name, kind in json.loads((folder / "made.json").read_text()).items():
        path = folder / name
        made = np.load(path) if path.suffix == ".npy" else vectors(path)
        if made.dtype != np.float32 or made.shape != expected[kind].shape:
            sys.exit(f"{name} holds {made.dtype} of shape {made.shape}.")
        if kind == "rows" and not np.array_equal(made.view("<u4"), expected[kind].view("<u4")):
            sys.exit(f"{name} holds other rows than the table.")
        if not np.allclose(made, expected[kind], rtol=1e-5, atol=1e-6):
            sys.exit(f"{name} is off by {np.abs(made - expected[kind]).max()}.")
        print(f"{name}: the same {made.shape[0]} vectors")


{"write": write, "read": read}[sys.argv[1]](pathlib.Path(sys.argv[2]))
