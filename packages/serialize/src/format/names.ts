const encoder = new TextEncoder();
// Everything that a terminal or a path would take for more than a letter.
const forbiddenCharacters = /[\p{Cc}\\]/u;

/**
 * Why a name of a tensor or an asset cannot be.
 *
 * @param name - The name.
 * @returns The rule that it breaks, or undefined for a good one.
 */
export function nameFault(name: string): string | undefined {
  if (name === "") return "be empty";
  if (encoder.encode(name).length > 1024) return "be longer than 1024 bytes";
  if (/\p{Surrogate}/u.test(name)) return "hold half a surrogate pair";
  if (forbiddenCharacters.test(name)) return "hold control characters or backslashes";
  const parts = name.split("/");
  if (parts.includes("")) return "begin or end with a slash, or hold two in a row";
  if (parts.includes(".") || parts.includes("..")) return 'hold the parts "." or ".."';
  if (parts.includes("__proto__")) return 'hold the part "__proto__"';
  return undefined;
}

/**
 * Why a name of a shard's file cannot be.
 *
 * @param file - The name.
 * @returns The rule that it breaks, or undefined for a good one.
 */
export function fileNameFault(file: string): string | undefined {
  if (file.includes("/") || /^[A-Za-z]:/.test(file)) return "leave the folder";
  if (file.startsWith(".")) return "begin with a dot";
  return nameFault(file);
}
