import { types } from "./binding.ts";
import type { OpAttribute, TensorFlowBinding } from "./binding.ts";

/** The id of a tensor in the binding. */
export type Id = number;

/** What an attribute of an operation may be, by the form of its value. */
type Attributes = Readonly<Record<string, number | boolean | { readonly type: number } | { readonly shape: readonly number[] } | string>>;

/** More different ones than all rules and activations have. */
const mostConstants = 64;

/** Operations of TensorFlow on ids, each of which gives a new id. What is made in `scoped` is deleted at its end. */
export class Operations {
  readonly binding: TensorFlowBinding;
  #temporaries: Set<Id> | undefined;
  /** A tensor from the host costs as much as an operation on a small one, so numbers that come again and again stay. */
  readonly #constants = new Map<number, Id>();
  /** Of operations whose only attribute is their type. */
  readonly #typed = new Map<number, readonly OpAttribute[]>();

  constructor(binding: TensorFlowBinding) {
    this.binding = binding;
  }

  /** Runs work and deletes every tensor it made, also when it fails, but the ones it takes out by `keep`. */
  scoped<T>(work: () => T): T {
    const outer = this.#temporaries;
    const mine = new Set<Id>();
    this.#temporaries = mine;
    try {
      return work();
    } finally {
      this.#temporaries = outer;
      for (const id of mine) this.binding.deleteTensor(id);
    }
  }

  /** Takes a tensor out of the running scope: somebody else deletes it. */
  keep(id: Id): Id {
    this.#temporaries?.delete(id);
    return id;
  }

  /** An operation with one result. */
  one(name: string, inputs: readonly Id[], attributes: Attributes): Id {
    return this.#run(name, this.#attributes(attributes), inputs);
  }

  /** An operation without a result. */
  none(name: string, inputs: readonly Id[], attributes: Attributes): void {
    this.binding.executeOp(name, this.#attributes(attributes), inputs, 0);
  }

  floats(values: readonly number[] | Float32Array, shape: readonly number[] = []): Id {
    return this.#mine(this.binding.createTensor(shape, types.float32, Float32Array.from(values)));
  }

  /** A number that comes again in each step: the same tensor each time, which nobody deletes. Not for what changes, as step sizes do. */
  constant(value: number): Id {
    const known = this.#constants.get(value);
    if (known !== undefined) return known;
    const id = this.floats([value]);
    if (this.#constants.size < mostConstants) this.#constants.set(value, this.keep(id));
    return id;
  }

  /** Deletes the constants. */
  forgetConstants(): void {
    for (const id of this.#constants.values()) this.binding.deleteTensor(id);
    this.#constants.clear();
  }

  integers(values: readonly number[] | Int32Array, shape: readonly number[] = [values.length]): Id {
    return this.#mine(this.binding.createTensor(shape, types.int32, Int32Array.from(values)));
  }

  unary(name: string, x: Id, type: number = types.float32): Id {
    return this.#run(name, this.#typeOnly(type), [x]);
  }

  binary(name: string, a: Id, b: Id, type: number = types.float32): Id {
    return this.#run(name, this.#typeOnly(type), [a, b]);
  }

  /** A float and a number that comes again in each step. */
  scalar(name: string, a: Id, b: number): Id {
    return this.binary(name, a, this.constant(b));
  }

  /** A float times a number that may be another one in the next step. */
  times(a: Id, factor: number): Id {
    return this.binary("Mul", a, this.floats([factor]));
  }

  reshape(x: Id, shape: readonly number[], type: number): Id {
    return this.one("Reshape", [x, this.integers(shape)], { T: { type }, Tshape: { type: types.int32 } });
  }

  slice(x: Id, begin: readonly number[], size: readonly number[], type: number): Id {
    return this.one("Slice", [x, this.integers(begin), this.integers(size)], { T: { type }, Index: { type: types.int32 } });
  }

  cast(x: Id, from: number, to: number): Id {
    return this.one("Cast", [x], { SrcT: { type: from }, DstT: { type: to }, Truncate: false });
  }

  bitcast(x: Id, from: number, to: number): Id {
    return this.one("Bitcast", [x], { T: { type: from }, type: { type: to } });
  }

  select(condition: Id, a: Id, b: Id, type: number = types.float32): Id {
    return this.one("SelectV2", [condition, a, b], { T: { type } });
  }

  zeros(shape: readonly number[], type: number): Id {
    const zero = type === types.float32 ? this.constant(0) : this.cast(this.constant(0), types.float32, type);
    return this.one("Fill", [this.integers(shape), zero], { T: { type }, index_type: { type: types.int32 } });
  }

  /** Moments that decay end at 0, not at denormal numbers: below 1e-38 the factor is 0, else 1. TensorFlow's comparisons take longer. */
  flush(x: Id): Id {
    const factor = this.unary("Floor", this.scalar("Minimum", this.scalar("Mul", this.unary("Abs", x), 1e38), 1));
    return this.binary("Mul", x, factor);
  }

  #run(name: string, attributes: readonly OpAttribute[], inputs: readonly Id[]): Id {
    const [output] = this.binding.executeOp(name, attributes, inputs, 1);
    return this.#mine((output as { id: Id }).id);
  }

  #typeOnly(type: number): readonly OpAttribute[] {
    let attributes = this.#typed.get(type);
    if (!attributes) this.#typed.set(type, (attributes = this.#attributes({ T: { type } })));
    return attributes;
  }

  #mine(id: Id): Id {
    this.#temporaries?.add(id);
    return id;
  }

  #attributes(attributes: Attributes): OpAttribute[] {
    const { TF_ATTR_BOOL, TF_ATTR_INT, TF_ATTR_SHAPE, TF_ATTR_STRING, TF_ATTR_TYPE } = this.binding;
    return Object.entries(attributes).map(([name, value]) => {
      if (typeof value === "boolean") return { name, type: TF_ATTR_BOOL, value };
      if (typeof value === "number") return { name, type: TF_ATTR_INT, value };
      if (typeof value === "string") return { name, type: TF_ATTR_STRING, value };
      return "type" in value ? { name, type: TF_ATTR_TYPE, value: value.type } : { name, type: TF_ATTR_SHAPE, value: value.shape };
    });
  }
}
