/** The TensorFlow.js backend: one contract over its engines, with row updates in place. */
export { createTfjsBackend } from "./create-tfjs-backend.ts";
export type { TfjsBackendOptions, TfjsEngine, TfjsFactory } from "./create-tfjs-backend.ts";
export { fromTfjsLayersModel, toTfjsLayersModel } from "./layers-models/layers-model.ts";
export type { FromTfjsOptions, TfjsLayersModel, TfjsModelSource, TfjsWeight } from "./layers-models/layers-model.ts";
export { provideNodeUtil } from "./native/provide-node-util.ts";
