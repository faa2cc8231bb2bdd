import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { BackendUnavailableError } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { WordCorpus, trainWordVectors } from "@rowan/runtime/word-vectors";
import type { WordVectorOptions } from "@rowan/runtime/word-vectors";
import { splitWords } from "../../words.ts";
import type { BenchCase, Scale, Score } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { findUp } from "../peers/find-up.ts";
import { unlessFailed } from "../peers/peer-failed.ts";
import type { Room } from "../room.ts";
import { agreement, findNearest } from "../words/agreement.ts";
import { Epochs } from "../words/epochs.ts";
import { makeTopics, topicShare } from "../words/topics.ts";

type Objective = NonNullable<WordVectorOptions["objective"]>;

/** What all sides are told; the rest is gensim's defaults, which are Rowan's. */
interface Setting {
  readonly objective: Objective;
  readonly vectorSize: number;
  readonly epochs: number;
}

/** For each word the nearest ones of a training. */
type Near = readonly (readonly number[])[];

/** Where sentences come from. Made anew for each case, so that no case keeps another's memory. */
interface Source {
  readonly name: string;
  sentences(): string[][];
  /** What good vectors know of the words, 0 to 1; absent where nobody knows the truth. */
  readonly truth?: (words: readonly string[], near: Near) => number;
}

/** Neighbours of so many of the most frequent words are compared, so many of each. */
const [comparedWords, comparedNeighbours] = [4000, 10];

/** A call is an epoch. A virtual machine's speed changes by a third for seconds: one epoch after another, and many of them, so that it shows. */
const turns = 9;

/** Trainings with other seeds, by which the noise of a result is known. */
const seeds = 3;

const addresses: Source = {
  name: "State of the Union",
  sentences: () => {
    const path = findUp("examples", "data", "state-of-the-union.json.br");
    if (path === undefined) throw new BackendUnavailableError("examples/data/state-of-the-union.json.br is not here.");
    const all = JSON.parse(brotliDecompressSync(readFileSync(path)).toString()) as { text: string }[];
    const sentences = all.flatMap(({ text }) => text.split(/(?<=[.!?])\s+|\n+/));
    return sentences.map(splitWords).filter(({ length }) => length > 0);
  },
};

function topics(count: number, sentences: number): Source {
  return {
    name: "generated topics",
    sentences: () => makeTopics(count, sentences),
    truth: topicShare,
  };
}

/**
 * Word vectors: words a second, one thread and two, beside gensim; and how good the vectors are.
 *
 * @param scale - How large.
 */
export function wordCases(scale: Scale): BenchCase[] {
  const full = scale === "full";
  const sources = full ? [addresses, topics(60, 8_000)] : [topics(5, 300)];
  return sources.flatMap((source) =>
    (["skipgram", "cbow"] as const).map((objective) => {
      const setting = { objective, vectorSize: full ? 100 : 8, epochs: full ? 5 : 1 };
      return wordCase(source, setting, full ? seeds : 1);
    }),
  );
}

function wordCase(source: Source, setting: Setting, runs: number): BenchCase {
  let corpus: WordCorpus | undefined;
  const read = async (): Promise<WordCorpus> => (corpus ??= await WordCorpus.from(source.sentences()));
  return {
    suite: "words",
    name: `${source.name}, ${setting.objective === "skipgram" ? "skip-gram" : "cbow"}`,
    open: async (room) => {
      const words = await read();
      return [
        ...([1, 2] as const).map((threads) => ours(room, words, setting, threads)),
        ...(await theirs(room, words, setting, [1, 2], 1)),
      ];
    },
    unitsPerCall: async () => (await read()).ids.length,
    unit: "words",
    slowTurns: turns,
    scores: async (room) => {
      const scores = await judge(room, await read(), source, setting, runs);
      corpus = undefined;
      return scores;
    },
  };
}

function nameOf(who: string, threads: number): string {
  return `${who}, ${threads} thread${threads > 1 ? "s" : ""}`;
}

async function train({ signal }: Room, corpus: WordCorpus, setting: Setting, threads: number, seed: number): Promise<Float32Array> {
  return (await trainWordVectors(corpus, { ...setting, threads, seed, signal })).vectors.data as Float32Array;
}

function ours(room: Room, corpus: WordCorpus, setting: Setting, threads: number): Contender {
  const epochs = new Epochs(corpus, { ...setting, threads, signal: room.signal });
  return inProcess({ name: nameOf("Rowan", threads), peer: "rowan", sets: 1, call: () => epochs.next(), dispose: () => epochs.close() });
}

/** gensim with so many threads each; nobody where it is not there. */
async function theirs(
  { python, data }: Room,
  corpus: WordCorpus,
  { objective, vectorSize, epochs }: Setting,
  threads: readonly number[],
  resultCalls: number,
): Promise<Contender[]> {
  if (!python.has("gensim")) return [];
  // Words that Rowan leaves out are left out, so that both have the same sentences.
  const [text, words] = [join(data.folder, "words.txt"), join(data.folder, "words.json")];
  let start = 0;
  const lines = Array.from(corpus.ends, (end) => {
    const line = Array.from(corpus.ids.subarray(start, end), (id) => corpus.words[id]).join(" ");
    start = end;
    return line;
  });
  writeFileSync(text, lines.join("\n"));
  writeFileSync(words, JSON.stringify(corpus.words));
  const fields = { text, words, objective, dim: vectorSize, epochs, sets: seeds, resultCalls };
  const opened: Contender[] = [];
  for (const count of threads) {
    const name = nameOf("gensim", count);
    const compared = resultCalls > 1;
    opened.push(...(await python.open({ suite: "words", kind: "gensim", name, compared, fields: { ...fields, threads: count } })));
  }
  return opened;
}

/** How good vectors are: against what is known of the words, and by the neighbours that trainings agree on. */
async function judge(room: Room, corpus: WordCorpus, source: Source, setting: Setting, runs: number): Promise<Score[]> {
  const trained = new Map<string, Near[]>();
  const backend = await createCpuBackend();
  const near = (vectors: Float32Array): Promise<Near> =>
    findNearest(vectors, setting.vectorSize, comparedWords, comparedNeighbours, backend);
  for (const threads of [1, 2]) {
    const list: Near[] = [];
    for (let seed = 1; seed <= runs; seed++) list.push(await near(await train(room, corpus, setting, threads, seed)));
    trained.set(nameOf("Rowan", threads), list);
  }
  for (const peer of await theirs(room, corpus, setting, [1], Math.max(2, runs))) {
    const result = await unlessFailed(peer.result?.());
    await peer.dispose();
    if (result === undefined) continue;
    const all = Float32Array.from(result);
    const size = corpus.words.length * setting.vectorSize;
    const list: Near[] = [];
    for (let at = 0; at < all.length; at += size) list.push(await near(all.subarray(at, at + size)));
    trained.set("gensim", list);
  }
  backend.dispose();
  return [...truths(trained, corpus, source), ...agreements(trained)];
}

function truths(trained: ReadonlyMap<string, readonly Near[]>, { words }: WordCorpus, { truth }: Pick<Source, "truth">): Score[] {
  if (!truth) return [];
  return Array.from(trained, ([who, list]) => ({
    name: `${who}: neighbours of the same topic`,
    values: list.map((near) => truth(words, near)),
  }));
}

/** Everybody with gensim's trainings; gensim's own with one another are the noise. */
function agreements(trained: ReadonlyMap<string, readonly Near[]>): Score[] {
  const peers = trained.get("gensim");
  if (!peers) return [];
  return Array.from(trained, ([who, list]) => ({
    name: `${who} and gensim: neighbours in common`,
    values: peers.flatMap((one, i) => list.flatMap((other, j) => (list === peers && j <= i ? [] : [agreement(one, other)]))),
  }));
}
