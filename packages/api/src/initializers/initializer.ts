import { checkOptions } from "../check-options.ts";
import { ShapeMismatchError } from "../errors.ts";
import { checkSeed, nextSeed, type RandomStream } from "../random/index.ts";
import { formatShape, sizeOf, type Shape } from "../tensor/shape.ts";

/**
 * How the first values of a variable are made.
 *
 * A variable asks once for its seed, when it is created (`resolveSeed`), keeps that number, and then fills its values in as
 * many chunks as it likes, in any order: each value depends only on the seed, the shape and the value's flat index. So a table
 * larger than one buffer gets the same numbers as a small one, and a model that is described before a backend exists gets the
 * numbers that it would have got at once.
 */
export abstract class Initializer {
  /** The name under which a configuration names this class, as in Keras: `"RandomUniform"`. */
  abstract readonly className: string;

  /**
   * Writes part of a variable's first values.
   *
   * @param out - Filled completely with the elements `offset`, `offset + 1`, ... of the variable, in row-major order.
   * @param offset - The flat index of `out[0]` in the variable.
   * @param shape - The shape of the WHOLE variable; float32 values.
   * @param seed - What `resolveSeed` gave for this variable.
   * @throws ShapeMismatchError when this initializer does not take the shape.
   */
  abstract fill(out: Float32Array, offset: number, shape: Shape, seed: number): void;

  /**
   * The options that make an equal initializer again, in camelCase.
   *
   * @returns Plain data; see `serialize` for Keras' `{ className, config }`.
   */
  abstract getConfig(): Record<string, unknown>;

  /**
   * The seed for one variable, to be asked for once when the variable is created.
   *
   * @returns 0 for initializers without randomness, which draw nothing from the global sequence; see `RandomInitializer`.
   */
  resolveSeed(): number {
    return 0;
  }

  /**
   * All values of a variable at once.
   *
   * @param shape - The shape of the variable.
   * @param seed - Default: `resolveSeed()`.
   * @returns `sizeOf(shape)` float32 values in row-major order.
   * @throws ShapeMismatchError when this initializer does not take the shape.
   */
  values(shape: Shape, seed: number = this.resolveSeed()): Float32Array {
    const out = new Float32Array(sizeOf(shape));
    this.fill(out, 0, shape, seed);
    return out;
  }
}

/** Options that every random initializer takes. */
export interface SeedOptions {
  /**
   * An integer from 0 to 2^53 - 1: every variable of one shape then gets the same values, as in Keras. Left out or null: each
   * variable gets a seed of its own, fresh or from the sequence that `setRandomSeed` starts.
   */
  readonly seed?: number | null;
}

/** The base of initializers whose values are random. */
export abstract class RandomInitializer extends Initializer {
  /** The seed that was asked for, or null. */
  readonly seed: number | null;

  constructor(options: SeedOptions = {}) {
    super();
    checkOptions("A random initializer", options, "{ seed: 1 }");
    this.seed = options.seed == null ? null : checkSeed(options.seed);
  }

  /**
   * The seed for one variable.
   *
   * @returns The seed that was asked for, at every call; without one `nextSeed()`, another at every call.
   */
  override resolveSeed(): number {
    return this.seed ?? nextSeed();
  }
}

/**
 * The stream of a variable's first values.
 *
 * @param seed - The variable's seed.
 * @returns The stream.
 */
export function initializerStream(seed: number): RandomStream {
  return { seed, purpose: "initializer" };
}

/**
 * Checks that a variable is a matrix.
 *
 * @param className - The initializer, for the message.
 * @param shape - The variable's shape.
 * @returns Its rows and columns.
 * @throws ShapeMismatchError when the rank is not 2.
 */
export function checkMatrix(className: string, shape: Shape): readonly [rows: number, columns: number] {
  const [rows, columns] = shape;
  if (shape.length === 2 && rows !== undefined && columns !== undefined) return [rows, columns];
  throw new ShapeMismatchError(
    `\`${className}\` makes matrices only: the shape must have rank 2. Received: shape=${formatShape(shape)}. Choose another initializer for this variable.`,
  );
}
