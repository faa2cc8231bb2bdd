// The kernels over rows alone, as a module of their own for memories that other engines keep: WASM is WASM, whoever allocated the rows.
export * from "./bags";
export * from "./catch-up";
export * from "./rows";
export * from "./update";
