"""From a file to NumPy arrays."""

import os
import zlib
from dataclasses import dataclass, field

import numpy as np
from google.protobuf.message import DecodeError

from . import schema
from .checks import check_header
from .errors import CheckpointFormatError
from .layout import ALIGNMENT, BFLOAT16, DTYPES, END_MAGIC, INT4, MAGIC, MAJOR_VERSION, MAX_HEADER_BYTES, align, digest_of


@dataclass
class Checkpoint:
    """What a checkpoint holds."""

    header: object
    # By name, with the dtype of the file: quantized rows are integers here; see `floats`.
    tensors: dict = field(default_factory=dict)
    # Messages `Vocabulary`, by name.
    vocabularies: dict = field(default_factory=dict)

    def floats(self, name):
        """A tensor as float32, also where integers with scales stand for floats."""
        tensor = next(tensor for tensor in self.header.tensors if tensor.name == name)
        values = self.tensors[name]
        if not tensor.HasField("quantization"):
            return values.astype(np.float32)
        scales = self.tensors[tensor.quantization.scales]
        if not tensor.quantization.zeros:
            return values.astype(np.float32) / scales[:, None]
        block = tensor.quantization.block_size
        spread = lambda groups: np.repeat(groups, block, axis=1)[:, : values.shape[1]]
        zeros = self.tensors[tensor.quantization.zeros].astype(np.float32)
        return (values.astype(np.float32) - spread(zeros)) * spread(scales)


def read_checkpoint(path, max_expansion=100):
    """Reads a checkpoint, or the index of one in several files, and checks every checksum.

    Compressed data may grow by 64 MiB and `max_expansion` times the files' size; tables of zeros grow more. Raises CheckpointFormatError with the place, before memory is taken for what the files cannot hold."""
    files, starts = {}, {}
    try:
        files[0] = open(path, "rb")
        header, starts[0] = _read_header(files[0])
        if header.shard:
            raise CheckpointFormatError(f"{path} is shard {header.shard} of {header.shard_count}. Open the index of its checkpoint.")
        places = check_header(header, path)
        folder = os.path.dirname(os.path.abspath(path))
        for number, shard in enumerate(header.shards, 1):
            files[number] = open(os.path.join(folder, shard.file), "rb")
            found, starts[number] = _read_header(files[number])
            if (found.shard, found.shard_count, found.chunk_bytes) != (number, len(header.shards), header.chunk_bytes):
                raise CheckpointFormatError(f"{shard.file} must be shard {number} of {len(header.shards)}. Received: shard {found.shard} of {found.shard_count}.")
        for number, file in files.items():
            expected, size = starts[number] + places[number] + ALIGNMENT, os.fstat(file.fileno()).st_size
            if size != expected or (number and size != header.shards[number - 1].length):
                raise CheckpointFormatError(f"{file.name} must have {expected} bytes. Received: {size}. It was cut off, or is of another save.")
        expanded = sum(stored.length for stored in (*header.tensors, *header.assets) if stored.compression)
        if expanded > 2**26 + max_expansion * sum(os.fstat(file.fileno()).st_size for file in files.values()):
            raise CheckpointFormatError(f"{path} would grow to {expanded} bytes. If you trust it, pass a larger max_expansion.")
        checkpoint, checksums = Checkpoint(header), {number: [] for number in files}
        for entry, stored in enumerate([*header.tensors, *header.assets]):
            data = _read_data(stored, entry, header.chunk_bytes, files, starts, checksums)
            if entry < len(header.tensors):
                checkpoint.tensors[stored.name] = _to_array(stored, data)
            elif stored.kind == schema.ASSET_KIND_VOCABULARY:
                checkpoint.vocabularies[stored.name] = _decode(schema.Vocabulary, bytes(data), f"The vocabulary {stored.name!r} of {path}")
        for number, file in files.items():
            _check_end(file, checksums[number], header.shards[number - 1].digest if number else None)
    finally:
        for file in files.values():
            file.close()
    return checkpoint


def _read_header(file):
    path = file.name
    size = os.fstat(file.fileno()).st_size
    prelude = file.read(ALIGNMENT)
    if prelude[:8] != MAGIC or len(prelude) < ALIGNMENT:
        raise CheckpointFormatError(f"A checkpoint begins with {MAGIC!r}. Received: {prelude[:8]!r} at byte 0 of {path}.")
    number = lambda at, length: int.from_bytes(prelude[at : at + length], "little")
    if zlib.crc32(prelude[:20]) != number(20, 4):
        raise CheckpointFormatError(f"The checksum at byte 20 of {path} is wrong. The file was damaged.")
    if number(8, 2) != MAJOR_VERSION:
        raise CheckpointFormatError(f"This reads format version {MAJOR_VERSION}. Received: version {number(8, 2)} in {path}.")
    length = number(12, 4)
    if length > MAX_HEADER_BYTES or ALIGNMENT + length > size:
        raise CheckpointFormatError(f"The header of {path} must fit the file. Received: a length of {length}.")
    encoded = file.read(length)
    if zlib.crc32(encoded) != number(16, 4):
        raise CheckpointFormatError(f"The checksum of the header of {path} is wrong. The file was damaged.")
    return _decode(schema.Header, encoded, f"The header of {path}"), align(ALIGNMENT + length)


def _decode(message, encoded, what):
    try:
        return message.FromString(encoded)
    except DecodeError as error:
        raise CheckpointFormatError(f"{what} is no {message.DESCRIPTOR.name}. Received: {error}.") from error


def _read_data(stored, entry, chunk_bytes, files, starts, checksums):
    data = bytearray(stored.length)
    for piece in stored.pieces:
        file = files[piece.shard]
        file.seek(starts[piece.shard] + piece.offset)
        for index, at in enumerate(range(piece.start, piece.start + piece.length, chunk_bytes)):
            raw_length = min(chunk_bytes, piece.start + piece.length - at)
            stored_length = piece.stored_lengths[index] if stored.compression else raw_length
            place = file.tell()
            head = file.read(ALIGNMENT)
            payload = file.read(align(stored_length))[:stored_length]
            expected = b"".join(value.to_bytes(4, "little") for value in (stored_length, raw_length, entry, at // chunk_bytes))
            checksum = zlib.crc32(payload, zlib.crc32(head[:16]))
            if head[:16] != expected or checksum != int.from_bytes(head[16:20], "little"):
                raise CheckpointFormatError(f"The chunk of {stored.name} at byte {place} of {file.name} is not as it was written.")
            checksums[piece.shard].append(checksum)
            data[at : at + raw_length] = _inflate(payload, raw_length, f"{stored.name} at byte {place} of {file.name}") if stored.compression else payload
    return data


def _inflate(payload, length, what):
    try:
        raw = zlib.decompressobj().decompress(payload, length)
    except zlib.error as error:
        raise CheckpointFormatError(f"The chunk of {what} is no stream of zlib. Received: {error}.") from error
    if len(raw) != length:
        raise CheckpointFormatError(f"The chunk of {what} must expand to {length} bytes. Received: {len(raw)}.")
    return raw


def _to_array(tensor, data):
    shape = tuple(tensor.shape)
    if tensor.dtype == INT4:
        rows, dim = shape
        pairs = np.frombuffer(data, "u1").reshape(rows, -(-dim // 2))
        nibbles = np.stack([pairs & 15, pairs >> 4], axis=2).reshape(rows, -1)[:, :dim].astype("i1")
        return np.where(nibbles > 7, nibbles - 16, nibbles).astype("i1")
    values = np.frombuffer(data, DTYPES[tensor.dtype]).reshape(shape)
    if tensor.dtype == BFLOAT16:
        return (values.astype("<u4") << 16).view("<f4")
    return values


def _check_end(file, checksums, expected):
    file.seek(-ALIGNMENT, os.SEEK_END)
    end = file.read(ALIGNMENT)
    digest = digest_of(checksums)
    if end[:8] != END_MAGIC or int.from_bytes(end[8:12], "little") != digest or expected not in (None, digest):
        raise CheckpointFormatError(f"The digest at the end of {file.name} is wrong. The file was damaged, or is a mixture of two.")
