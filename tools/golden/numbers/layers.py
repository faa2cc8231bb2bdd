"""Layers of Keras: forward values, shapes, masks, and gradients of weights and inputs for `sum(output * upstream)`."""

import warnings

import numpy as np
from _fixture import Tensor, described, floatx, gradient, integers, keras, uniform, write_group

PADDED = np.asarray([[3, 1, 0, 0], [2, 2, 5, 0], [1, 4, 3, 2]], dtype=np.int32)
HOLES = np.asarray([[0, 3, 0, 1], [0, 0, 0, 5]], dtype=np.int32)
NOTHING = np.asarray([[1, 2, 0], [0, 0, 0]], dtype=np.int32)


def build(layers):
    return [getattr(keras.layers, class_name)(**config) for class_name, config in layers]


def case(name, layers, x, mask=None, upstream=True):
    """Runs the layers one after another, masks travelling on the tensors as in a model."""
    x = np.asarray(x)
    integer = x.dtype.kind == "i"
    given = keras.ops.convert_to_tensor(x) if integer else floatx(x).requires_grad_(True)
    value = given if integer else given * 1
    if mask is not None:
        keras.src.backend.set_keras_mask(value, keras.ops.convert_to_tensor(np.asarray(mask, dtype=bool)))
    chain, shape, symbolic = build(layers), x.shape, (None, *x.shape[1:])
    dropped = []
    for i, layer in enumerate(chain):
        layer.build(shape)
        weights = [uniform(100 + 10 * i + j, w.shape) for j, w in enumerate(layer.weights)]
        layer.set_weights(weights)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            value = layer(value)
        if any("destroy the mask" in str(w.message) for w in told):
            dropped.append(i)
        shape, symbolic = layer.compute_output_shape(shape), layer.compute_output_shape(symbolic)
    assert tuple(value.shape) == tuple(shape), (name, value.shape, shape)
    out = {"name": name, "layers": [described(class_name, **config) for class_name, config in layers], "input": Tensor(x)}
    if mask is not None:
        out["inputMask"] = Tensor(np.asarray(mask, dtype=bool))
    variables = [w for layer in chain for w in layer.trainable_weights]
    out["weights"] = [Tensor(w) for w in variables]
    out |= {"output": Tensor(value.detach()), "outputShape": list(symbolic)}
    found = keras.src.backend.get_keras_mask(value)
    out["outputMask"] = None if found is None else Tensor(found)
    if dropped:
        out["maskDroppedBy"] = dropped
    if upstream:
        flow = uniform(99, tuple(value.shape))
        wanted = [w.value for w in variables] + ([] if integer else [given])
        slopes = gradient(value, floatx(flow), wanted) if wanted else []
        out["upstream"] = Tensor(flow)
        out["weightGradients"] = [Tensor(g) for g in slopes[: len(variables)]]
        if not integer:
            out["inputGradient"] = Tensor(slopes[-1])
    return out


def embedding(**config):
    return ("Embedding", {"input_dim": 6, "output_dim": 3, **config})


def embeddings():
    ids = integers(1, (2, 4), 0, 6)
    yield case("Embedding, ids [n, t]", [embedding()], ids)
    yield case("Embedding, ids [n]", [embedding()], ids[0])
    yield case("Embedding, ids [n, t, k]", [embedding()], integers(2, (2, 2, 3), 0, 6))
    yield case("Embedding, the same id everywhere", [embedding()], np.full((2, 3), 4, dtype=np.int32))
    yield case("Embedding, one column", [("Embedding", {"input_dim": 6, "output_dim": 1})], ids)
    yield case("Embedding(mask_zero)", [embedding(mask_zero=True)], PADDED)
    yield case("Embedding(mask_zero), holes", [embedding(mask_zero=True)], HOLES)
    yield case("Embedding(mask_zero), ids [n]", [embedding(mask_zero=True)], np.asarray([1, 0, 3], dtype=np.int32))


def flattens():
    for shape in ((2, 3, 4), (3, 5), (4,), (2, 1, 3, 2)):
        yield case(f"Flatten, rank {len(shape)}", [("Flatten", {})], uniform(3, shape))
    yield case("Embedding, Flatten", [embedding(), ("Flatten", {})], PADDED)
    yield case("Embedding(mask_zero), Flatten: the mask ends here", [embedding(mask_zero=True), ("Flatten", {})], PADDED)


def denses():
    for name in ("linear", "relu", "sigmoid", "tanh", "softmax", "gelu", "elu", "softplus", "silu"):
        yield case(f"Dense({name})", [("Dense", {"units": 3, "activation": name})], uniform(4, (4, 5), -2, 2))
    yield case("Dense without bias", [("Dense", {"units": 3, "use_bias": False})], uniform(5, (4, 5)))
    yield case("Dense, rank 3", [("Dense", {"units": 2, "activation": "tanh"})], uniform(6, (2, 3, 4)))
    yield case("Dense, rank 4", [("Dense", {"units": 2})], uniform(6, (2, 1, 3, 4)))
    yield case("Dense, one unit", [("Dense", {"units": 1})], uniform(7, (3, 4)))
    yield case("Dense passes a mask on", [embedding(mask_zero=True), ("Dense", {"units": 2, "activation": "softmax"})], PADDED)
    yield case("Dense, rank 3, given mask", [("Dense", {"units": 2})], uniform(8, (2, 3, 4)), mask=[[1, 1, 0], [0, 1, 1]])


def averages():
    pool = ("GlobalAveragePooling1D", {})
    yield case("GlobalAveragePooling1D", [pool], uniform(9, (2, 3, 4)))
    yield case("GlobalAveragePooling1D(keepdims)", [("GlobalAveragePooling1D", {"keepdims": True})], uniform(9, (2, 3, 4)))
    yield case("GlobalAveragePooling1D, mask", [pool], uniform(10, (2, 3, 4)), mask=[[1, 1, 0], [0, 0, 1]])
    yield case("GlobalAveragePooling1D(keepdims), mask", [("GlobalAveragePooling1D", {"keepdims": True})], uniform(10, (2, 3, 4)), mask=[[1, 1, 0], [0, 0, 1]])
    yield case("Embedding, GlobalAveragePooling1D", [embedding(), pool], PADDED)
    yield case("Embedding(mask_zero), GlobalAveragePooling1D", [embedding(mask_zero=True), pool], PADDED)
    yield case("Embedding(mask_zero), GlobalAveragePooling1D, holes", [embedding(mask_zero=True), pool], HOLES)
    yield case("Embedding(mask_zero), GlobalAveragePooling1D, a row of zeros gives NaN", [embedding(mask_zero=True), pool], NOTHING, upstream=False)
    head = ("Dense", {"units": 3, "activation": "softmax"})
    yield case("Embedding(mask_zero), GlobalAveragePooling1D, Dense", [embedding(mask_zero=True), pool, head], PADDED)


def others():
    yield case("Dropout at inference", [("Dropout", {"rate": 0.5})], uniform(11, (3, 4)))
    yield case("Dropout passes a mask on", [embedding(mask_zero=True), ("Dropout", {"rate": 0.5})], PADDED)
    for name in ("relu", "tanh", "softmax", "log_softmax", "hard_sigmoid", "mish"):
        yield case(f"Activation({name})", [("Activation", {"activation": name})], uniform(12, (2, 3, 4), -4, 4))
    yield case("Activation passes a mask on", [embedding(mask_zero=True), ("Activation", {"activation": "tanh"})], PADDED)
    tower = [embedding(mask_zero=True), ("Dropout", {"rate": 0.3}), ("Dense", {"units": 4, "activation": "relu"}), ("GlobalAveragePooling1D", {})]
    yield case("Embedding(mask_zero), Dropout, Dense, GlobalAveragePooling1D, Dense", [*tower, ("Dense", {"units": 1, "activation": "sigmoid"})], HOLES)


def cases():
    return [*embeddings(), *flattens(), *denses(), *averages(), *others()]


def main():
    write_group(
        "layers",
        cases,
        absolute=1e-6,
        relative=1e-6,
        reason="One float32 forward and backward pass over sums of at most a dozen terms.",
    )


if __name__ == "__main__":
    main()
