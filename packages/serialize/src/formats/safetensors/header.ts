import { FormatError, countOf, describeValue } from "@rowan/api";
import type { Shape } from "@rowan/api";
import { countElements } from "../arrays/array-form.ts";
import type { ElementKind } from "../arrays/element-kinds.ts";
import type { ByteReader } from "../../io/byte-reader.ts";

/** A tensor of a safetensors file. */
export interface SafetensorsEntry {
  readonly name: string;
  /** The format's name: `"F32"`, `"BF16"`, … */
  readonly dtype: string;
  readonly shape: Shape;
  /** Where its bytes begin and end, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** The header of a safetensors file. */
export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the first tensor begins in the file. */
  readonly offset: number;
}

/** The most that safetensors itself accepts. */
const longestHeader = 100_000_000;

/** Bytes of an element, by the format's names. Those without a kind can be listed, not read. */
const widths: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
};
const kinds: Readonly<Record<string, ElementKind>> = {
  BOOL: "b1",
  U8: "u1",
  I8: "i1",
  I16: "i2",
  U16: "u2",
  F16: "f2",
  BF16: "bf",
  I32: "i4",
  U32: "u4",
  F32: "f4",
  F64: "f8",
  I64: "i8",
  U64: "u8",
};

/**
 * What the elements of a tensor are.
 *
 * @param entry - The tensor.
 * @param file - The file's name, for messages.
 * @returns Their kind.
 * @throws FormatError for 8-bit floats and complex numbers.
 */
export function kindOfEntry(entry: SafetensorsEntry, file: string): ElementKind {
  const kind = Object.hasOwn(kinds, entry.dtype) ? kinds[entry.dtype] : undefined;
  if (kind) return kind;
  throw new FormatError(
    `${file}, tensor ${describeValue(entry.name)}, must hold ${Object.keys(kinds).join(", ")}. Received: ${entry.dtype}. Convert it in Python.`,
  );
}

/**
 * Takes the header off the beginning of a file, and checks that its tensors fill what follows without holes and overlaps.
 *
 * @param reader - At the beginning of a safetensors file.
 * @param size - The file's length in bytes, where it is known.
 * @returns The header.
 * @throws FormatError naming what cannot be.
 */
export async function takeSafetensorsHeader(reader: ByteReader, size: number | undefined): Promise<SafetensorsHeader> {
  const prefix = await reader.take(8, "the length of the header");
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length < 2 || length > longestHeader || (size !== undefined && 8 + length > size)) {
    throw new FormatError(
      `${reader.name} must have a header of 2 to ${longestHeader} bytes, and be longer than that. Received: a header of ${countOf(length, "byte")}${size === undefined ? "" : `, a file of ${size}`}. It is cut off or damaged.`,
    );
  }
  const json = parseJson(await reader.take(length, "the header"), reader.name);
  const metadata = new Map<string, string>();
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === "__metadata__") for (const [key, text] of metadataOf(value, reader.name)) metadata.set(key, text);
    else entries.push(entryOf(name, value, reader.name));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) {
      throw new FormatError(
        `${reader.name}, tensor ${describeValue(name)}: tensors must follow one another without holes and overlaps. Received: it begins at byte ${begin}, ${begin < at ? "inside of" : "behind"} the one before, which ends at ${at}. The file is damaged.`,
      );
    }
    at = end;
  }
  const offset = 8 + length;
  if (size !== undefined && offset + at !== size) {
    throw new FormatError(
      `${reader.name} must end where its last tensor ends, at byte ${offset + at}. Received: ${countOf(size, "byte")}. It is ${offset + at > size ? "cut off: write or download it again" : "damaged"}.`,
    );
  }
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata, offset };
}

function parseJson(bytes: Uint8Array, name: string): Record<string, unknown> {
  const bad = (received: string, cause?: unknown): FormatError =>
    new FormatError(`${name} must have a JSON object as its header. Received: ${received}. The file is damaged.`, { cause });
  if (bytes[0] !== 123) throw bad("something else");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value = JSON.parse(text) as Record<string, unknown>;
    checkNames(text, value, bad);
    return value;
  } catch (error) {
    throw error instanceof FormatError ? error : bad("text that is none", error);
  }
}

/** JSON.parse keeps the last of equal keys; their colons are still in the text. */
function checkNames(text: string, value: Record<string, unknown>, bad: (received: string) => FormatError): void {
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
    } else if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") depth--;
    else if (letter === ":" && depth === 1) keys++;
  }
  if (keys !== Object.keys(value).length) throw bad("names that are there twice");
}

function metadataOf(value: unknown, name: string): [string, string][] {
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === "string")) return entries;
  throw new FormatError(`${name} must have texts in its __metadata__. Received: ${describeValue(value)}. The file is damaged.`);
}

function entryOf(name: string, value: unknown, file: string): SafetensorsEntry {
  const place = `${file}, tensor ${describeValue(name)}`;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const isSize = (extent: unknown): extent is number => Number.isSafeInteger(extent) && (extent as number) >= 0;
  const width = typeof dtype === "string" && Object.hasOwn(widths, dtype) ? widths[dtype] : undefined;
  if (width === undefined)
    throw new FormatError(`${place}, must have one of the dtypes ${Object.keys(widths).join(", ")}. Received: ${describeValue(dtype)}.`);
  if (!Array.isArray(shape) || !shape.every(isSize))
    throw new FormatError(`${place}, must have a shape of integers. Received: ${describeValue(shape)}. The file is damaged.`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    throw new FormatError(`${place}, must have two offsets. Received: ${describeValue(offsets)}. The file is damaged.`);
  const [begin, end] = offsets as [number, number];
  const bytes = countElements(place, shape, width) * width;
  if (end - begin !== bytes)
    throw new FormatError(
      `${place}, must have ${countOf(bytes, "byte")} for its shape (${shape.join(", ")}) of ${String(dtype)}. Received: bytes ${begin} to ${end}. The file is damaged.`,
    );
  return { name, dtype: dtype as string, shape, begin, end };
}

/**
 * The header of a file of such tensors, padded with blanks so that the first of them begins at a multiple of eight.
 *
 * @param tensors - Their names, dtypes, shapes and bytes, in the order of the file.
 * @param metadata - Texts by name.
 * @returns The first bytes of the file.
 * @throws FormatError where it would be longer than safetensors reads.
 */
export function formatSafetensorsHeader(
  tensors: readonly Omit<SafetensorsEntry, "begin" | "end">[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  // Texts one by one: an object would put names that are numbers first, and take "__proto__" for something else.
  const parts: string[] = [];
  if (metadata.size > 0)
    parts.push(`"__metadata__":{${[...metadata].map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`).join(",")}}`);
  let at = 0;
  for (const { name, dtype, shape } of tensors) {
    const end = at + countElements(name, shape, widths[dtype] as number) * (widths[dtype] as number);
    parts.push(`${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":[${at},${end}]}`);
    at = end;
  }
  const json = new TextEncoder().encode(`{${parts.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > longestHeader)
    throw new FormatError(
      `A header of safetensors has at most ${longestHeader} bytes. Received: ${length} bytes. Leave the vocabulary out, or write a Rowan checkpoint.`,
    );
  const bytes = new Uint8Array(8 + length).fill(32);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

/**
 * The format's name for the elements of a Rowan array.
 *
 * @param dtype - A dtype of Rowan.
 * @returns Such as `"F32"`.
 */
export function safetensorsDtype(dtype: "float32" | "int32" | "uint8" | "int8" | "bool"): string {
  return { float32: "F32", int32: "I32", uint8: "U8", int8: "I8", bool: "BOOL" }[dtype];
}
