import { CheckpointFormatError } from "@rowan/api";
import { defaultExpansion, growsTooMuch } from "../io/expansion-limit.ts";
import { alignment } from "./constants.ts";
import type { Header } from "./header.ts";

/**
 * Refuses a checkpoint that takes far more memory than its size: each of its chunks may be what it says, and all of them nothing but
 * zeros that were packed to fill a memory.
 *
 * @param header - A checked one.
 * @param name - The file, for the message.
 * @param maxExpansion - How many times its size compressed data may grow beyond 64 MiB.
 * @throws CheckpointFormatError for more than that.
 */
export function checkExpansion({ tensors, assets }: Header, name: string, maxExpansion: number = defaultExpansion): void {
  let [unpacked, packed] = [0, 0];
  for (const { compression, length, pieces } of [...tensors, ...assets]) {
    if (compression === "none") continue;
    unpacked += length;
    for (const { storedLengths } of pieces) packed += storedLengths.reduce((total, bytes) => total + bytes, 0);
  }
  if (!growsTooMuch(unpacked, packed, maxExpansion)) return;
  throw new CheckpointFormatError(
    `Compressed data must not grow to more than ${maxExpansion} times its size when it is expanded. Received: ${unpacked} bytes out of ${packed}, in the header of ${name}, from byte ${alignment} on. If you trust it, pass a larger { maxExpansion }.`,
  );
}
