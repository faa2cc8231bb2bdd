/** One suite that every backend must pass, and the naive reference that it compares with. */
export { createNaiveBackend } from "./naive/create-naive-backend.ts";
export { describeBackend } from "./suite/describe-backend.ts";
export type { Skip } from "./suite/describe-backend.ts";
export { contractMembers } from "./suite/members.ts";
export type { Member } from "./suite/members.ts";
