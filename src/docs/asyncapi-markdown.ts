/** Text as it may stand in HTML, in an attribute too. */
export const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

/** A heading's anchor. */
export const slug = (heading: string) => heading.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')

/** The inline marks: code and links (to this server or by https alone). What stands in code is left as it is. */
export function inlineMarkdown (text: string): string {
  return text.split(/(`[^`]+`)/).map(part => {
    if (/^`[^`]+`$/.test(part)) return `<code>${escapeHtml(part.slice(1, -1))}</code>`
    return escapeHtml(part).replaceAll(/\[([^\]]+)\]\(((?:\/(?!\/)|#|https:\/\/)[^\s)]*)\)/g, '<a href="$2">$1</a>')
  }).join('')
}

const items = (lines: string[], mark: RegExp) => lines.map(line => `<li>${inlineMarkdown(line.replace(mark, ''))}</li>`).join('\n')

function block (text: string): string {
  const lines = text.split('\n')
  const heading = /^### (.+)$/.exec(lines[0]!)?.[1]
  if (heading !== undefined) return `<h3 id="${slug(heading)}">${inlineMarkdown(heading)}</h3>`
  if (lines.every(line => /^- /.test(line))) return `<ul>\n${items(lines, /^- /)}\n</ul>`
  if (lines.every(line => /^\d+\. /.test(line))) return `<ol>\n${items(lines, /^\d+\. /)}\n</ol>`
  return `<p>${inlineMarkdown(text)}</p>`
}

/** The little of Markdown that the documents use, as HTML: headings of the third level, paragraphs, lists, fenced and inline code, links. */
export function renderMarkdown (text: string): string {
  return text.split(/^(```\w*\n[\s\S]*?\n```)$/m).map(part => {
    const code = /^```\w*\n([\s\S]*)\n```$/.exec(part)?.[1]
    if (code !== undefined) return `<pre tabindex="0"><code>${escapeHtml(code)}</code></pre>`
    return part.split(/\n{2,}/).map(one => one.trim()).filter(Boolean).map(block).join('\n')
  }).filter(Boolean).join('\n')
}

/** The headings that `renderMarkdown` makes anchors for. */
export const headingsOf = (text: string): string[] => [...text.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading!)
