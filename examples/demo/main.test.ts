import { setPrinter } from "@rowan/api";
import { afterEach, expect, test } from "vitest";
import { main } from "./main.ts";

afterEach(() => setPrinter(undefined));

test("does what it says, in order", { timeout: 60_000 }, async () => {
  let printed = "";
  setPrinter({ write: (text) => void (printed += text), dynamic: false, colors: false });
  const { tutorial, accuracy, batch, neighbours } = await main([], "ignore");

  expect(tutorial).toEqual({ rowsCameBack: true, ownRowsCameBack: true });
  expect(accuracy).toBeGreaterThanOrEqual(0.97);
  expect(batch).toEqual({ shape: [2_007_271, 8], verified: true });
  expect(neighbours["whale"]).toContain("whales");
  expect(neighbours["congress"]).toContain("government");

  const heads = [...printed.matchAll(/^\((\w)\) /gm)].map((hit) => hit[1]);
  expect(heads).toEqual(["a", "b", "c", "d", "e"]);
  expect(printed).toContain("embedding (Embedding)");
  expect(printed).toMatch(/1\/1 \[=+\] - /);
  expect(printed.match(/Rows 1 and 2 of the table are what predict returned\./g)).toHaveLength(2);
  expect(printed).toContain("Epoch 3/3");
});
