import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { Arena, currentArena, keep, scope } from "./scope.ts";

class Thing {
  disposed = 0;

  constructor() {
    currentArena()?.adopt(this);
  }

  dispose(): void {
    this.disposed++;
  }
}

describe("scope", () => {
  it("frees what was made and not returned", () => {
    const made: Thing[] = [];
    const kept = scope(() => {
      made.push(new Thing());
      return { a: new Thing(), list: [new Thing(), 1, null] };
    });
    expect(made[0]?.disposed).toBe(1);
    expect(kept.a.disposed).toBe(0);
    expect((kept.list[0] as Thing).disposed).toBe(0);
    expect(currentArena()).toBeUndefined();
  });

  it("frees everything when the work fails, and leaves the arena", () => {
    let thing: Thing | undefined;
    const work = (): never => {
      thing = new Thing();
      throw new Error("the fault");
    };
    expect(() => scope(work)).toThrow("the fault");
    expect(thing?.disposed).toBe(1);
    expect(currentArena()).toBeUndefined();
  });

  it("hands what is returned to the scope around it", () => {
    let inner: Thing | undefined;
    scope(() => {
      inner = scope(() => new Thing());
      expect(inner.disposed).toBe(0);
    });
    expect(inner?.disposed).toBe(1);
  });

  it("never takes what it did not make: a weight that is passed through stays with its owner", () => {
    const weight = new Thing();
    scope(() => {
      scope(() => weight);
    });
    expect(weight.disposed).toBe(0);
  });

  it("keep takes a thing out", () => {
    const kept = scope(() => {
      keep(new Thing());
      return [keep(new Thing())];
    });
    expect(kept[0]?.disposed).toBe(0);
  });

  it("refuses asynchronous work", () => {
    expect(() => scope(() => Promise.resolve(1))).toThrow(InvalidArgumentError);
    expect(() => scope(() => Promise.resolve(1))).toThrow(/synchronous function\. Received: one that returned a promise/);
  });
});

describe("Arena", () => {
  it("takes several runs and releases them together, once", () => {
    const arena = new Arena();
    const things = [arena.run(() => new Thing()), arena.run(() => new Thing())];
    expect(arena.disown(things[1] as Thing)).toBe(true);
    expect(arena.disown(new Thing())).toBe(false);
    arena.release();
    arena.release();
    expect(things.map(({ disposed }) => disposed)).toEqual([1, 0]);
  });

  it("brings the outer arena back when the work fails", () => {
    const outer = new Arena();
    outer.run(() => {
      expect(() =>
        new Arena().run(() => {
          throw new Error("x");
        }),
      ).toThrow("x");
      expect(currentArena()).toBe(outer);
    });
  });
});
