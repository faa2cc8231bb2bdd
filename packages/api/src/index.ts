/** What a table, a layer, a model, an optimizer and a backend are. */
export * from "./errors.ts";
export * from "./tensor/dtype.ts";
export * from "./tensor/shape.ts";
export * from "./backend/backend.ts";
export * from "./backend/rule.ts";
export * from "./backend/defaults.ts";
