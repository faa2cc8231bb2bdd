"""What Keras stores in a quantized Embedding, and what it looks up there; and float16 and bfloat16 of NumPy and ml_dtypes.

The stored numbers are defined in float32 (a tie that rounds one way there may round the other way in float64), so this group
does not run in float64: integers must be equal, and floats are the same formulas of the same integers.
"""

from _fixture import Tensor, keras, np, single, uniform, write_exact

import ml_dtypes

keras.config.set_floatx("float32")

ROWS = {
    "two columns": single([[0.01, -0.02], [0.03, 0.04], [-0.05, 0.06], [0.07, -0.08]]),
    "one column": uniform(1, (5, 1)),
    "seven columns": uniform(2, (6, 7)),
    "130 columns": uniform(3, (3, 130), -0.05, 0.05, 5),
    "128 columns": uniform(4, (3, 128), -0.05, 0.05, 5),
    "zeros and one large value": single([[0, 0, 0], [0, 1000, 0], [1e-20, -1e-20, 0], [1e-7, 2e-7, -1e-7]]),
    # 127 / (127 + 1e-7) is 1 in float32: the products are the values, and every .5 is a tie.
    "ties": single([[127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5], [7, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 6.5]]),
    "positive": uniform(5, (4, 8), 1, 2),
    "negative": uniform(6, (4, 8), -2, -1),
    "denormal": single([[1e-40, -3e-42, 1e-45, 0]]),
    "large": single([[1e37, -3e37, 2e36, 0]]),
}
BLOCKS = [None, -1, 1, 2, 3, 64]


def embedding(rows):
    layer = keras.layers.Embedding(*rows.shape)
    layer.build()
    layer.set_weights([rows])
    return layer


def stored(name, rows, kind, block):
    layer = embedding(rows)
    config = None
    if block is not None:
        config = keras.quantizers.Int4QuantizationConfig(block_size=block)
    layer.quantize(kind, config=config) if config else layer.quantize(kind)
    told = f"{kind}{'' if block is None else f' in blocks of {block}'}, {name}"
    case = {"name": told, "kind": kind, **({} if block is None else {"blockSize": block})}
    case |= {"policy": layer.dtype_policy.name, "rows": Tensor(rows)}
    case |= {"data": Tensor(layer._embeddings), "scale": Tensor(layer.embeddings_scale)}
    if getattr(layer, "embeddings_zero", None) is not None:
        case["zero"] = Tensor(layer.embeddings_zero)
    ids = np.arange(rows.shape[0])
    return case | {"values": Tensor(layer(ids).detach())}


def halves(kind, dtype):
    with np.errstate(over="ignore"):
        edges = single([0, -0.0, 1, -1, 65504, 65519.996, 65520, -65520, 3.4028235e38, np.inf, -np.inf, np.nan, 1e-45, 1.1754944e-38])
    powers = single([2.0**e * m for e in range(-28, -12) for m in (1, 1.25, 1.5, 1.5000001, 1.75)])
    ties = single([1 + k / 2048 for k in range(9)] + [1 + k / 256 for k in range(9)] + [-1 - k / 2048 for k in range(9)])
    x = np.concatenate([edges, powers, ties, uniform(7, (50,)), uniform(8, (50,), -1e5, 1e5)])
    with np.errstate(over="ignore"):
        short = x.astype(dtype)
    return {
        "name": kind,
        "kind": kind,
        "rows": Tensor(x.reshape(1, -1)),
        "bits": Tensor(short.view(np.uint16).astype(np.int32)),
        "values": Tensor(short.astype(np.float32).reshape(1, -1)),
    }


def cases():
    out = [stored(name, rows, "int8", None) for name, rows in ROWS.items()]
    out += [stored(name, rows, "int4", block) for block in BLOCKS for name, rows in ROWS.items()]
    return out + [halves("float16", np.float16), halves("bfloat16", ml_dtypes.bfloat16)]


if __name__ == "__main__":
    write_exact(
        "quantization",
        cases(),
        absolute=0,
        relative=2.4e-7,
        reason="Stored numbers are equal. A value may be the integer times the rounded reciprocal of its scale instead of a quotient: two roundings.",
    )
