import { types } from "./binding.ts";
import type { OpAttribute, TensorFlowBinding } from "./binding.ts";

/** The id of a tensor in the binding. */
export type Id = number;

/** What an attribute of an operation may be, by the form of its value. */
type Attributes = Readonly<Record<string, number | boolean | { readonly type: number } | { readonly shape: readonly number[] } | string>>;

/** Operations of TensorFlow on ids, each of which gives a new id. What is made in `scoped` is deleted at its end. */
export class Operations {
  readonly binding: TensorFlowBinding;
  #temporaries: Set<Id> | undefined;

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
    const [output] = this.binding.executeOp(name, this.#attributes(attributes), inputs, 1);
    return this.#mine((output as { id: Id }).id);
  }

  /** An operation without a result. */
  none(name: string, inputs: readonly Id[], attributes: Attributes): void {
    this.binding.executeOp(name, this.#attributes(attributes), inputs, 0);
  }

  floats(values: readonly number[] | Float32Array, shape: readonly number[] = []): Id {
    return this.#mine(this.binding.createTensor(shape, types.float32, Float32Array.from(values)));
  }

  integers(values: readonly number[] | Int32Array, shape: readonly number[] = [values.length]): Id {
    return this.#mine(this.binding.createTensor(shape, types.int32, Int32Array.from(values)));
  }

  unary(name: string, x: Id, type: number = types.float32): Id {
    return this.one(name, [x], { T: { type } });
  }

  binary(name: string, a: Id, b: Id, type: number = types.float32): Id {
    return this.one(name, [a, b], { T: { type } });
  }

  /** A float and a number. */
  scalar(name: string, a: Id, b: number): Id {
    return this.binary(name, a, this.floats([b]));
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
    const zero = this.cast(this.floats([0]), types.float32, type);
    return this.one("Fill", [this.integers(shape), zero], { T: { type }, index_type: { type: types.int32 } });
  }

  /** Moments that decay end at 0, not at denormal numbers. */
  flush(x: Id): Id {
    return this.select(this.scalar("Less", this.unary("Abs", x), 1e-38), this.floats([0]), x);
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
