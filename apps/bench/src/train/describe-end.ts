import { InterruptedError, KeptError } from "../failure.ts";

/**
 * What is told of a training that did not come to its end.
 *
 * @param fault - Why.
 * @param isKept - Whether there is a whole epoch to go on from.
 * @param signal - Whether it was interrupted.
 */
export function describeEnd(fault: unknown, isKept: boolean, signal: AbortSignal): unknown {
  if (signal.aborted)
    return isKept ? new InterruptedError("interrupted; --resume goes on behind the last whole epoch") : new InterruptedError();
  return isKept ? new KeptError("The last whole epoch is kept: the same command with --resume goes on behind it.", fault) : fault;
}
