import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  BackendUnavailableError,
  InvalidArgumentError,
  defaultBackend,
  findDefaultBackend,
  registerBackend,
  registeredBackends,
  selectBackend,
  setBackend,
} from "@rowan/api";
import type { Backend, BackendFactory } from "@rowan/api";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";

/** Names are taken for good: each test has its own. */
let name: string;
let count = 0;

beforeEach(() => {
  name = `test-${++count}`;
  setBackend(undefined);
});

const spiedFactory = (): ReturnType<typeof vi.fn<BackendFactory>> => vi.fn<BackendFactory>(createNaiveBackend);

const failureOf = async (work: Promise<unknown>): Promise<Error> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new TypeError("an Error was expected");
};

describe("registerBackend", () => {
  test("makes nothing, and the name is listed once", () => {
    const factory = spiedFactory();
    const before = registeredBackends();
    registerBackend(name, factory);
    registerBackend(name, factory);
    expect(registeredBackends()).toEqual([...before, name]);
    expect(factory).not.toHaveBeenCalled();
    expect(findDefaultBackend()).toBeUndefined();
  });

  test("refuses a name that another factory has, and keeps the first", async () => {
    const [first, second] = [spiedFactory(), spiedFactory()];
    registerBackend(name, first);
    expect(() => registerBackend(name, second)).toThrow(InvalidArgumentError);
    expect(() => registerBackend(name, second)).toThrow(`A backend named "${name}" is registered already.`);
    await selectBackend(name);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 0]);
  });

  test.each([[""], [3], [undefined]])("refuses the name %j", (wrong) => {
    expect(() => registerBackend(wrong as string, spiedFactory())).toThrow(/`name` must be a non-empty string\. Received: name=/);
  });

  test("refuses a backend in place of its factory", async () => {
    const backend = await createNaiveBackend();
    expect(() => registerBackend(name, backend as never)).toThrow(/`factory` must be a function.*Pass the factory itself, not its result/);
    expect(registeredBackends()).not.toContain(name);
  });
});

describe("selectBackend", () => {
  test("makes the backend once, also for calls at the same time, and sets it as the default", async () => {
    const factory = spiedFactory();
    registerBackend(name, factory);
    const [a, b] = await Promise.all([selectBackend(name), selectBackend(name)]);
    setBackend(undefined);
    const c = await selectBackend(name);
    expect(b).toBe(a);
    expect(c).toBe(a);
    expect(defaultBackend()).toBe(a);
    expect(factory).toHaveBeenCalledTimes(1);
  });

  test("a backend whose device was lost is made again, once", async () => {
    let isLost = false;
    const first: Backend = Object.defineProperty(await createNaiveBackend(), "isLost", { get: () => isLost });
    const factory = spiedFactory().mockResolvedValueOnce(first);
    registerBackend(name, factory);
    expect(await selectBackend(name)).toBe(first);
    expect(await selectBackend(name)).toBe(first);
    isLost = true;
    const [a, b] = await Promise.all([selectBackend(name), selectBackend(name)]);
    expect(a).not.toBe(first);
    expect(b).toBe(a);
    expect(factory).toHaveBeenCalledTimes(2);
  });

  test("a factory that fails is an error with its cause; the default stays, and a later start may succeed", async () => {
    const fault = new Error("the device is asleep");
    const factory = spiedFactory().mockRejectedValueOnce(fault);
    registerBackend(name, factory);
    const present = await createNaiveBackend();
    setBackend(present);
    const error = await failureOf(selectBackend(name));
    expect(error).toBeInstanceOf(BackendUnavailableError);
    expect(error.message).toBe(`The backend "${name}" could not be made: the device is asleep`);
    expect(error.cause).toBe(fault);
    expect(defaultBackend()).toBe(present);
    const made = await selectBackend(name);
    expect(defaultBackend()).toBe(made);
    expect(made).not.toBe(present);
    expect(factory).toHaveBeenCalledTimes(2);
  });

  test("what a factory throws at once, and what is no Error, are reasons too", async () => {
    registerBackend(
      name,
      vi.fn<BackendFactory>(() => {
        // A factory of the user's own may throw whatever it likes.
        throw "no luck" as unknown as Error;
      }),
    );
    const error = await failureOf(selectBackend(name));
    expect(error).toBeInstanceOf(BackendUnavailableError);
    expect(error).toMatchObject({ message: `The backend "${name}" could not be made: no luck`, cause: "no luck" });
  });

  test("a factory's own BackendUnavailableError comes through as it is", async () => {
    const own = new BackendUnavailableError("This backend needs a GPU. Use another.");
    registerBackend(name, spiedFactory().mockRejectedValue(own));
    expect(await failureOf(selectBackend(name))).toBe(own);
  });

  test("an unknown name lists the registered ones", async () => {
    registerBackend(name, spiedFactory());
    const error = await failureOf(selectBackend("abacus"));
    expect(error).toBeInstanceOf(BackendUnavailableError);
    expect(error.message).toBe(`No backend named "abacus" is registered. Registered: ${registeredBackends().join(", ")}.`);
    expect(error.message).toContain(name);
  });

  test("without any registered, it says what to call", async () => {
    vi.resetModules();
    const fresh = await import("@rowan/api");
    expect(fresh.registeredBackends()).toEqual([]);
    await expect(fresh.selectBackend("cpu")).rejects.toThrow(
      'No backend named "cpu" is registered. Call registerBackend(name, factory) first.',
    );
  });
});

describe("setBackend", () => {
  test("takes a backend, and undefined unsets it", async () => {
    const backend = await createNaiveBackend();
    setBackend(backend);
    expect([defaultBackend(), findDefaultBackend()]).toEqual([backend, backend]);
    setBackend(undefined);
    expect(findDefaultBackend()).toBeUndefined();
    expect(() => defaultBackend()).toThrow(BackendUnavailableError);
  });

  test.each<[string, () => unknown]>([
    ["a promise of a backend", () => createNaiveBackend()],
    ["a factory", () => createNaiveBackend],
    ["a name", () => "cpu"],
    ["null", () => null],
    ["an empty object", () => ({})],
  ])("refuses %s, and keeps what was set", async (_what, wrong) => {
    const backend = await createNaiveBackend();
    setBackend(backend);
    expect(() => setBackend(wrong() as Backend)).toThrow(InvalidArgumentError);
    expect(() => setBackend(wrong() as Backend)).toThrow(
      /`backend` must be a backend\. Received: .+write setBackend\(await createCpuBackend\(\)\)/,
    );
    expect(defaultBackend()).toBe(backend);
  });
});
