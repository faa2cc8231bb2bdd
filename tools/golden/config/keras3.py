"""What Keras 3 writes and reads as JSON, with how a model is compiled: `fixtures/config/keras3.json`."""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import _fixture
import _models
import keras

WIDTH = 80
schedules = keras.optimizers.schedules
OPTIMIZERS = [
    keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    keras.optimizers.Adam(0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-6, amsgrad=True, clipnorm=1.0),
    keras.optimizers.AdamW(0.01, weight_decay=0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=5),
    keras.optimizers.RMSprop(0.01, rho=0.8, momentum=0.5, centered=True, clipvalue=0.5),
    keras.optimizers.Adagrad(0.01, initial_accumulator_value=0.5, global_clipnorm=2.0),
    keras.optimizers.Adam(schedules.ExponentialDecay(0.1, 100, 0.9, staircase=True)),
    keras.optimizers.Adam(schedules.InverseTimeDecay(0.1, 100, 0.9)),
    keras.optimizers.Adam(schedules.PiecewiseConstantDecay([10, 20], [0.1, 0.05, 0.01])),
    keras.optimizers.Adam(schedules.PolynomialDecay(0.1, 100, 0.01, power=2.0, cycle=True)),
    keras.optimizers.Adam(schedules.CosineDecay(0.1, 100, 0.01, warmup_target=0.2, warmup_steps=10)),
    keras.optimizers.Adam(schedules.CosineDecayRestarts(0.1, 100, 2.0, 0.5, 0.01)),
]
LOSSES = [
    "mse",
    keras.losses.mean_absolute_error,
    keras.losses.MeanSquaredError(reduction="sum"),
    keras.losses.MeanAbsoluteError(name="mine"),
    keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
    keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2),
]
METRICS = [
    "accuracy",
    "mae",
    keras.metrics.BinaryAccuracy(threshold=0.25),
    keras.metrics.CategoricalAccuracy(),
    keras.metrics.SparseCategoricalAccuracy(name="mine"),
    keras.metrics.MeanSquaredError(),
    keras.metrics.MeanAbsoluteError(),
    keras.metrics.BinaryCrossentropy(from_logits=True),
    keras.metrics.CategoricalCrossentropy(label_smoothing=0.1),
    keras.metrics.SparseCategoricalCrossentropy(from_logits=True),
]


def compiled():
    """Yields (name, model) for every optimizer, loss and metric."""

    def model(name, **options):
        made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, name="dense")], name="model")
        made.compile(**options)
        return name, made

    for index, optimizer in enumerate(OPTIMIZERS):
        optimizer.name = "mine"
        yield model(f"optimizer {index}: {type(optimizer).__name__}", optimizer=optimizer, loss="mse")
    for index, loss in enumerate(LOSSES):
        yield model(f"loss {index}", optimizer="sgd", loss=loss)
    yield model("metrics", optimizer="sgd", loss="mse", metrics=METRICS[:5], weighted_metrics=METRICS[5:])
    yield model("metrics of one output", optimizer="sgd", loss=["mse"], metrics=[["acc"]])


def only_keras3():
    layers = keras.layers
    yield "not built", keras.Sequential([layers.Embedding(10, 4, name="embedding")], name="model")
    yield "batch of one", keras.Sequential([keras.Input(batch_shape=(1, 2)), layers.Embedding(10, 4, name="embedding")], name="model")
    for name in ("hard_sigmoid", "hard_silu"):
        yield f"activation {name}", keras.Sequential([keras.Input((4,)), layers.Activation(name, name="activation")], name="model")


def case(name, model):
    return {"name": name, "config": json.loads(model.to_json()), "summary": _fixture.summary(model, WIDTH)}


def written():
    for models in (_models.sequential(keras), only_keras3(), compiled()):
        for name, model in models:
            yield case(name, model)


def read():
    for name, text in _fixture.rowan_models("keras3"):
        # A compiled model that was loaded counts its optimizer's state; Rowan's, like Keras' own before training, does not.
        plain = {key: value for key, value in json.loads(text).items() if key != "compile_config"}
        bare = keras.models.model_from_json(json.dumps(plain))
        yield {**case(name, keras.models.model_from_json(text)), "summary": _fixture.summary(bare, WIDTH)}


_fixture.write("keras3.json", ["keras"], written=list(written()), read=list(read()))
