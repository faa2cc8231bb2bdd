/**
 * JSON configurations between Rowan and Keras, in both directions. To write anew what Keras is given to read, after adding a case:
 *
 *     ROWAN_WRITE_FIXTURES=1 npx vitest run packages/conformance/src/config
 *     npm run golden -- config
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { modelFromJson } from "@rowan/api";
import type { ReportStyle, Sequential } from "@rowan/api";
import { configCases } from "./rowan-models.ts";

type Json = Readonly<Record<string, unknown>>;

interface KerasCase {
  readonly name: string;
  readonly config: Json;
  readonly summary: string;
}

/** `written`: Keras' models. `read`: Rowan's models, loaded by Keras, which then wrote them again. */
interface KerasFixture {
  readonly written: readonly KerasCase[];
  readonly read: readonly KerasCase[];
}

const folder = new URL("../../fixtures/config/", import.meta.url);
const load = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const parse = (model: Sequential, style: ReportStyle): Json => JSON.parse(model.toJson({ style })) as Json;

const ours = configCases().map(({ name, model, styles }) => ({
  name,
  model,
  json: Object.fromEntries(styles.map((style) => [style, parse(model, style)])),
}));

if (process.env["ROWAN_WRITE_FIXTURES"] === "1") {
  // As text, since a float that Python must read as one would lose its ".0" here.
  const lines = configCases().map(({ name, model, styles }) => {
    const texts = styles.map((style) => `${JSON.stringify(style)}: ${model.toJson({ style })}`);
    return `  {"name": ${JSON.stringify(name)}, ${texts.join(", ")}}`;
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    new URL("rowan.json", folder),
    `{\n "about": "What Rowan writes, for Keras to read: packages/conformance/src/config/config.test.ts",\n "cases": [\n${lines.join(",\n")}\n ]\n}\n`,
  );
}

/** Keys that one side writes and the other need not: they repeat what is known, or say that nothing special is asked for. */
const silent: ReadonlySet<string> = new Set([
  "backend",
  "batch_input_shape",
  "build_config",
  "dtype",
  "input_axes",
  "input_length",
  "keras_version",
  "module",
  "optional",
  "output_axes",
  "registered_name",
  "rowan_config",
]);

/** What a configuration says, with numbers in float32, where Keras keeps rates and coefficients. */
function essence(value: unknown, owner = ""): unknown {
  if (typeof value === "number") return Math.fround(value);
  // Keras 2 has one function under two names.
  if (value === "swish") return "silu";
  if (Array.isArray(value)) {
    // What is compiled for each output, of which there is one.
    if (owner === "loss" || (owner === "metrics" && Array.isArray(value[0]))) return essence(value[0], owner);
    return value.map((element: unknown) => essence(element, owner));
  }
  if (typeof value !== "object" || value === null) return value;
  const { class_name: className, config } = value as Json;
  if (className === "function") return config;
  const entries = Object.entries(value)
    .filter(([key, inner]) => inner !== null && !isSilent(key, owner))
    .map(([key, inner]) => [key, essence(inner, key === "config" ? String(className) : key)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => !isEmpty(inner)));
}

/** A norm's axis and a pooling's data format are options; elsewhere these keys have one value. */
function isSilent(key: string, owner: string): boolean {
  if (key === "axis") return !owner.endsWith("Norm");
  // Keras 3 takes it, but does not write it.
  if (key === "gain") return true;
  return silent.has(key) || (key === "data_format" && owner === "Flatten");
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function summaryOf(model: Sequential, style: ReportStyle): string {
  return model.summaryText({ style, lineLength: 80 }).trimEnd();
}

describe.each(["keras3", "keras2"] as const)("configurations of %s", (style) => {
  const fixture = load(`${style}.json`) as KerasFixture;
  const read = fixture.written.filter(({ config }) => !JSON.stringify(config).includes('"hard_sigmoid"') || style === "keras3");

  it.each(read)("load: $name", ({ config, summary }) => {
    const model = modelFromJson(JSON.stringify(config));
    expect(summaryOf(model, style)).toBe(summary.trimEnd());
    expect(essence(parse(model, style))).toEqual(essence(config));
  });

  it.each(fixture.read)("are written so that Keras loads them: $name", ({ name, config, summary }) => {
    const { model, json } = ours.find((item) => item.name === name) as (typeof ours)[number];
    expect(summaryOf(model, style)).toBe(summary.trimEnd());
    expect(essence(config)).toEqual(essence(json[style]));
  });

  it.each(ours.filter(({ json }) => style in json))("load again what was written: $name", ({ json }) => {
    const again = modelFromJson(json[style] as Json);
    expect(parse(again, style)).toEqual(json[style]);
  });

  it("cover every model that was written", () => {
    const written = (load("rowan.json") as { readonly cases: readonly Json[] }).cases;
    expect(written).toEqual(ours.map(({ name, json }) => ({ name, ...json })));
    expect(fixture.read.map(({ name }) => name)).toEqual(ours.filter(({ json }) => style in json).map(({ name }) => name));
    expect(fixture.written.length).toBeGreaterThan(40);
  });
});
