/**
 * Text between tags and in attributes.
 *
 * @param text - Any text.
 */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const style = `body{margin:2rem auto;max-width:70rem;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;color:#1f2328;background:#fff}
svg{max-width:100%;height:auto}table{border-collapse:collapse;margin:.5rem 0;font-size:.9rem}
th,td{padding:.2rem .7rem;border-bottom:1px solid #d0d7de;text-align:right;font-variant-numeric:tabular-nums}
th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}td:nth-child(n+3){white-space:nowrap}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem}h3{font-size:1rem}
p.note{color:#57606a}.good{color:#1a7f37}.bad{color:#cf222e}`;

/**
 * A page that needs no other file, no script and no network.
 *
 * @param title - Plain text.
 * @param body - HTML.
 */
export function formatPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeText(title)}</title><style>${style}</style></head>
<body>
${body}
</body>
</html>
`;
}
