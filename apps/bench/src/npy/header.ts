import { FileError } from "../failure.ts";

/** What stands in front of the values of a `.npy` file. */
export interface NpyHeader {
  /** NumPy's name of the dtype with its byte order: `"<f4"`, `"<i8"`, `"|u1"`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the first value begins, in bytes. */
  readonly offset: number;
}

/** "\x93NUMPY", in Latin-1. */
const magic = "\x93NUMPY";
/** The longest header that is read. NumPy itself writes up to 64 KiB, and that only for dtypes with many fields. */
const longestHeader = 1 << 16;

/** The bytes that the length of the header is in: the first twelve of a file. */
export const prefixBytes = 12;

/**
 * How many bytes the header takes.
 *
 * @param prefix - The first bytes of the file, at most `prefixBytes`.
 * @param name - The file's name, for messages.
 * @returns The offset of the first value.
 * @throws FileError when this is no `.npy` file of version 1, 2 or 3.
 */
export function headerLength(prefix: Buffer, name: string): number {
  if (prefix.length < 10 || prefix.toString("latin1", 0, 6) !== magic) {
    throw new FileError(`${name} must be a .npy file, as numpy.save writes it. Received: ${describeStart(prefix)}.`);
  }
  const version = prefix[6] as number;
  if (version < 1 || version > 3 || (version > 1 && prefix.length < prefixBytes)) {
    throw new FileError(`${name} must be a .npy file of version 1, 2 or 3. Received: version ${version}.${prefix[7] as number}.`);
  }
  const length = version === 1 ? 10 + prefix.readUInt16LE(8) : prefixBytes + prefix.readUInt32LE(8);
  if (length > longestHeader)
    throw new FileError(`${name} must have a header of at most ${longestHeader} bytes. Received: ${length} bytes.`);
  return length;
}

/**
 * Reads the header of a `.npy` file. The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param bytes - The file up to its first value.
 * @param name - The file's name, for messages.
 * @returns The dtype, the order and the shape.
 * @throws FileError when the header is not one.
 */
export function parseHeader(bytes: Buffer, name: string): NpyHeader {
  const offset = headerLength(bytes, name);
  const text = bytes.toString("latin1", bytes[6] === 1 ? 10 : prefixBytes, offset);
  if (bytes.length < offset)
    throw new FileError(`${name} ends inside of its header. Received: ${bytes.length} of ${offset} bytes. Write it again.`);
  if (/'descr':\s*\[/.test(text))
    throw new FileError(
      `${name} must hold plain numbers. Received: a dtype with fields. Save one field: numpy.save(file, array["field"]).`,
    );
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const extents = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || extents === undefined) {
    throw new FileError(`${name} must have the header of a .npy file. Received: ${JSON.stringify(text.trim().slice(0, 80))}.`);
  }
  const shape = [...extents.matchAll(/\d+/g)].map((digits) => Number(digits[0]));
  return { descr, fortranOrder: order === "True", shape, offset };
}

/**
 * Writes the header of a `.npy` file of version 1, byte for byte as NumPy does.
 *
 * @param descr - NumPy's name of the dtype, such as `"<f4"`.
 * @param shape - The extents; C order.
 * @returns Bytes whose number is a multiple of 64.
 */
export function formatHeader(descr: string, shape: readonly number[]): Buffer {
  const extents = shape.length === 1 ? `${shape[0] as number},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${extents}), }`;
  // NumPy leaves room for the first extent to grow to 21 digits, so that a file can be appended to.
  const growth = shape.length > 0 ? 21 - String(shape[0]).length : 0;
  // Where nothing were left over, NumPy adds a whole 64.
  const length = (Math.floor((10 + text.length + growth + 1) / 64) + 1) * 64;
  const header = Buffer.alloc(length, " ");
  header.write(`${magic}\x01\x00`, "latin1");
  header.writeUInt16LE(length - 10, 8);
  header.write(text, 10, "latin1");
  header.write("\n", length - 1, "latin1");
  return header;
}

function describeStart(prefix: Buffer): string {
  if (prefix.length === 0) return "an empty file";
  const text = prefix.toString("latin1", 0, 8);
  return /^[\x20-\x7e\s]+$/.test(text)
    ? `a file that begins with ${JSON.stringify(text)}`
    : `a file that begins with the bytes ${prefix.toString("hex", 0, 6)}`;
}
