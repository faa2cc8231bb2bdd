import { expect, test } from "vitest";
import { UnknownNameError } from "../../errors.ts";
import { layerFromConfig } from "../../layers/index.ts";
import { kerasModule } from "./keras-modules.ts";

/** Layers that Keras does not have: a JSON for Keras calls them classes of the user's own. */
const rowansOwn: readonly string[] = ["EmbeddingBag"];

/** The classes that configurations find, as the error of an unknown one lists them. */
function registeredLayers(): readonly string[] {
  try {
    layerFromConfig({ className: "Abacus", config: {} });
  } catch (error) {
    const list = error instanceof UnknownNameError ? /must be one of (.+?)\. Received/.exec(error.message)?.[1] : undefined;
    if (list !== undefined) return list.split(", ");
    throw error;
  }
  throw new TypeError("a class that is not registered must be refused");
}

test("the list of registered layers is read rightly", () => {
  expect(registeredLayers()).toEqual(expect.arrayContaining(["Dense", "Embedding", ...rowansOwn]));
});

test.each(registeredLayers())("%s is a layer of Keras, or one of Rowan's own", (className) => {
  const module = kerasModule(className, false);
  const remedy = `Name it in keras-modules.ts if Keras has a layer ${className}, so that Keras finds it in a JSON; else in rowansOwn of this test.`;
  expect(module, `${className} must be in one of both lists, and not in both. ${remedy}`).toBe(
    rowansOwn.includes(className) ? undefined : "keras.layers",
  );
});
