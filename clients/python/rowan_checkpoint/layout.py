"""The numbers of the format, version 1."""

import zlib

import numpy as np

MAGIC = b"\x89ROWAN\r\n"
END_MAGIC = b"ROWANEND"
MAJOR_VERSION = 1
ALIGNMENT = 64
CHUNK_BYTES = 262_144
MAX_HEADER_BYTES = 8_388_608
# No stream of deflate gives more bytes than so many times its own.
MAX_RATIO = 1032

# By the numbers of DType in the schema; bfloat16 has no type in NumPy and is widened to float32, int4 is unpacked.
DTYPES = {1: "<f4", 2: "<f2", 3: "<u2", 4: "i1", 5: "u1", 6: "<i4", 7: "u1", 8: "?"}
FLOAT32, BFLOAT16, INT8, INT4 = 1, 3, 4, 5
BITS = {1: 32, 2: 16, 3: 16, 4: 8, 5: 4, 6: 32, 7: 8, 8: 8}


def align(length):
    """The next multiple of 64."""
    return -(-length // ALIGNMENT) * ALIGNMENT


def frame(payload, raw_length, entry, chunk):
    """A chunk with its head, and the checksum of both."""
    head = b"".join(value.to_bytes(4, "little") for value in (len(payload), raw_length, entry, chunk))
    checksum = zlib.crc32(payload, zlib.crc32(head))
    padding = bytes(align(len(payload)) - len(payload))
    return head + checksum.to_bytes(4, "little") + bytes(44) + payload + padding, checksum


def digest_of(checksums):
    """The CRC-32 of the checksums of all frames of a file."""
    return zlib.crc32(np.asarray(checksums, "<u4").tobytes())
