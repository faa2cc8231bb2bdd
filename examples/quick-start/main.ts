import { sizeOf } from "@rowan/api";

console.log(`A table of 10,000 rows of 64 holds ${sizeOf([10_000, 64])} numbers.`);
