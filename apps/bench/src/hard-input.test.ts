import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { makeFolder, writeNpy } from "./testing.ts";
import type { Run } from "./testing.ts";

/** The built program, as people and scripts call it. */
const program = fileURLToPath(new URL("../dist/rowan.js", import.meta.url));

let folder = "";
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = makeFolder();
  writeFileSync(at("v.txt"), "5 2\n[UNK] 0 0\nwhale 1 2\nship 4 5\nnaïve 7 8\n鯨 1 1\n");
  writeFileSync(at("ids.txt"), "1\n2\n");
});

/** A line of bash; `rowan` in it is the program. */
function shell(line: string): Run {
  const script = `rowan() { "${process.execPath}" "${program}" "$@"; }; ${line}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", script], { cwd: folder, encoding: "utf8" });
  return { status: status ?? -1, out: stdout, err: stderr };
}

const lookup = "rowan lookup --table v.txt --ids";

describe("files as they come", () => {
  test.each(["empty.txt", "empty.csv", "empty.jsonl"])("%s gives no rows, in every format", (name) => {
    writeFileSync(at(name), "");
    for (const out of ["r.npy", "r.jsonl", "r.parquet", "r.arrow"]) {
      expect(shell(`${lookup} ${name} --out ${out} --quiet`)).toEqual({ status: 0, out: "", err: "" });
      expect(existsSync(at(out))).toBe(true);
    }
    expect(readFileSync(at("r.npy"), "latin1")).toContain("'shape': (0, 2)");
  });

  test("a head alone, line ends of Windows, a mark at the beginning, words of any script, blanks in names", () => {
    writeFileSync(at("head.csv"), "\ufeffid,name\r\n");
    expect(shell(`${lookup} head.csv --column id --out -`)).toEqual({ status: 0, out: "", err: "" });
    writeFileSync(at("a b.csv"), "\ufeffid,name\r\n1,鯨\r\n2,naïve\r\n");
    expect(shell(`${lookup} 'a b.csv' --column id --out -`)).toEqual({ status: 0, out: "[1,2]\n[4,5]\n", err: "" });
    expect(shell(`${lookup} 'a b.csv' --column name --words --out 'ü r.jsonl' --quiet && cat 'ü r.jsonl'`).out).toBe("[1,1]\n[7,8]\n");
    writeFileSync(at("w.txt"), "\ufeff2\r\n1\r\n");
    expect(shell(`${lookup} w.txt --out -`).out).toBe("[4,5]\n[1,2]\n");
  });

  test("tables and ids come out of pipes", () => {
    expect(shell(`rowan lookup --table <(cat v.txt) --ids <(cat ids.txt) --out -`)).toEqual({ status: 0, out: "[1,2]\n[4,5]\n", err: "" });
    expect(shell(`rowan convert v.txt v.rowan --quiet && rowan inspect <(cat v.rowan)`).out).toContain("5 rows of 2 values, with words");
    expect(
      shell(`printf 'text,label\\na b,1\\nc,0\\n' | rowan train --text - --label label --epochs 1 --validation 0 --out c.rowan`).out,
    ).toContain("2 texts, 2 labels");
    expect(shell(`printf 'a b a\\n%.0s' {1..30} | rowan train --text - --objective cbow --out w.rowan --json`)).toMatchObject({
      status: 0,
      err: "",
    });
  });
});

describe("results for programs", () => {
  test("a summary goes where no vectors go, in one line of JSON", () => {
    const { out, err } = shell(`${lookup} ids.txt --out - --json`);
    expect(out).toBe("[1,2]\n[4,5]\n");
    expect(JSON.parse(err)).toMatchObject({ rows: 2, out: "-" });
    expect(JSON.parse(shell(`${lookup} - --out r.npy --json < ids.txt`).out)).toMatchObject({ rows: 2, out: "r.npy" });
    expect(JSON.parse(shell("rowan encode v.txt --text whale --json 2>&1 > /dev/null").out)).toMatchObject({ texts: 1 });
  });

  test("an existing file is replaced, and stays where the run fails", () => {
    writeFileSync(at("r.jsonl"), "old");
    expect(shell(`echo 9 | ${lookup} - --out r.jsonl`).status).toBe(4);
    expect(readFileSync(at("r.jsonl"), "utf8")).toBe("old");
    expect(shell(`${lookup} ids.txt --out r.jsonl`).status).toBe(0);
    expect(readFileSync(at("r.jsonl"), "utf8")).toBe("[1,2]\n[4,5]\n");
  });
});

test.each([
  ["rowan lookup --table v.txt --ids ids.txt --out no/where/r.npy", 5, "no/where does not exist."],
  ["rowan encode v.txt --in ids.txt --out no/where/r.npy", 5, "no/where does not exist."],
  ["rowan train --text ids.txt --objective cbow --out no/v.rowan", 5, "no does not exist."],
  ["rowan train --text ids.txt --objective cbow --out v.rowan --curve no/c.json", 5, "no does not exist."],
  ["rowan convert v.txt no/v.npy", 5, "no does not exist."],
  ["rowan plot v.txt --out no/v.svg", 5, "no does not exist."],
  ["rowan bench lookup --quick --json no/b.json", 5, "no does not exist."],
  ["rowan bench batch --quick --folder no", 5, "no does not exist."],
  ["rowan lookup --table v.txt --ids ids.txt --out dir.npy", 5, "dir.npy must be a file. Received: a folder."],
  ["rowan lookup --table dir.npy --ids ids.txt --out r.npy", 5, "dir.npy must be a file. Received: a folder."],
  ["rowan inspect dir.npy", 5, "dir.npy must be a file. Received: a folder."],
  ["rowan lookup --table v.txt --tensor t --ids ids.txt --out r.npy", 2, "--tensor is for files with several arrays."],
  ["rowan train --text no.csv --label label --out m.rowan", 5, "no.csv does not exist."],
  ["rowan train --text no.txt --objective cbow --out m.rowan", 5, "no.txt does not exist."],
  ["rowan train --text ids.txt --objective cbow --out m.rowan", 3, "Use more text, or a smaller --min-count."],
  ["rowan train --text two.csv --label sentiment --out m.rowan", 3, "must have the columns text and sentiment. Received: id, text."],
  ["rowan convert v.txt v.foo", 2, "must end with .rowan, .npy,"],
  ["rowan convert v.txt v.rowan.gz", 2, "a checkpoint cannot be packed."],
  [
    "rowan convert v.txt v.npy --quiet && rowan convert v.npy w.txt",
    2,
    "w.txt needs a word for each row. Received: a table without words.",
  ],
  ["rowan lookup --table v.txt --ids many.txt --out /dev/stdout | head -n 1 > /dev/null", 5, "/dev/stdout was closed by its reader"],
  [
    "echo 7 | rowan lookup --table v.txt --ids - --out r.npy",
    4,
    "Received: 7 in line 1, column 1 (too large); 1 of the first 1 id is invalid.",
  ],
  [
    "rowan train --text twice.csv --label label --out m.rowan",
    3,
    'twice.csv must have the column "text" once. Received: 2 columns of that name.',
  ],
  ["rowan bench nosuite", 2, "a suite must be one of"],
  ["printf 'a 1 2\\nb 1 x' > two.csv; rowan inspect two.csv", 3, "Correct it, or pass --skip-bad-lines to go on"],
  ["printf 'a 1 2\\nb 1 x' > two.csv; rowan encode two.csv --text a", 3, "or run rowan convert two.csv ANOTHER --skip-bad-lines to go on"],
  ["rowan lookup --table v.txt --ids ids.txt --out r.npy --threads 257", 2, "It must be an integer from 1 to 256."],
])("%s: one line, and nothing is left", (line, expected, message) => {
  mkdirSync(at("dir.npy"));
  writeFileSync(at("two.csv"), "id,text\n1,a\n");
  writeFileSync(at("twice.csv"), "text,text,label\na,b,x\nc,d,y\n");
  writeFileSync(at("many.txt"), "1\n".repeat(100_000));
  const { status, err } = shell(line);
  expect({ status, err }).toEqual({ status: expected, err: expect.stringContaining(message) as string });
  expect(err).toMatch(/^rowan: [^\n]+\n$/);
  expect(
    readdirSync(folder)
      .filter((name) => name !== "v.npy")
      .sort(),
  ).toEqual(["dir.npy", "ids.txt", "many.txt", "twice.csv", "two.csv", "v.txt"]);
});

test.each([NaN, Infinity])("a weight of %s is refused where it stands", (value) => {
  writeNpy(at("bags.npy"), "<i4", [2, 2], Int32Array.of(1, 2, 3, 4));
  writeNpy(at("w.npy"), "<f4", [2, 2], Float32Array.of(1, 1, value, 1));
  writeNpy(at("w8.npy"), "<f8", [2, 2], Float64Array.of(1, 1, value, 1));
  for (const weights of ["w.npy", "w8.npy"]) {
    const { status, err } = shell(`${lookup} bags.npy --mode sum --weights ${weights} --out r.npy`);
    expect(status).toBe(3);
    expect(err).toMatch(/^rowan: The weights in [^\n]+ must be finite numbers\. Received: (NaN|Infinity) at position \[1, 0\][^\n]+\n$/);
    expect(existsSync(at("r.npy"))).toBe(false);
  }
});

test("a training says how many texts it held back", () => {
  writeFileSync(at("c.csv"), "text,label\na b,x\nc d,y\ne f,x\n");
  expect(shell("rowan train --text c.csv --label label --epochs 1 --out c.rowan").out).toContain(
    "3 texts, 2 labels, 6 words, 1 text held back",
  );
});

test("notes of a training that are damaged are refused, and what helps is said", () => {
  writeFileSync(at("c.csv"), "text,label\na b,x\nc d,y\ne f,x\n");
  mkdirSync(at("c.rowan.state"));
  writeFileSync(at("c.rowan.state/notes.json"), "junk");
  expect(shell("rowan train --text c.csv --label label --epochs 1 --out c.rowan --resume")).toMatchObject({
    status: 3,
    err: expect.stringMatching(/^rowan: [^\n]+ Leave --resume out to begin anew\.\n$/) as string,
  });
});

test.skipIf(process.platform === "win32")(
  "of two runs that write one file the later one's is whole, and the other one says why it has none",
  () => {
    const { status, out, err } = shell(`mkfifo slow
    ${lookup} slow --out r.jsonl & first=$!
    exec 3> slow
    until [ -e r.jsonl.part ]; do sleep 0.02; done
    ${lookup} ids.txt --out r.jsonl --quiet
    echo 3 >&3; exec 3>&-
    wait $first; code=$?; cat r.jsonl; exit $code`);
    expect({ status, out }).toEqual({ status: 5, out: "[1,2]\n[4,5]\n" });
    expect(err).toBe("rowan: r.jsonl cannot be written: another run writes it, too. Wait for its end, or write elsewhere.\n");
  },
);

test.skipIf(process.platform === "win32")("two runs do not go on with one file, unless the first was killed", () => {
  const { status, out, err } = shell(`mkfifo slow
    ${lookup} slow --out r.jsonl --resume --quiet & first=$!
    exec 3> slow
    until [ -e r.jsonl.part ]; do sleep 0.02; done
    ${lookup} ids.txt --out r.jsonl --resume; echo $?
    echo 3 >&3; exec 3>&-
    wait $first; code=$?; cat r.jsonl
    sleep 0 & gone=$!; wait $gone; echo $gone > r.jsonl.lock
    ${lookup} ids.txt --out r.jsonl --resume --quiet; echo $?; ls; exit $code`);
  expect(err).toMatch(/^rowan: r\.jsonl must be written by one run at a time\. Received: another one, process \d+\.[^\n]+\n$/);
  expect({ status, out }).toEqual({ status: 0, out: "3\n[7,8]\n0\nids.txt\nr.jsonl\nslow\nv.txt\n" });
});

test.skipIf(process.platform === "win32")("two trainings do not share an output, and what they keep beside it", () => {
  const train = "rowan train --objective cbow --min-count 1 --epochs 1 --vector-size 4 --quiet --out w.rowan --text";
  const { status, out, err } = shell(`echo "a b a b" > text.txt; mkfifo slow
    ${train} slow & first=$!
    exec 3> slow
    until [ -e w.rowan.lock ]; do sleep 0.02; done
    ${train} text.txt; echo $?
    echo "c d c d" >&3; exec 3>&-
    wait $first; code=$?; ls w*; exit $code`);
  expect(err).toMatch(/^rowan: w\.rowan must be written by one run at a time\. Received: another one, process \d+\.[^\n]+\n$/);
  expect({ status, out }).toEqual({ status: 0, out: "3\nw.rowan\n" });
});
