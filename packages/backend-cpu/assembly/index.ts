// Every export of this module is a kernel of src/kernels.ts: the arguments there are the arguments here, memory as byte addresses.
// Kernels keep nothing in memory but their outputs, so that several threads may run them over one memory.
export * from "./bags";
export * from "./binary";
export * from "./cast";
export * from "./catch-up";
export * from "./copy";
export * from "./matmul";
export * from "./nearest";
export * from "./plan";
export * from "./quantized";
export * from "./reduce";
export * from "./relation";
export * from "./rows";
export * from "./top-k";
export * from "./unary";
export * from "./update";
export * from "./winners";
export * from "./word-vectors";
