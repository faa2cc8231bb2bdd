import { readFileSync } from "node:fs";
import { setPrinter } from "@rowan/api";
import { expect, test, vi } from "vitest";
import { main } from "./main.ts";

/** How long a step takes is the only thing that differs between two runs; editors take the blanks at the ends of a page's lines away. */
function withoutTimes(text: string): string {
  return text.replace(/\d+s \d+[mu]?s\/step/g, "TIME").replace(/ +$/gm, "");
}

test("prints the page that the docs show beside Keras' own", async () => {
  let printed = "";
  const write = (text: string): void => void (printed += text);
  setPrinter({ write, dynamic: false, colors: false });
  vi.spyOn(console, "log").mockImplementation((line: string) => write(`${line}\n`));
  try {
    await main();
  } finally {
    setPrinter(undefined);
  }
  const page = readFileSync(new URL("../../docs/tutorial.md", import.meta.url), "utf8");
  const [keras = "", rowan = ""] = [...page.matchAll(/```text\n([^]*?)```/g)].map((hit) => withoutTimes(hit[1] ?? ""));
  expect(withoutTimes(printed)).toBe(rowan);
  expect(rowan).toBe(keras);
});
