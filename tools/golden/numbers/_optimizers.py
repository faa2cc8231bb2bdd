"""Optimizers by class and configuration, and a look at their state under the names of their slots."""

from _fixture import Tensor, described, keras


def built(class_name, config):
    """The Keras optimizer; a `(class, config)` pair as learning rate becomes a schedule."""
    config = dict(config)
    rate = config.get("learning_rate")
    if isinstance(rate, tuple):
        config["learning_rate"] = getattr(keras.optimizers.schedules, rate[0])(**rate[1])
    return getattr(keras.optimizers, class_name)(**config)


def told(class_name, config):
    return described(class_name, **config)


def slots(optimizer, variables):
    """`{variable name: {slot name: tensor}}`, slot names as Keras writes them after the variable's path."""
    out = {}
    for variable in variables:
        prefix = variable.path.replace("/", "_") + "_"
        own = [v for v in optimizer.variables if v.name.startswith(prefix)]
        out[variable.name] = {v.name[len(prefix):]: Tensor(keras.ops.convert_to_numpy(v).copy()) for v in own}
    return out


def values(variables):
    """`{variable name: tensor}`, copied."""
    return {variable.name: Tensor(keras.ops.convert_to_numpy(variable).copy()) for variable in variables}
