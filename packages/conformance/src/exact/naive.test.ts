import { createNaiveBackend } from "../naive/create-naive-backend.ts";
import { describeExactMode } from "./describe-exact-mode.ts";

describeExactMode("naive", createNaiveBackend);
