import { BackendUnavailableError } from "@rowan/api";

/** The GPU went away while it was in use: its driver was restarted, the machine slept, or another program took it. */
export class DeviceLostError extends BackendUnavailableError {
  /** @param message - What the device said last. */
  constructor(message: string) {
    super({
      reason: `The GPU of this backend was lost, and what lay on it is gone. Received: ${message === "" ? "no reason" : JSON.stringify(message)}.`,
      remedy:
        "Make the backend again with createWebGpuBackend(), and the model on it: set its weights from a copy on the host (getWeights before, or a checkpoint).",
    });
  }
}
