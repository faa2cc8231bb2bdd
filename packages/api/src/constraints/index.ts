export type { Constraint } from "./constraint.ts";
export { MaxNorm, MinMaxNorm, NonNeg, UnitNorm, getConstraint } from "./constraints.ts";
export type { ConstraintIdentifier } from "./constraints.ts";
