import { FormatError, describeValue } from "@rowan/api";
import type { Shape } from "@rowan/api";
import { elementKinds } from "../arrays/element-kinds.ts";
import type { ElementKind } from "../arrays/element-kinds.ts";
import type { ByteReader } from "../../io/byte-reader.ts";
import { latin1 } from "../text/latin1.ts";

/** What stands in front of the values of a `.npy` file. */
export interface NpyHeader {
  /** NumPy's name of the dtype with its byte order: `"<f4"`, `"<i8"`, `"|u1"`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: Shape;
  /** Where the first value begins, in bytes. */
  readonly offset: number;
}

/** "\x93NUMPY", in Latin-1. */
const magic = "\x93NUMPY";
/** The longest header that is read. NumPy itself writes up to 64 KiB, and that only for dtypes with many fields. */
const longestHeader = 1 << 16;
/** The bytes that the length of the header is in: the first twelve of a file. */
const prefixBytes = 12;

/**
 * How many bytes the header takes.
 *
 * @param prefix - The first bytes of the file, twelve where it has as many.
 * @param name - The file's name, for messages.
 * @returns The offset of the first value.
 * @throws FormatError when this is no `.npy` file of version 1, 2 or 3.
 */
export function headerLength(prefix: Uint8Array, name: string): number {
  if (prefix.length < 10 || latin1(prefix.subarray(0, 6)) !== magic) {
    throw new FormatError(`${name} must be a .npy file, as numpy.save writes it. Received: ${describeStart(prefix)}. Save it again.`);
  }
  const version = prefix[6] as number;
  if (version < 1 || version > 3 || (version > 1 && prefix.length < prefixBytes)) {
    throw new FormatError(
      `${name} must be a .npy file of version 1, 2 or 3. Received: version ${version}.${prefix[7] as number}. Save it again.`,
    );
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const length = version === 1 ? 10 + view.getUint16(8, true) : prefixBytes + view.getUint32(8, true);
  if (length > longestHeader)
    throw new FormatError(`${name} must have a header of at most ${longestHeader} bytes. Received: ${length} bytes. The file is damaged.`);
  return length;
}

/**
 * Reads the header of a `.npy` file. The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param bytes - The file up to its first value.
 * @param name - The file's name, for messages.
 * @returns The dtype, the order and the shape.
 * @throws FormatError when the header is not one.
 */
export function parseHeader(bytes: Uint8Array, name: string): NpyHeader {
  const offset = headerLength(bytes.subarray(0, prefixBytes), name);
  if (bytes.length < offset)
    throw new FormatError(`${name} ends inside of its header. Received: ${bytes.length} of ${offset} bytes. Write it again.`);
  const text = latin1(bytes.subarray(bytes[6] === 1 ? 10 : prefixBytes, offset));
  if (/'descr':\s*\[/.test(text)) {
    throw new FormatError(
      `${name} must hold plain numbers. Received: a dtype with fields. Save one field: numpy.save(file, array["field"]).`,
    );
  }
  // The whole header, with its keys in any order: nothing may stand beside them.
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1] ?? "";
  const descr = /'descr':\s*'([^']*)'/.exec(body)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(body)?.[1];
  const extents = /'shape':\s*\(([\d\s,L]*)\)/.exec(body)?.[1];
  const rest = body.replace(/'descr':\s*'[^']*'|'fortran_order':\s*(?:True|False)|'shape':\s*\([\d\s,L]*\)/g, "");
  if (descr === undefined || order === undefined || extents === undefined || !/^[\s,]*$/.test(rest)) {
    throw new FormatError(`${name} must have the header of a .npy file. Received: ${describeValue(text.trim())}. The file is damaged.`);
  }
  return { descr, fortranOrder: order === "True", shape: parseExtents(extents, name), offset };
}

function parseExtents(text: string, name: string): Shape {
  const parts = text.trim().replace(/,$/, "").split(",");
  const extents = text.trim() === "" ? [] : parts.map((part) => /^\s*(\d{1,16})L?\s*$/.exec(part)?.[1]);
  if (extents.includes(undefined))
    throw new FormatError(
      `${name} must name its shape as a tuple of integers that a file can hold. Received: (${text.slice(0, 60)}). The file is damaged.`,
    );
  return extents.map(Number);
}

/**
 * Writes the header of a `.npy` file of version 1, byte for byte as NumPy does.
 *
 * @param descr - NumPy's name of the dtype, such as `"<f4"`.
 * @param shape - The extents; C order.
 * @returns Bytes whose number is a multiple of 64.
 */
export function formatHeader(descr: string, shape: Shape): Uint8Array {
  const extents = shape.length === 1 ? `${shape[0] as number},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${extents}), }`;
  // NumPy leaves room for the first extent to grow to 21 digits, so that a file can be appended to.
  const growth = shape.length > 0 ? 21 - String(shape[0]).length : 0;
  // Where nothing were left over, NumPy adds a whole 64.
  const length = (Math.floor((10 + text.length + growth + 1) / 64) + 1) * 64;
  const header = new Uint8Array(length).fill(32);
  header.set(Uint8Array.from(`${magic}\x01\x00`, (letter) => letter.charCodeAt(0)));
  new DataView(header.buffer).setUint16(8, length - 10, true);
  header.set(new TextEncoder().encode(text), 10);
  header[length - 1] = 10;
  return header;
}

/**
 * Looks at the header of a file.
 *
 * @param reader - At the beginning of a `.npy` file, where it stays.
 * @returns The header.
 * @throws FormatError when it is no such file, or ends inside of its header.
 */
export async function peekHeader(reader: ByteReader): Promise<NpyHeader> {
  const length = headerLength((await reader.peek(prefixBytes)).subarray(0, prefixBytes), reader.name);
  return parseHeader((await reader.peek(length)).subarray(0, length), reader.name);
}

/**
 * Takes the header off the beginning of a file.
 *
 * @param reader - At the beginning of a `.npy` file.
 * @returns The header; the reader is in front of the first value.
 * @throws FormatError when it is no such file, or ends inside of its header.
 */
export async function takeHeader(reader: ByteReader): Promise<NpyHeader> {
  const header = await peekHeader(reader);
  await reader.take(header.offset, "the header");
  return header;
}

/**
 * What the elements are.
 *
 * @param header - The header.
 * @param name - The file's name, for messages.
 * @param kinds - Which are wanted; all numbers where it is left out.
 * @param wanted - How messages call them.
 * @returns Their kind and byte order.
 * @throws FormatError for anything else.
 */
export function kindOfHeader(
  { descr }: NpyHeader,
  name: string,
  kinds: readonly string[] = elementKinds,
  wanted = "numbers",
): { readonly kind: ElementKind; readonly bigEndian: boolean } {
  const kind = descr.slice(1);
  if (!/^[<>|=]\w\d{1,3}$/.test(descr) || kind === "bf" || !kinds.includes(kind)) {
    throw new FormatError(`${name} must hold ${wanted}. Received: ${describeDtype(descr)}. Convert it in NumPy with .astype().`);
  }
  return { kind: kind as ElementKind, bigEndian: descr.startsWith(">") };
}

/**
 * NumPy's long names of its dtypes.
 *
 * @param descr - Such as `"<f4"`.
 * @returns Such as `"float32"`.
 */
export function describeDtype(descr: string): string {
  const kind = { i: "int", u: "uint", f: "float", c: "complex", b: "bool", S: "bytes", U: "text", O: "objects" }[descr[1] ?? ""];
  const bytes = Number(descr.slice(2));
  if (kind === undefined) return `dtype ${describeValue(descr)}`;
  return /[iufc]/.test(descr[1] ?? "") ? `${kind}${bytes * 8}` : kind;
}

function describeStart(prefix: Uint8Array): string {
  if (prefix.length === 0) return "an empty file";
  const text = latin1(prefix.subarray(0, 8));
  return /^[\x20-\x7e\s]+$/.test(text)
    ? `a file that begins with ${JSON.stringify(text)}`
    : `a file that begins with the bytes ${[...prefix.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
