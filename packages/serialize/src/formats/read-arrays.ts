import { FormatError, countOf } from "@rowan/api";
import type { NDArray } from "@rowan/api";
import { readArray } from "./arrays/array-form.ts";
import { widthOf } from "./arrays/element-kinds.ts";
import { ByteReader } from "../io/byte-reader.ts";
import type { OpenFile } from "../io/open-file.ts";
import { openFile } from "../io/open-file.ts";
import type { Source } from "../io/open-source.ts";
import { kindOfHeader, peekHeader, takeHeader } from "./npy/header.ts";
import { openNpz } from "./npz/open-npz.ts";
import { takeSafetensorsHeader } from "./safetensors/header.ts";
import { formOf } from "./safetensors/read-tensor.ts";

/**
 * Reads an array of any shape from a `.npy` file.
 *
 * @param source - A path, a URL, a Blob or File, a ReadableStream, or bytes.
 * @returns The array in C order: float16 and float64 as float32, other integers as int32, int8, uint8 and bool as they are.
 * @throws FormatError where it is no `.npy` file of numbers, or is cut off; DTypeError for integers beyond int32.
 * @example
 * const ids = await readNpy("ids.npy");
 */
export async function readNpy(source: Source): Promise<NDArray> {
  return withReader(source, (reader, file) => readNpyFrom(reader, file.size));
}

/**
 * Reads all arrays of a `.npz` file.
 *
 * @param source - A path, a URL, a Blob or File, a ReadableStream, or bytes.
 * @returns The arrays by their names, as `readNpy` gives them; arrays of texts are left out.
 * @throws FormatError where it is damaged.
 */
export async function readNpz(source: Source): Promise<Map<string, NDArray>> {
  const file = await openFile(source);
  try {
    const archive = await openNpz(file);
    const arrays = new Map<string, NDArray>();
    for (const name of archive.names) {
      const { reader, size } = archive.open(name);
      try {
        const { descr } = await peekHeader(reader);
        if (/^[<>]U/.test(descr)) continue;
        arrays.set(name, await readNpyFrom(reader, size <= (file.size ?? 0) ? size : undefined));
        // The checksum is behind the last byte.
        for (let piece = await reader.next(); piece !== undefined; piece = await reader.next());
      } finally {
        await reader.cancel();
      }
    }
    return arrays;
  } finally {
    await file.close();
  }
}

/**
 * Reads all tensors of a safetensors file.
 *
 * @param source - A path, a URL, a Blob or File, a ReadableStream, or bytes.
 * @returns The tensors by their names, F16, BF16 and F64 as float32 and wide integers as int32, and the texts of `__metadata__`.
 * @throws FormatError where it is damaged; DTypeError for integers beyond int32.
 */
export async function readSafetensors(
  source: Source,
): Promise<{ readonly tensors: Map<string, NDArray>; readonly metadata: ReadonlyMap<string, string> }> {
  return withReader(source, async (reader, file) => {
    const header = await takeSafetensorsHeader(reader, file.size);
    const tensors = new Map<string, NDArray>();
    for (const entry of header.tensors.values())
      tensors.set(entry.name, await readArray(reader, formOf(entry, reader.name), file.size !== undefined));
    return { tensors, metadata: header.metadata };
  });
}

async function withReader<T>(source: Source, work: (reader: ByteReader, file: OpenFile) => Promise<T>): Promise<T> {
  const file = await openFile(source);
  const reader = new ByteReader(file.name, file.stream());
  try {
    return await work(reader, file);
  } finally {
    await reader.cancel();
    await file.close();
  }
}

async function readNpyFrom(reader: ByteReader, size: number | undefined): Promise<NDArray> {
  const header = await takeHeader(reader);
  const { shape, fortranOrder, offset } = header;
  const form = { name: reader.name, shape, fortranOrder, ...kindOfHeader(header, reader.name) };
  const needed = offset + shape.reduce((product, extent) => product * extent, widthOf(form.kind));
  if (size !== undefined && size < needed)
    throw new FormatError(
      `${reader.name} is cut off: its header promises ${countOf(needed, "byte")}. Received: ${countOf(size, "byte")}. Write or download it again.`,
    );
  return readArray(reader, form, size !== undefined);
}
