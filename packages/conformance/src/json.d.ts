/** Fixtures are data: their types are stated where they are read, not inferred from a megabyte of numbers. */
declare module "*.json" {
  const content: unknown;
  export default content;
}
