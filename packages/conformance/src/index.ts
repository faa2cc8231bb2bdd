/** One suite that every backend must pass, and the naive reference that it compares with. */
export { createNaiveBackend } from "./naive/create-naive-backend.ts";
