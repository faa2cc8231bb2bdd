import { describe, expect, it } from "vitest";
import { checkOptions, pickOptions } from "./check-options.ts";
import { InvalidArgumentError } from "./errors.ts";

const known = ["batchSize", "epochs", "beta1"];
const check = (options: unknown, names: readonly string[] | undefined = known) => {
  checkOptions("fit", options, "{ epochs: 3 }", names);
};

describe("checkOptions", () => {
  it("takes known names, and nothing", () => {
    expect(() => {
      check({ batchSize: 1, epochs: undefined });
      check({});
    }).not.toThrow();
  });

  it.each<[unknown, RegExp]>([
    [32, /fit takes its options as one object\. Received: 32\. Write \{ epochs: 3 \}\./],
    [null, /Received: null/],
    [[1], /Received: \[1\]/],
    [{ batch_size: 4 }, /in camelCase\. Received: batch_size=4\. Write batchSize\./],
    [{ beta_1: 4 }, /Write beta1\./],
    [{ batchsize: 4 }, /fit has no option `batchsize`\. Received: batchsize=4\. Did you mean batchSize\?/],
    [{ callback: 4 }, /Use one of: batchSize, epochs, beta1\./],
    [{ some_thing: 4 }, /has no option `some_thing`.*Use one of/],
  ])("refuses %j", (options, message) => {
    expect(() => {
      check(options);
    }).toThrow(InvalidArgumentError);
    expect(() => {
      check(options);
    }).toThrow(message);
  });

  it("lets other names pass where the names are not known, except in snake_case", () => {
    expect(() => {
      checkOptions("A layer", { own: 1 }, "{}");
    }).not.toThrow();
    expect(() => {
      checkOptions("A layer", { own_one: 1 }, "{}");
    }).toThrow(/Write ownOne/);
  });

  it("picks the known options of a configuration", () => {
    expect(pickOptions({ epochs: 1, dtype: "float32" }, known)).toEqual({ epochs: 1 });
    expect(pickOptions({ dtype: "float32" })).toEqual({ dtype: "float32" });
  });
});
