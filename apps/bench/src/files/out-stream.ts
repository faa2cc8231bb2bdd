import { InterruptedError } from "../failure.ts";
import { createOutFile } from "./out-file.ts";

/**
 * Makes a file out of what is written to a stream. It appears when the stream is closed, and never where the run is interrupted.
 *
 * @param path - The file.
 * @param signal - The interruption.
 * @param write - Writes and closes the stream.
 * @throws What went wrong with the file, rather than what the writer makes of that.
 */
export async function writeOutStream(
  path: string,
  signal: AbortSignal,
  write: (stream: WritableStream<Uint8Array>) => Promise<void>,
): Promise<void> {
  const file = await createOutFile(path);
  let fault: unknown;
  const keep = (error: unknown): never => {
    fault = error;
    throw error;
  };
  const stream = new WritableStream<Uint8Array>({
    async write(bytes) {
      // Writes alone leave no turn for signals.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) keep(new InterruptedError());
      await file.write(bytes).catch(keep);
    },
    close: () => file.commit().catch(keep),
  });
  try {
    await write(stream);
  } catch (error) {
    await file.abort();
    throw fault ?? error;
  }
}
