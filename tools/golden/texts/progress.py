"""Records what the progress bars of Keras 3 and of legacy Keras 2 write, on a clock that the script turns.

`bars` drives `Progbar` by hand through every branch. `runs` listens to `fit`, `evaluate` and `predict`, so that the
order of the values, the headers and what happens at the end of an epoch come from the real trainers.
"""

import contextlib
import io
import os

os.environ.update({"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"})

import keras
import numpy as np
import tf_keras
from keras.src.utils import progbar as keras3_module
from tf_keras.src.utils import generic_utils as keras2_module

import _fixture

START = 1_700_000_000.25


class Clock:
    """A stand-in for the `time` module that only goes on when it is told to, or by a fixed tick at every look."""

    def __init__(self, tick=0.0):
        self.now = START
        self.tick = tick

    def time(self):
        self.now += self.tick
        return self.now


def number(value):
    """A number for JSON: what JSON cannot say becomes a word, and so does the sign of a zero."""
    value = float(value)
    if value != value or value in (float("inf"), float("-inf")) or (value == 0 and str(value)[0] == "-"):
        return str(value)
    return value


def pairs(values):
    return [[name, number(value)] for name, value in values]


def bar_of(style, **options):
    """A `Progbar` of the wanted Keras."""
    return (keras3_module if style == "keras3" else keras2_module).Progbar(**options)


def drive(name, style, options, steps, dynamic=True):
    """Runs one bar. `steps` are (seconds since the start, current, values, finalize or None, target to set or nothing)."""
    module = keras3_module if style == "keras3" else keras2_module
    clock = Clock()
    real, module.time = module.time, clock
    updates = []
    try:
        bar = bar_of(style, **options)
        bar._dynamic_display = dynamic
        for seconds, current, values, finalize, *target in steps:
            clock.now = START + seconds
            if target:
                bar.target = target[0]
            screen = io.StringIO()
            with contextlib.redirect_stdout(screen):
                bar.update(current, values, finalize)
            update = {"now": clock.now, "current": current, "values": pairs(values), "text": screen.getvalue()}
            if finalize is not None:
                update["finalize"] = finalize
            if target:
                update["target"] = target[0]
            updates.append(update)
    finally:
        module.time = real
    names = {"unit_name": "unit", "stateful_metrics": "statefulMetrics"}
    shown = {names.get(key, key): value for key, value in options.items()}
    shown.setdefault("verbose", 1)
    if shown.get("stateless_metrics") is not None:
        assert not shown["stateless_metrics"]
        shown.pop("stateless_metrics")
    else:
        shown.setdefault("statefulMetrics", [])
    return {"name": name, "options": {"style": style, **shown, "dynamic": dynamic, "startSeconds": START}, "updates": updates}


def steady(count, seconds, values=lambda step: [("loss", 1.0 / step)], first=0.0, finalize=None):
    """Steps of equal length; the first takes longer by `first` seconds."""
    return [(first + seconds * step, step, values(step), finalize) for step in range(1, count + 1)]


def scenarios(style):
    """The bars of one Keras."""
    as_shown = {"stateful_metrics": ["loss", "acc", "a"]}
    nan, inf = float("nan"), float("inf")
    odd = [0.0, -0.0, 1e-3, 1.0001e-3, 9.99949999e-4, 1e-5, 1.23456e-100, 5e-324, -1e-4, -0.5, 0.00125, 0.12345, 0.00012345, 123456.78945, 1e22, 2.5, nan, inf, -inf, 0.99995, 9.99995e-4, 1.5e300]
    yield drive("one step", style, {"target": 1}, steady(1, 0.074, lambda _: []))
    yield drive("ten quick steps, most of them not drawn", style, {"target": 10}, steady(10, 0.012))
    yield drive("ten slow steps", style, {"target": 10}, steady(10, 0.3, first=2.0))
    yield drive("averaged", style, {"target": 6}, steady(6, 0.1, lambda step: [("loss", step * 0.37), ("acc", 1 - 0.1 * step)]))
    yield drive("as they are", style, {"target": 6, **as_shown}, steady(6, 0.1, lambda step: [("loss", step * 0.37), ("acc", 1 - 0.1 * step)]))
    yield drive("some averaged, some not", style, {"target": 5, "stateful_metrics": ["acc"]}, steady(5, 0.1, lambda step: [("loss", step * 0.37), ("acc", 1 - 0.1 * step)]))
    yield drive("steps in leaps", style, {"target": 100}, [(0.2 * leap, leap * 7, [("loss", 1.0 / leap)], None) for leap in range(1, 15)] + [(3.1, 100, [("loss", 0.01)], None)])
    yield drive("the last values stand for themselves or not", style, {"target": 3}, [(0.1, 1, [("loss", 1.0)], False), (0.2, 2, [("loss", 2.0)], False), (0.3, 3, [("loss", 3.0)], False), (0.4, 3, [("loss", 7.0), ("val_loss", 5.5)], True)])
    yield drive("values that come and go", style, {"target": 4}, [(0.1, 1, [("b", 1.0)], None), (0.2, 2, [("a", 2.0), ("b", 3.0)], None), (0.3, 3, [], None), (0.4, 4, [("c", 5.0)], None)])
    yield drive("unknown target", style, {"target": None}, steady(5, 0.4) + [(2.5, 5, [("loss", 0.25)], True)])
    yield drive("a target that becomes known at the end", style, {"target": None}, steady(5, 0.4, finalize=False) + [(2.5, 5, [("loss", 0.25), ("val_loss", 0.5)], True, 5)])
    yield drive("hours", style, {"target": 5000}, steady(3, 4.4) + [(9000.0, 2000, [], None), (20000.0, 4999, [], None), (20004.5, 5000, [], None)])
    yield drive("minutes", style, {"target": 100}, [(2.0 * step, step, [], None) for step in (1, 2, 3, 20, 60, 69, 70, 71, 99, 100)])
    yield drive("exactly an hour and exactly a minute left", style, {"target": 7201}, [(1.0, 1, [], None), (2.0, 2, [], None), (3601.0, 3601, [], None), (7141.0, 7141, [], None), (7142.5, 7142, [], None), (7201.0, 7201, [], None)])
    yield drive("microseconds", style, {"target": 100000}, [(0.06, 9000, [], None), (0.12, 18000, [], None), (0.5, 100000, [], None)])
    yield drive("milliseconds at halves", style, {"target": 4}, [(0.0625, 1, [], None), (0.125, 2, [], None), (0.1875, 3, [], None), (0.25 + 0.0005, 4, [], None)])
    yield drive("seconds at halves", style, {"target": 4}, [(0.5, 1, [], None), (2.0, 2, [], None), (4.5, 3, [], None), (6.5, 4, [], None)])
    yield drive("no time at all", style, {"target": 3}, [(0.0, 1, [("loss", 1.0)], None), (0.0, 2, [("loss", 1.0)], None), (0.0, 3, [("loss", 1.0)], None)])
    yield drive("step zero", style, {"target": 3}, [(0.1, 0, [("loss", 1.0)], None), (0.2, 1, [("loss", 1.0)], None), (0.3, 3, [("loss", 1.0)], None)])
    yield drive("the first step twice", style, {"target": 1}, [(0.1, 1, [("loss", 1.0)], False), (0.3, 1, [("loss", 2.0)], True)])
    yield drive("beyond the target", style, {"target": 3}, [(0.1, 2, [], False), (0.2, 4, [], False), (0.3, 5, [], True)])
    yield drive("not before the interval has passed", style, {"target": 9, "interval": 1.0}, steady(9, 0.25))
    yield drive("a longer bar", style, {"target": 7, "width": 41}, steady(7, 0.1))
    yield drive("a short bar of samples", style, {"target": 3, "width": 2, "unit_name": "sample"}, steady(3, 0.1))
    yield drive("shrinking lines", style, {"target": 5, "stateful_metrics": ["a"]}, [(0.1, 1, [("a", 123456789.0)], None), (0.2, 2, [("a", 1.0)], None), (0.3, 3, [("a", -1e-9)], None), (0.4, 4, [("a", 2.0)], None), (0.5, 5, [("a", nan)], None)])
    yield drive("odd values", style, {"target": len(odd), "stateful_metrics": ["a"]}, [(0.1 * i, i, [("a", value)], None) for i, value in enumerate(odd, 1)])
    yield drive("odd values on one line each", style, {"target": 1, "verbose": 2, "stateful_metrics": ["a"]}, [(0.1 * i, 1, [("a", value)], True) for i, value in enumerate(odd, 1)])
    yield drive("a pipe", style, {"target": 4}, steady(4, 0.1), dynamic=False)
    yield drive("a pipe, unknown target", style, {"target": None}, steady(4, 0.1), dynamic=False)
    yield drive("names beyond ASCII", style, {"target": 2}, steady(2, 0.1, lambda step: [("Δ損失", 100.0 / step**20)]))
    yield drive("verbose 2", style, {"target": 10, "verbose": 2}, steady(10, 0.02))
    yield drive("verbose 2, only the end", style, {"target": 10, "verbose": 2}, [(3.75, 10, [("loss", 0.1), ("val_loss", -0.25)], True)])
    yield drive("verbose 2, ended early", style, {"target": 10, "verbose": 2}, [(0.5, 4, [("loss", 0.1)], True)])
    yield drive("verbose 2, ended twice", style, {"target": 4, "verbose": 2}, [(0.5, 4, [("loss", 0.1)], True), (1.75, 4, [("loss", 0.1)], True)])
    yield drive("verbose 0", style, {"target": 3, "verbose": 0}, steady(3, 0.1))
    if style == "keras3":
        yield drive("everything as it is", style, {"target": 4, "stateless_metrics": []}, steady(4, 0.1, lambda step: [("loss", step), ("z", step * 1e-7)]))
        yield drive("target zero", style, {"target": 0}, [(0.1, 0, [], False), (0.2, 0, [], True)])


def listen(style, module, name, options, work):
    """Runs `work` with a bar that is listened to; gives the events of the whole run in order."""
    clock = Clock(tick=0.0234375)
    events = []
    screen = io.StringIO()
    real_time, module.time = module.time, clock
    init, update = module.Progbar.__init__, module.Progbar.update

    def take():
        text = screen.getvalue()
        screen.seek(0)
        screen.truncate()
        return text

    def heard_init(self, *args, **kwargs):
        init(self, *args, **kwargs)
        events.append({"begin": self._start, "text": ""})

    def heard_update(self, current, values=None, finalize=None):
        # What was written since the last event is the header of the epoch.
        events[-1]["text"] += take()
        update(self, current, values, finalize)
        events.append({"end" if finalize else "step": int(current), "now": clock.now, "values": pairs(values or []), "text": take()})

    module.Progbar.__init__, module.Progbar.update = heard_init, heard_update
    try:
        with contextlib.redirect_stdout(screen):
            work()
    finally:
        module.Progbar.__init__, module.Progbar.update = init, update
        module.time = real_time
    events[-1]["text"] += take()
    return {"name": name, "options": {"style": style, **options}, "events": events}


def in_order(run, names):
    """Puts the values into the order in which a model compiles them, so that sorting them is left to the reader."""
    for event in run["events"]:
        place = {name: index for index, name in enumerate(names + [f"val_{name}" for name in names])}
        event["values"] = sorted(event.get("values", []), key=lambda pair: place[pair[0]])
        if "begin" in event:
            del event["values"]
    return run


def runs(style, k, module):
    """Real trainings, evaluations and predictions."""
    rows = 10
    x = np.arange(rows * 2, dtype="int32").reshape(rows, 2) % 7
    y = (np.arange(rows, dtype="float32") % 2).reshape(rows, 1)
    names = ["loss", "mae", "accuracy"]

    def model():
        """A model that learns nothing: its values are the same on every machine, and only the shuffle moves them."""
        k.utils.set_random_seed(7)
        last = k.layers.Dense(1, activation="sigmoid", kernel_initializer="zeros")
        made = k.Sequential([k.Input((2,)), k.layers.Embedding(7, 3), k.layers.Flatten(), last])
        made.compile(k.optimizers.SGD(0.0), "binary_crossentropy", metrics=["mae", "accuracy"])
        return made

    def batches(count):
        for index in range(count):
            yield x[index % 5 * 2 : index % 5 * 2 + 2], y[index % 5 * 2 : index % 5 * 2 + 2]

    def generator(count):
        """A data set without a length."""
        import tensorflow as tf

        signature = (tf.TensorSpec((None, 2), tf.int32), tf.TensorSpec((None, 1), tf.float32))
        return tf.data.Dataset.from_generator(lambda: batches(count), output_signature=signature)

    def run(name, options, work):
        return in_order(listen(style, module, name, options, work), names)

    for verbose in (1, 2):
        fit = {"batch_size": 3, "verbose": verbose}
        options = {"verbose": verbose, "epochs": 1, "steps": 4}
        yield run(f"fit one epoch, verbose {verbose}", options, lambda: model().fit(x, y, **fit))
        options = {"verbose": verbose, "epochs": 3, "steps": 4}
        yield run(f"fit three epochs, verbose {verbose}", options, lambda: model().fit(x, y, epochs=3, **fit))
        options = {"verbose": verbose, "epochs": 2, "steps": 2}
        yield run(f"fit with validation, verbose {verbose}", options, lambda: model().fit(x, y, epochs=2, validation_split=0.5, **fit))
        options = {"verbose": verbose, "epochs": 2, "steps": None}
        yield run(f"fit of unknown length, verbose {verbose}", options, lambda: model().fit(generator(5), epochs=2, verbose=verbose))
        options = {"verbose": verbose, "epochs": 1, "steps": 5}
        yield run(f"evaluate, verbose {verbose}", options, lambda: model().evaluate(x, y, batch_size=2, verbose=verbose))
        options = {"verbose": verbose, "epochs": 1, "steps": 3}
        yield run(f"predict, verbose {verbose}", options, lambda: model().predict(x, batch_size=4, verbose=verbose))
        options = {"verbose": verbose, "epochs": 1, "steps": None}
        yield run(f"predict of unknown length, verbose {verbose}", options, lambda: model().predict(generator(6), verbose=verbose))


def numbers():
    """Python's `.0f`, `.2f`, `.4f` and `.4e` of numbers on and beside every limit."""
    values = [0.0, -0.0, 0.5, 1.5, 2.5, 3.5, -0.5, 0.125, 0.375, 0.00005, 0.00015, 0.03125, 0.46875, 1.00005, 2.675, 1.005, 0.1, 1 / 3, 2 / 3, 1e-5, 9.9999e-5, 9.99995e-5, 9.99994999e-5, 1.00005e-7, 3.00048828125e-05, 1e15, 1e16, 123456789012345.67, 1e21, 1e22, 1.5e22, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 99999.5, 999995.0, 1234565.0, 1234575.0, float("nan"), float("inf"), -float("inf"), 1023.995, 1048575.999, -1234.5678, 4503599627370497.5]
    # Through the bits of a linear congruence: doubles of every size, the same at every run.
    state = 1
    for _ in range(120):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append(float(np.float32((state >> 11) / 2**53 * 10.0 ** ((state >> 5) % 12 - 7.0))))
    return [{"value": number(v), "f0": f"{v:.0f}", "f2": f"{v:.2f}", "f4": f"{v:.4f}", "e4": f"{v:.4e}"} for v in values]


def main():
    bars = [*scenarios("keras2"), *scenarios("keras3")]
    recorded = [*runs("keras2", tf_keras, keras2_module), *runs("keras3", keras, keras3_module)]
    made_with = _fixture.versions("keras", "tf-keras", "tensorflow-cpu", "numpy")
    _fixture.write("progress.json", made_with, bars=bars, runs=recorded, numbers=numbers())


if __name__ == "__main__":
    main()
