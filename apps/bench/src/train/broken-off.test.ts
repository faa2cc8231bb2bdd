import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { makeFolder } from "../testing.ts";

const program = fileURLToPath(new URL("../../dist/rowan.js", import.meta.url));

let folder = "";
const given = ["t.csv", "t.txt"];

beforeEach(() => {
  folder = makeFolder();
  const lines = Array.from({ length: 4000 }, (_, i) => `word${i % 500} and word${(i * 7) % 500} or more`);
  writeFileSync(join(folder, "t.txt"), lines.join("\n"));
  writeFileSync(join(folder, "t.csv"), `text,label\n${lines.map((line, i) => `${line},${i % 2}`).join("\n")}\n`);
});

describe.each([
  ["a classifier", ["--text", "t.csv", "--label", "label", "--epochs", "3"], "m.rowan.state/backup.rowan"],
  ["word vectors", ["--text", "t.txt", "--objective", "cbow", "--epochs", "40"], "m.rowan.state"],
] as const)("a training of %s", (_, args, state) => {
  const call = ["train", ...args, "--out", "m.rowan", "--quiet"];

  test.skipIf(process.platform === "win32")("that has no room for its first epoch leaves nothing", () => {
    // The shell's limit stands in for a full disk; the program gets an error in place of a signal.
    const command = [process.execPath, program, ...call].map((word) => `"${word}"`).join(" ");
    const { status, stderr } = spawnSync("bash", ["-c", `trap "" XFSZ; ulimit -f 16; ${command}`], { cwd: folder, encoding: "utf8" });
    expect({ status, stderr }).toEqual({
      status: 5,
      stderr: expect.stringMatching(/^rowan: \S*m\.rowan\.state\S* cannot be written: [^\n]+ Write elsewhere\.\n$/) as string,
    });
    expect(readdirSync(folder)).toEqual(given);
  });

  test("that is killed in its first epoch begins anew with --resume, says so, and leaves nothing else", async () => {
    const child = spawn(process.execPath, [program, ...call], { cwd: folder, stdio: "ignore" });
    const closed = once(child, "close");
    // From here on files are its own, and no epoch is whole for some time.
    while (!existsSync(join(folder, "m.rowan.lock")) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill("SIGKILL");
    expect(await closed).toEqual([null, "SIGKILL"]);
    expect(existsSync(join(folder, state))).toBe(false);
    const again = spawnSync(process.execPath, [program, ...call.slice(0, -1), "--resume"], { cwd: folder, encoding: "utf8" });
    expect(again.status).toBe(0);
    expect(again.stderr).toContain("m.rowan.state has no whole epoch: beginning with the first\n");
    expect(again.stdout).toContain("epoch 1/");
    expect(readdirSync(folder)).toEqual(["m.rowan", ...given]);
  });

  test("that fails later keeps its epochs, says so, and goes on", async () => {
    const child = spawn(process.execPath, [program, ...call], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    const closed = once(child, "close");
    while (!existsSync(join(folder, state)) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
    // What it writes at its end finds its place taken.
    mkdirSync(join(folder, "m.rowan.part"));
    expect(await closed).toEqual([5, null]);
    expect(err).toMatch(/^rowan: .+ The last whole epoch is kept: the same command with --resume goes on behind it\.\n$/);
    expect(readdirSync(folder)).toEqual(["m.rowan.part", "m.rowan.state", ...given]);
    rmSync(join(folder, "m.rowan.part"), { recursive: true });
    const again = spawnSync(process.execPath, [program, ...call.slice(0, -1), "--resume"], { cwd: folder, encoding: "utf8" });
    expect(again.status).toBe(0);
    expect(again.stderr).toMatch(/^going on behind epoch [1-9]\d*\/\d+\n/);
    expect(readdirSync(folder)).toEqual(["m.rowan", ...given]);
  });
});
