"""What tf-keras (legacy Keras 2) writes and reads as JSON: `fixtures/config/keras2.json`."""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import _fixture
import _models
import tf_keras as keras

WIDTH = 80


def written():
    for name, model in _models.sequential(keras):
        yield {"name": name, "config": json.loads(model.to_json()), "summary": _fixture.summary(model, WIDTH)}


def read():
    for name, text in _fixture.rowan_models("keras2"):
        model = keras.models.model_from_json(text)
        yield {"name": name, "config": json.loads(model.to_json()), "summary": _fixture.summary(model, WIDTH)}


_fixture.write("keras2.json", ["tf-keras", "tensorflow-cpu"], written=list(written()), read=list(read()))
