import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError, NotBuiltError, UnknownNameError } from "../errors.ts";
import type { ModelDescription } from "./description.ts";
import { formatSize } from "./format-size.ts";
import type { SummaryOptions } from "./summary-options.ts";
import { summaryText } from "./summary-text.ts";

interface SummaryFixture {
  models: Record<string, ModelDescription>;
  cases: { model: string; options: SummaryOptions; lines: string[] }[];
  sizes: { bytes: number; keras2: string; keras3: string }[];
}

const path = new URL("../../../conformance/fixtures/texts/summaries.json", import.meta.url);
const fixture = JSON.parse(readFileSync(path, "utf8")) as SummaryFixture;

function modelOf(name: string): ModelDescription {
  const model = fixture.models[name];
  if (model === undefined) throw new Error(`the fixture has no model ${name}`);
  return model;
}

describe("summaryText is Keras' text", () => {
  it.each(fixture.cases.map((entry) => [entry.model, JSON.stringify(entry.options), entry] as const))("%s %s", (name, _options, entry) => {
    expect(summaryText(modelOf(name), entry.options)).toBe(`${entry.lines.join("\n")}\n`);
  });

  it("is recorded for enough models of each look", () => {
    for (const style of ["keras2", "keras3"]) {
      expect(fixture.cases.filter((entry) => entry.options.style === style).length).toBeGreaterThanOrEqual(40);
    }
  });

  it("is the page of the tutorial when nothing is asked for", () => {
    expect(summaryText(modelOf("keras2/page"))).toBe(
      [
        'Model: "sequential"',
        "_________________________________________________________________",
        " Layer (type)                Output Shape              Param #   ",
        "=================================================================",
        " embedding (Embedding)       (None, 2, 4)              40        ",
        "                                                                 ",
        "=================================================================",
        "Total params: 40 (160.00 Byte)",
        "Trainable params: 40 (160.00 Byte)",
        "Non-trainable params: 0 (0.00 Byte)",
        "_________________________________________________________________",
        "",
      ].join("\n"),
    );
  });
});

describe("summaryText refuses", () => {
  it("the Keras 2 table of a model that is not built", () => {
    expect(() => summaryText(modelOf("keras3/unbuilt"))).toThrow(NotBuiltError);
  });

  it("a style that does not exist", () => {
    expect(() => summaryText(modelOf("keras2/page"), { style: "keras" as never })).toThrow(UnknownNameError);
  });

  it("columns without room", () => {
    expect(() => summaryText(modelOf("keras2/page"), { lineLength: 8 })).toThrow(InvalidArgumentError);
    expect(() => summaryText(modelOf("keras3/tutorial"), { style: "keras3", columns: 15 })).toThrow(
      "Insufficient console width to print summary",
    );
  });

  it("positions that do not match the columns", () => {
    expect(() => summaryText(modelOf("keras2/page"), { positions: [0.5, 1] })).toThrow(InvalidArgumentError);
    expect(() => summaryText(modelOf("keras3/tutorial"), { style: "keras3", positions: [0.5, 1] })).toThrow(InvalidArgumentError);
  });

  it("a range of layers that do not exist, naming those that do", () => {
    expect(() => summaryText(modelOf("keras2/page"), { layerRange: ["x", "embedding"] })).toThrow("The layers are: embedding.");
  });
});

describe("formatSize", () => {
  it.each(fixture.sizes)("$bytes bytes", ({ bytes, keras2, keras3 }) => {
    expect(formatSize(bytes, "keras2")).toBe(keras2);
    expect(formatSize(bytes, "keras3")).toBe(keras3);
  });
});
