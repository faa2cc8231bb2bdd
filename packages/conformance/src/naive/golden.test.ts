import { describeGolden } from "../golden/describe-golden.ts";
import { createNaiveBackend } from "./create-naive-backend.ts";

describeGolden("naive", createNaiveBackend);
