import { BackendUnavailableError, InvalidArgumentError, describeValue } from "../errors.ts";
import type { Backend } from "./backend.ts";
import type { BackendFactory, BackendOutlook } from "./hardware.ts";

const factories = new Map<string, BackendFactory>();
const outlooks = new Map<string, BackendOutlook>();
/** What was made, and whether somebody uses it. */
const made = new Map<string, { readonly backend: Promise<Backend>; held: boolean }>();
let active: Backend | undefined;

/**
 * Names a way to make a backend. Nothing is loaded before it is selected.
 *
 * @param name - The name that `selectBackend` will take.
 * @param factory - Makes the backend; called at most once.
 * @param outlook - What is known before it is made; the factory's own `outlook` when left out.
 * @throws InvalidArgumentError when the name is taken by another factory.
 */
export function registerBackend(name: string, factory: BackendFactory, outlook?: BackendOutlook): void {
  if (typeof name !== "string" || name === "")
    throw new InvalidArgumentError(`\`name\` must be a non-empty string. Received: name=${describeValue(name)}.`);
  if (typeof factory !== "function") {
    throw new InvalidArgumentError(
      `\`factory\` must be a function that makes a backend. Received: factory=${describeValue(factory)}. Pass the factory itself, not its result.`,
    );
  }
  const known = factories.get(name);
  if (known && known !== factory) {
    throw new InvalidArgumentError(`A backend named "${name}" is registered already. Choose another name, or register it once.`);
  }
  factories.set(name, factory);
  const view = outlook ?? factory.outlook;
  if (view !== undefined) outlooks.set(name, view);
}

/**
 * What is known of a registered backend before it is made.
 *
 * @param name - A registered name.
 * @returns Its outlook, if it has one.
 */
export function outlookOf(name: string): BackendOutlook | undefined {
  return outlooks.get(name);
}

/**
 * The names that were registered, in that order.
 *
 * @returns Names for `selectBackend`.
 */
export function registeredBackends(): readonly string[] {
  return [...factories.keys()];
}

/**
 * Makes a registered backend, once; again where its device was lost.
 *
 * @param name - A registered name.
 * @param hold - Whether somebody uses it from now on: then `releaseBackend` leaves it alone.
 * @returns The backend; the same one for the same name as long as its device is there.
 * @throws BackendUnavailableError when the name is unknown or the backend cannot run here.
 */
export async function obtainBackend(name: string, hold: boolean): Promise<Backend> {
  const factory = factories.get(name);
  if (!factory) {
    const names = registeredBackends();
    throw new BackendUnavailableError(
      `No backend named ${describeValue(name)} is registered. ${names.length > 0 ? `Registered: ${names.join(", ")}.` : "Call registerBackend(name, factory) first."}`,
    );
  }
  const before = made.get(name);
  if (before !== undefined && (await before.backend).isLost === true && made.get(name) === before) made.delete(name);
  let entry = made.get(name);
  if (!entry) {
    const start = { backend: makeBackend(name, factory), held: false };
    made.set(name, start);
    // A failed start may succeed later (a device that comes back): do not remember it.
    start.backend.catch(() => made.delete(name));
    entry = start;
  }
  entry.held ||= hold;
  return entry.backend;
}

/**
 * Disposes of a backend that was made to look at it, unless somebody uses it.
 *
 * @param name - A registered name.
 */
export async function releaseBackend(name: string): Promise<void> {
  const entry = made.get(name);
  if (!entry || entry.held) return;
  made.delete(name);
  (await entry.backend).dispose();
}

async function makeBackend(name: string, factory: BackendFactory): Promise<Backend> {
  try {
    return await factory();
  } catch (error) {
    if (error instanceof BackendUnavailableError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BackendUnavailableError(`The backend "${name}" could not be made: ${reason}`, { cause: error });
  }
}

/**
 * Sets the backend of everything that names none of its own.
 *
 * @param backend - A backend that was made; `undefined` unsets it.
 */
export function setBackend(backend: Backend | undefined): void {
  if (backend !== undefined && typeof (backend as Partial<Backend> | null)?.gather !== "function") {
    throw new InvalidArgumentError(
      `\`backend\` must be a backend. Received: ${describeValue(backend)}. A factory returns a promise: write setBackend(await createCpuBackend()).`,
    );
  }
  active = backend;
}

/**
 * The backend that `setBackend` or `selectBackend` set.
 *
 * @returns The default backend.
 * @throws BackendUnavailableError when there is none.
 */
export function defaultBackend(): Backend {
  if (active) return active;
  throw new BackendUnavailableError(
    'No backend is set. Install one and set it first: `import { createCpuBackend } from "@rowan/backend-cpu"; setBackend(await createCpuBackend())`, or pass { backend }.',
  );
}

/**
 * The default backend, if there is one.
 *
 * @returns The backend or undefined.
 */
export function findDefaultBackend(): Backend | undefined {
  return active;
}
