import { describeModels } from "../models/describe-models.ts";
import { createNaiveBackend } from "./create-naive-backend.ts";

describeModels("naive", createNaiveBackend);
