/**
 * Says that a file grew past the length that we aim at. `max-lines` holds the hard limit; one rule has one severity, so this is another.
 * @type {import("eslint").Rule.RuleModule}
 */
export const aimLines = {
  meta: {
    type: "suggestion",
    messages: { long: "{{count}} lines of code; aim at {{aim}}: is there a second idea in this file?" },
    schema: [{ type: "integer" }],
  },
  create(context) {
    return {
      "Program:exit"(node) {
        const aim = Number(context.options[0]);
        const comments = new Set(
          context.sourceCode.getAllComments().flatMap(({ loc }) => (loc ? range(loc.start.line, loc.end.line) : [])),
        );
        const code = new Set(context.sourceCode.ast.tokens.map((token) => token.loc.start.line));
        const count = context.sourceCode.lines.filter((text, i) => text.trim() !== "" && (!comments.has(i + 1) || code.has(i + 1))).length;
        if (count > aim) context.report({ node, messageId: "long", data: { count: String(count), aim: String(aim) } });
      },
    };
  },
};

/**
 * @param {number} first
 * @param {number} last
 * @returns {number[]} first, first + 1, ..., last
 */
function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
