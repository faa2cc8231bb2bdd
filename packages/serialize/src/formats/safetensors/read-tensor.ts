import { FormatError, describeValue } from "@rowan/api";
import type { ArrayForm } from "../arrays/array-form.ts";
import type { ByteReader } from "../../io/byte-reader.ts";
import { kindOfEntry } from "./header.ts";
import type { SafetensorsEntry, SafetensorsHeader } from "./header.ts";

/** The names that tools give to a table of embeddings. */
const usualNames = ["embeddings", "embeddings.weight", "embedding.weight", "embedding", "weight", "embedding/embeddings"];

/**
 * The tensor that is meant where no name is given: the one with a usual name, the only one, or the only one with two axes.
 *
 * @param names - The tensors and their numbers of axes.
 * @param wanted - The name that was asked for.
 * @param file - The file's name, for messages.
 * @returns Its name.
 * @throws FormatError where there is none, or several could be meant.
 */
export function chooseTensor(names: ReadonlyMap<string, number | undefined>, wanted: string | undefined, file: string): string {
  const all = [...names.keys()];
  const listed = `${all.slice(0, 12).map(describeValue).join(", ")}${all.length > 12 ? `, and ${all.length - 12} more` : ""}`;
  if (wanted !== undefined) {
    if (names.has(wanted)) return wanted;
    throw new FormatError(
      `${file} holds no tensor ${describeValue(wanted)}. Received: a file with ${listed || "none"}. Pass one of these as { tensor }.`,
    );
  }
  const usual = usualNames.find((name) => names.has(name));
  if (usual !== undefined) return usual;
  const matrices = all.filter((name) => names.get(name) === 2 || names.get(name) === undefined);
  if (matrices.length === 1) return matrices[0] as string;
  throw new FormatError(
    `${file} must hold one table, or its name be given. Received: ${listed || "no tensors"}. Pass the name of one with two axes as { tensor }.`,
  );
}

/**
 * What is known of a tensor before it is read.
 *
 * @param entry - From the header.
 * @param file - The file's name, for messages.
 * @returns Its form.
 * @throws FormatError for elements that are not read.
 */
export function formOf(entry: SafetensorsEntry, file: string): ArrayForm {
  return {
    name: `${file}, tensor ${describeValue(entry.name)}`,
    kind: kindOfEntry(entry, file),
    bigEndian: false,
    fortranOrder: false,
    shape: entry.shape,
  };
}

/**
 * Passes over the tensors in front of one.
 *
 * @param reader - In front of the first tensor.
 * @param header - The header.
 * @param entry - The wanted tensor.
 * @throws FormatError where the file ends before.
 */
export async function skipTo(reader: ByteReader, header: SafetensorsHeader, entry: SafetensorsEntry): Promise<void> {
  await reader.skip(header.offset + entry.begin - reader.position, `the bytes in front of tensor ${describeValue(entry.name)}`);
}
