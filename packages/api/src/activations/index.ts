export { activationName, getActivation } from "./activations.ts";
export type { Activation, ActivationIdentifier } from "./activations.ts";
