import { pickOptions } from "../check-options.ts";
import { lookupName } from "../names.ts";
import { readSerialized, type Serialized } from "../serialized.ts";
import { Constant, Identity, Ones, Zeros } from "./constant.ts";
import { Initializer } from "./initializer.ts";
import { RandomNormal, RandomUniform, TruncatedNormal } from "./random.ts";
import { GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform } from "./scaled.ts";
import { VarianceScaling } from "./variance-scaling.ts";

/** An initializer, its name in camelCase, PascalCase or snake_case, or what `serialize` or Keras wrote. */
export type InitializerIdentifier = Initializer | string | Serialized | { readonly class_name: string; readonly config?: object };

interface InitializerClass {
  new (options: Readonly<Record<string, unknown>>): Initializer;
  readonly optionNames: readonly string[];
}

const initializers: ReadonlyMap<string, InitializerClass> = new Map<string, InitializerClass>([
  ["zeros", Zeros],
  ["ones", Ones],
  ["constant", Constant],
  ["identity", Identity],
  ["randomUniform", RandomUniform],
  ["randomNormal", RandomNormal],
  ["truncatedNormal", TruncatedNormal],
  ["varianceScaling", VarianceScaling],
  ["glorotUniform", GlorotUniform],
  ["glorotNormal", GlorotNormal],
  ["heUniform", HeUniform],
  ["heNormal", HeNormal],
  ["lecunUniform", LecunUniform],
  ["lecunNormal", LecunNormal],
  ["uniform", RandomUniform],
  ["normal", RandomNormal],
  ["zero", Zeros],
  ["one", Ones],
  ["identityInitializer", Identity],
  ["xavierUniform", GlorotUniform],
  ["kaimingUniform", HeUniform],
]);

/**
 * The initializer that is meant.
 *
 * @param identifier - An initializer (returned as it is), a name such as `"uniform"` or `"glorot_uniform"`, or a configuration.
 * @returns The initializer; a name gives Keras' defaults.
 * @throws UnknownNameError when there is no initializer of that name.
 * @throws InvalidArgumentError when the identifier is none of these, or an option is out of range.
 */
export function getInitializer(identifier: InitializerIdentifier): Initializer {
  if (identifier instanceof Initializer) return identifier;
  const { className, config } =
    typeof identifier === "string" ? { className: identifier, config: {} } : readSerialized("initializer", identifier);
  const found = lookupName("initializer", className, initializers);
  return new found(pickOptions(config, found.optionNames));
}
