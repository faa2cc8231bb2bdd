/** NumPy's `.npy` files as streams: a batch of ids at a time on the way in, a batch of rows at a time on the way out. */
export { formatHeader, parseHeader } from "./npy/header.ts";
export type { NpyHeader } from "./npy/header.ts";
export { NpyReader } from "./npy/reader.ts";
export { NpyWriter } from "./npy/writer.ts";
