import { Adam, EmbeddingTable, GradientTape, ops, setBackend, tensor } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";

const users = 60;
const films = 40;

/** How much a user likes a film: two tastes of each, made up. */
function rating(user: number, film: number): number {
  return Math.sin(user) * Math.cos(film) + Math.sin(2 * user + 1) * Math.sin(3 * film);
}

interface Pair {
  readonly user: number;
  readonly film: number;
}

/** Every fifth rating is held out, of each user and of each film. */
function isHeld({ user, film }: Pair): boolean {
  return (user + 2 * film) % 5 === 0;
}

/** What the loop learned. */
export interface LoopResult {
  /** The mean squared error of each step, before its update. */
  readonly losses: readonly number[];
  /** The mean squared error over ratings that no step has seen. */
  readonly unseen: number;
}

/** A training loop of one's own: two tables, of users and of films, whose dot product shall be the rating. */
export async function main(): Promise<LoopResult> {
  setBackend(await createCpuBackend());
  const userTable = EmbeddingTable.create({ inputDim: users, outputDim: 4, seed: 1, name: "users" });
  const filmTable = EmbeddingTable.create({ inputDim: films, outputDim: 4, seed: 2, name: "films" });
  const variables = [userTable.variable, filmTable.variable];
  const optimizer = new Adam({ learningRate: 0.02 });

  const pairs = Array.from({ length: users * films }, (_, i): Pair => ({ user: i % users, film: Math.floor(i / users) }));
  const [held, seen] = [pairs.filter(isHeld), pairs.filter((pair) => !isHeld(pair))];
  const losses: number[] = [];
  for (let step = 0; step < 400; step++) {
    const batch = seen.filter((_, i) => i % 8 === step % 8);
    // What is made while the tape records belongs to the tape.
    const tape = new GradientTape();
    const loss = tape.record(() => {
      const user = ops.lookup(userTable, tensor(Int32Array.from(batch, (pair) => pair.user)));
      const film = ops.lookup(filmTable, tensor(Int32Array.from(batch, (pair) => pair.film)));
      const wanted = tensor(Float32Array.from(batch, (pair) => rating(pair.user, pair.film)));
      return ops.mean(ops.square(ops.subtract(ops.sum(ops.multiply(user, film), 1), wanted)));
    });
    const gradients = tape.gradient(loss, variables);
    await optimizer.apply(gradients, variables);
    losses.push((await loss.read()).item());
    tape.dispose();
  }

  const [userRows, filmRows] = await Promise.all([userTable.read(), filmTable.read()]);
  const errors = held.map(({ user, film }) => {
    let product = 0;
    for (let k = 0; k < 4; k++) product += userRows.at(user, k) * filmRows.at(film, k);
    return (product - rating(user, film)) ** 2;
  });
  const unseen = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  console.log(
    `Mean squared error: ${(losses[0] as number).toFixed(3)} before, ${(losses.at(-1) as number).toFixed(4)} after, ${unseen.toFixed(4)} on unseen ratings`,
  );
  return { losses, unseen };
}
