import type { Backend, BackendFactory, Capabilities, TensorRef } from "@rowan/api";
import { Session } from "./session.ts";
import { expectClose } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

/** What a case runs on. */
export interface SuiteContext {
  /** The backend under test. */
  readonly backend: Backend;
  /** The reference. */
  readonly naive: Backend;
  /** Makes another backend like the one under test. */
  readonly factory: BackendFactory;
}

/** One behaviour of a backend. Afterwards as many buffers are alive as before. */
export interface Case {
  readonly name: string;
  readonly run: (context: SuiteContext) => void | Promise<void>;
}

/** The cases of one member of the contract. */
export interface Group {
  readonly name: string;
  /** Which cases there are may depend on what the backend can do. */
  readonly cases: (capabilities: Capabilities) => readonly Case[];
}

/** A piece of work with a backend; it returns the tensors whose values count. */
export type Program = (session: Session) => readonly TensorRef[] | Promise<readonly TensorRef[]>;

/**
 * A case that runs a program on the reference and on the backend under test, and compares what comes out.
 *
 * @param name - What the program shows.
 * @param tolerance - How far the values may be apart.
 * @param program - The work; it sees the same random numbers in both runs.
 * @returns The case.
 */
export function sameAsNaive(name: string, tolerance: Tolerance, program: Program): Case {
  return {
    name,
    async run({ backend, naive }) {
      const expected = await outputsOf(naive, name, program);
      const actual = await outputsOf(backend, name, program);
      expected.forEach((values, i) => expectClose(actual[i] ?? [], values, tolerance, `result ${i}`));
    },
  };
}

/**
 * A case that looks at the backend under test alone.
 *
 * @param name - What it shows.
 * @param check - The work, with its expectations; its tensors are freed at the end.
 * @returns The case.
 */
export function onBackend(name: string, check: (session: Session, context: SuiteContext) => void | Promise<void>): Case {
  return {
    name,
    async run(context) {
      const session = new Session(context.backend, name);
      try {
        await check(session, context);
      } finally {
        session.end();
      }
    },
  };
}

async function outputsOf(backend: Backend, seed: string, program: Program): Promise<ArrayLike<number>[]> {
  const session = new Session(backend, seed);
  try {
    const outputs = await program(session);
    return await Promise.all(outputs.map((output) => session.read(output)));
  } finally {
    session.end();
  }
}
