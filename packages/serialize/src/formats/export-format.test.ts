import { expect, test } from "vitest";
import { exportEndings, exportFormatOf, exportFormats } from "./export-format.ts";

test("each ending says its format, packed too and whatever its case", () => {
  for (const [ending, format] of Object.entries(exportEndings)) {
    for (const path of [`a.${ending}`, `some.folder/a.b.${ending}.gz`, `A.${ending.toUpperCase()}`]) {
      expect([path, exportFormatOf(path)]).toEqual([path, format]);
    }
  }
});

test("what says no format", () => {
  for (const path of ["", "npy", "a.rowan", "a.gz", "a.npy.zip", "a.constructor"])
    expect([path, exportFormatOf(path)]).toEqual([path, undefined]);
});

test("every format has an ending, but GloVe's, whose text ends as word2vec's does", () => {
  const said = new Set(Object.values(exportEndings));
  expect(exportFormats.filter((format) => !said.has(format))).toEqual(["glove"]);
});
