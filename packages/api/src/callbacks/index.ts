export { Callback } from "./callback.ts";
export type { CallbackParams, Logs } from "./callback.ts";
export { EarlyStopping } from "./early-stopping.ts";
export type { EarlyStoppingOptions } from "./early-stopping.ts";
export { History } from "./history.ts";
export { LambdaCallback } from "./lambda-callback.ts";
export type { LambdaOptions } from "./lambda-callback.ts";
export { TerminateOnNaN } from "./terminate-on-nan.ts";
