import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { lengths } from "./sizes.ts";
import { exact } from "./tolerance.ts";

/** `cast` between any two dtypes, of values that both hold: there is one right answer. */
export const cast: Group = {
  name: "cast",
  cases: ({ dtypes }) => [
    ...dtypes.flatMap((from) =>
      dtypes.map((to) =>
        sameAsNaive(`${from} to ${to}`, exact, (session) => {
          const unsigned = [from, to].some((dtype) => dtype === "uint8" || dtype === "bool");
          const [low, high] = from === "bool" ? [0, 1] : [unsigned ? 0 : -128, 127];
          return lengths.map((length) => {
            const values = session.random.integers(length, low, high).map((value, i) => (i % 3 === 0 ? 0 : value));
            return session.keep(session.backend.cast(session.tensor(values, [length], from), to), [length], to);
          });
        }),
      ),
    ),
    sameAsNaive("float32 to integers truncates toward zero", exact, (session) => {
      const values = [0.9, -0.9, 1.5, -1.5, 2.999, -2.999, 0, -0, 100.5, 1.2e-38];
      const signed = session.tensor(values, [values.length]);
      const positive = session.tensor(values.map(Math.abs), [values.length]);
      return dtypes
        .filter((dtype) => dtype === "int32" || dtype === "int8" || dtype === "uint8")
        .map((dtype) => session.keep(session.backend.cast(dtype === "uint8" ? positive : signed, dtype), [values.length], dtype));
    }),
    sameAsNaive("float32 to bool: everything but 0 is true", exact, (session) => {
      const x = session.tensor([0, -0, 1, -1, 0.25, Number.NaN, Infinity, -Infinity, 1e-30], [9]);
      return [session.keep(session.backend.cast(x, "bool"), [9], "bool")];
    }),
    sameAsNaive("int32 to float32 rounds to the nearest", exact, (session) => {
      const x = session.ids([16_777_217, -16_777_219, 2_147_483_647, -2_147_483_648, 123_456_789]);
      return [session.keep(session.backend.cast(x, "float32"), [5])];
    }),
    sameAsNaive("float32 to int32 up to the largest whole numbers", exact, (session) => {
      const x = session.tensor([16_777_216, -16_777_216, 2_147_483_520, -2_147_483_648], [4]);
      return [session.keep(session.backend.cast(x, "int32"), [4], "int32")];
    }),
    sameAsNaive("float32 to integers saturates, and not-a-number is 0", exact, (session) => {
      const x = session.tensor([3e9, -3e9, 1e38, Infinity, -Infinity, Number.NaN, 300, -300, 2_147_483_648, 127.9, -128.9], [11]);
      return dtypes
        .filter((dtype) => dtype === "int32" || dtype === "int8" || dtype === "uint8")
        .map((dtype) => session.keep(session.backend.cast(x, dtype), [11], dtype));
    }),
    sameAsNaive("to the same dtype is a copy", exact, (session) => {
      const x = session.floats([5]);
      const copy = session.keep(session.backend.cast(x, "float32"), [5]);
      session.backend.write(x, new Float32Array(5), 0);
      return [copy, x];
    }),
  ],
};
