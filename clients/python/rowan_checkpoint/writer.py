"""From NumPy arrays to a file that Rowan loads."""

import os
import secrets
import socket
import zlib

import numpy as np

from . import schema
from .checks import check_header
from .layout import ALIGNMENT, BFLOAT16, CHUNK_BYTES, DTYPES, END_MAGIC, INT4, MAGIC, MAJOR_VERSION, align, digest_of, frame

_KINDS = {"float32": 1, "float16": 2, "bfloat16": 3, "int8": 4, "int4": 5, "int32": 6, "uint8": 7, "bool": 8}


def encode_checkpoint(tensors, vocabularies=None, header=None, dtypes=None, quantization=None, tables=None):
    """The bytes of a checkpoint.

    `tensors`: NumPy arrays by name. `vocabularies`: lists of words, or messages `Vocabulary`, by name. `header`: a header to take
    model, table, notes, dtypes and quantization from; without it a single matrix, beside its scales, becomes a table. `dtypes`: by
    name, where the file shall have another dtype than the array: "bfloat16" and "float16" of floats (rounded to the nearest, ties to
    even), "int4" of integers from -8 to 7. `quantization`: by name, {"scales": name} and, in blocks, also "zeros" and "block_size".
    `tables`: the names of those of several tensors that are tables; Rowan loads the others as arrays.

    Raises TypeError for an array that the dtype cannot hold; CheckpointFormatError for what no checkpoint may be, such as bad names.
    """
    dtypes, quantization = dtypes or {}, quantization or {}
    vocabularies = vocabularies or {}
    made = schema.Header(chunk_bytes=header.chunk_bytes if header else CHUNK_BYTES)
    known = {tensor.name: tensor for tensor in header.tensors} if header else {}
    if header:
        for name in ("model", "table"):
            if header.HasField(name):
                getattr(made, name).CopyFrom(getattr(header, name))
        made.notes.extend(header.notes)
    else:
        beside = {part for found in quantization.values() for part in (found["scales"], found.get("zeros"))}
        alone = [name for name in tensors if name not in beside]
        if len(alone) == 1 and np.ndim(tensors[alone[0]]) == 2:
            made.table.tensor = alone[0]
    payloads = []
    for name, values in tensors.items():
        values = np.asarray(values)
        tensor = made.tensors.add(name=name, dtype=_kind_of(name, values, dtypes, known))
        tensor.shape.extend(values.shape)
        tensor.is_table = name in (tables or ()) or (name in known and known[name].is_table)
        if name in quantization:
            tensor.quantization.MergeFrom(schema.Quantization(**quantization[name]))
        elif name in known and known[name].HasField("quantization"):
            tensor.quantization.CopyFrom(known[name].quantization)
        payloads.append((tensor, _to_bytes(name, values, tensor.dtype)))
    for name, words in vocabularies.items():
        vocabulary = words if isinstance(words, schema.Vocabulary) else schema.Vocabulary(words=words)
        asset = made.assets.add(name=name, kind=schema.ASSET_KIND_VOCABULARY)
        payloads.append((asset, vocabulary.SerializeToString()))
    frames, checksums, place = [], [], 0
    for entry, (stored, payload) in enumerate(payloads):
        stored.length = len(payload)
        if payload:
            stored.pieces.add(offset=place, length=len(payload))
        for chunk, at in enumerate(range(0, len(payload), made.chunk_bytes)):
            part = payload[at : at + made.chunk_bytes]
            framed, checksum = frame(part, len(part), entry, chunk)
            frames.append(framed)
            checksums.append(checksum)
            place += len(framed)
    check_header(made, "what was to be written")
    encoded = made.SerializeToString()
    prelude = MAGIC + MAJOR_VERSION.to_bytes(2, "little") + bytes(2)
    prelude += len(encoded).to_bytes(4, "little") + zlib.crc32(encoded).to_bytes(4, "little")
    prelude += zlib.crc32(prelude).to_bytes(4, "little")
    end = END_MAGIC + digest_of(checksums).to_bytes(4, "little")
    pad = lambda part: part + bytes(align(len(part)) - len(part))
    return pad(pad(prelude) + encoded) + b"".join(frames) + end + bytes(ALIGNMENT - len(end))


def write_checkpoint(path, tensors, vocabularies=None, header=None, dtypes=None, quantization=None, tables=None):
    """Writes a checkpoint, as `encode_checkpoint` makes it: the earlier one stays until the new one is complete."""
    encoded = encode_checkpoint(tensors, vocabularies, header, dtypes, quantization, tables)
    # A name that later saves sweep when this process is gone.
    temporary = f"{path}.{_host()}-{os.getpid()}-{secrets.token_hex(6)}.rowan-tmp"
    try:
        with open(temporary, "xb") as file:
            file.write(encoded)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _host():
    """This machine in a name, as Rowan writes it."""
    number, digits = 0, ""
    for unit in memoryview(socket.gethostname().encode("utf-16-le")).cast("H"):
        number = (number * 31 + unit) % 2**32
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def _kind_of(name, values, dtypes, known):
    if name not in dtypes and name in known:
        return known[name].dtype
    wanted = dtypes.get(name, values.dtype.name)
    if wanted in _KINDS:
        return _KINDS[wanted]
    raise TypeError(f"A checkpoint holds {', '.join(_KINDS)}. Received: {wanted} for {name!r}. Convert it: values.astype('float32').")


def _to_bytes(name, values, dtype):
    wanted = np.dtype("f4" if dtype == BFLOAT16 else "i1" if dtype == INT4 else DTYPES[dtype])
    made = np.ascontiguousarray(values).astype(wanted.newbyteorder("<"), copy=False)
    is_float = wanted.kind == "f"
    kept = is_float and values.dtype.kind == "f" or (values.dtype.kind in "iub" and np.array_equal(made.reshape(values.shape), values))
    if not kept or (dtype == INT4 and made.size and (made.min() < -8 or made.max() > 7)):
        raise TypeError(f"The values of {name!r} must fit the dtype that the file shall have. Received: an array of {values.dtype}.")
    if dtype == BFLOAT16:
        bits = made.view("<u4")
        rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
        return np.where(np.isnan(made), bits >> 16 | 0x40, rounded).astype("<u2").tobytes()
    if dtype == INT4:
        nibbles = made.view("u1") & 15
        if nibbles.shape[1] % 2:
            nibbles = np.pad(nibbles, ((0, 0), (0, 1)))
        return (nibbles[:, 0::2] | (nibbles[:, 1::2] << 4)).tobytes()
    return made.tobytes()
