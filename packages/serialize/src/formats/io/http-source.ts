import { FormatError } from "@rowan/api";
import type { FileSource } from "./file-source.ts";
import { iterate } from "./iterate.ts";

/**
 * Opens an address for reading. Parts of it are asked for by ranges, where the server has them.
 *
 * @param address - `http:`, `https:`, `blob:` or `data:`.
 * @returns The file.
 * @throws FormatError where the server answers with anything but the file.
 */
export async function openHttp(address: string): Promise<FileSource> {
  // Compressed on the way, parts of the file would be parts of something else.
  const probe = await ask(address, { range: "bytes=0-", "accept-encoding": "identity" });
  const ranges = probe.status === 206;
  const length = ranges ? /\/(\d+)$/.exec(probe.headers.get("content-range") ?? "")?.[1] : probe.headers.get("content-length");
  const plain = (probe.headers.get("content-encoding") ?? "identity") === "identity";
  const size = plain && length != null ? Number(length) : undefined;
  let first: Response | undefined = probe;
  return {
    name: address.length > 100 ? `${address.slice(0, 100)}…` : address,
    size,
    async *stream() {
      const response = first ?? (await ask(address, {}));
      first = undefined;
      if (response.body) yield* iterate(response.body);
    },
    readAt:
      ranges && plain && size !== undefined
        ? async (offset, wanted) => {
            const end = Math.min(offset + wanted, size);
            if (end <= offset) return new Uint8Array(0);
            const response = await ask(address, { range: `bytes=${offset}-${end - 1}`, "accept-encoding": "identity" });
            if (response.status !== 206)
              throw new FormatError(`${address} must answer with the part that was asked for. Received: the whole file.`);
            return new Uint8Array(await response.arrayBuffer());
          }
        : undefined,
    async close() {
      await first?.body?.cancel();
      first = undefined;
    },
  };
}

async function ask(address: string, headers: Record<string, string>): Promise<Response> {
  const response = await fetch(address, { headers });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new FormatError(
    `${address} must be a file that can be fetched. Received: status ${response.status} ${response.statusText}. Check the address.`,
  );
}
