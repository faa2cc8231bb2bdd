/** What a page does with a checkpoint on a server, shown in Node: a server with range requests, and how little is loaded of the file. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EmbeddingTable, setBackend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { checkpointBytes } from "@rowan/serialize";
import { compareWords } from "./lookup.ts";

const rows = 20_000;
const dim = 64;

/** Serves a table of 5 MB, and compares two pairs of words over the network. */
export async function main(): Promise<void> {
  setBackend(await createCpuBackend());
  const table = EmbeddingTable.create({ inputDim: rows, outputDim: dim, seed: 3, name: "words" });
  const first = await table.lookup([17]);
  await table.setRows([19_000], first);
  const vocabulary = Array.from({ length: rows }, (_, id) => `word${id}`);
  const file = await checkpointBytes(table, { vocabulary });
  let served = 0;
  const server = createServer(({ headers: { range } }, response) => {
    const [, from = "0", to = String(file.length - 1)] = /bytes=(\d+)-(\d+)/.exec(range ?? "") ?? [];
    const part = file.subarray(Number(from), Number(to) + 1);
    served += part.length;
    response.writeHead(206, { "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${file.length}` });
    response.end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const answers = await compareWords(`http://127.0.0.1:${port}/words.rowan`, [
      ["word17", "word19000"],
      ["word17", "word18"],
    ]);
    for (const { words, cosine } of answers) console.log(`${words.join(" and ")}: ${cosine.toFixed(3)}`);
    console.log(`Loaded: ${served < file.length / 5 ? "less than a fifth" : "much"} of the file`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
