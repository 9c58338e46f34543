/** How /asyncapi looks: the colours of /docs, and the same turned to the dark. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #22303c; --strong: #1d3557; --link: #2a6190; --quiet: #526373;
  --panel: #f1f6fa; --mark: #e3ecf3; --line: #dde5ec; --edge: #457b9d; --top: #1d3557; --on-top: #fff; --must: #a3232f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1a26; --ink: #d5dfe8; --strong: #e6f0f8; --link: #8fc3e8; --quiet: #9fb2c2;
    --panel: #16263a; --mark: #1f344d; --line: #2a4058; --edge: #6ea3c6; --top: #0a1420; --on-top: #e6f0f8; --must: #ff9aa2;
  }
}
* { box-sizing: border-box }
html { scroll-padding-top: 16px }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word }
a { color: var(--link) }
:focus-visible { outline: 3px solid var(--edge); outline-offset: 2px }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 14px }
code { background: var(--mark); color: var(--strong); border-radius: 3px; padding: 1px 4px }
pre { background: var(--panel); border-left: 4px solid var(--edge); border-radius: 4px; padding: 12px 16px; overflow-x: auto; line-height: 1.45 }
pre code { background: none; padding: 0; color: inherit }
h1, h2, h3, h4 { color: var(--strong); line-height: 1.25 }
h1 { font-size: 34px; margin: 32px 0 8px }
h2 { font-size: 26px; margin: 56px 0 12px; padding-bottom: 8px; border-bottom: 2px solid var(--line) }
h3 { font-size: 20px; margin: 36px 0 8px }
h3 code { font-size: 20px; background: none; padding: 0 }
h4 { font-size: 13px; margin: 20px 0 4px; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet) }
:target { background: var(--mark) }
.skip { position: absolute; left: -9999px }
.skip:focus { left: 8px; top: 8px; z-index: 1; background: var(--paper); padding: 8px 12px }
.top { display: flex; flex-wrap: wrap; gap: 4px 32px; align-items: baseline; padding: 12px 24px; background: var(--top) }
.top .brand { margin: 0; font-size: 20px; font-weight: 700; color: var(--on-top) }
.top .brand span { font-size: 13px; font-weight: 400 }
.top ul { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0; padding: 0; list-style: none }
.top a { color: var(--on-top) }
.top a[aria-current] { font-weight: 700; text-decoration: none }
.columns { display: grid; grid-template-columns: 260px minmax(0, 1fr); max-width: 1240px; margin: 0 auto }
.side { border-right: 1px solid var(--line) }
.side nav { font-size: 15px }
.side details { display: none }
.side .wide { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; padding: 24px 16px }
.side ul { list-style: none; margin: 0; padding: 0 0 8px }
.side ul ul { padding: 2px 0 6px 14px; border-left: 1px solid var(--line) }
.side a { display: block; padding: 3px 0; text-decoration: none }
.side a:hover { text-decoration: underline }
.side > nav > ul > li > a { font-weight: 700; color: var(--strong) }
main { padding: 0 32px 96px; max-width: 900px }
main:focus { outline: none }
.tag { font-size: 13px; font-weight: 400; color: var(--quiet); border: 1px solid var(--line); border-radius: 10px; padding: 1px 8px; vertical-align: middle }
.fields { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 4px }
.fields .fields { margin: 8px 0 4px }
.fields li { padding: 8px 12px }
.fields li + li { border-top: 1px solid var(--line) }
.fields p { margin: 2px 0 }
.fields .name { font-weight: 700 }
.type, .bounds, .optional, .delivery { color: var(--quiet); font-size: 14px }
.required { color: var(--must); font-size: 13px }
.optional { font-size: 13px }
.bounds code { font-size: 13px; background: none; padding: 0; overflow-wrap: anywhere }
summary { cursor: pointer }
.codes { line-height: 2 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: 15px }
th, td { text-align: left; vertical-align: top; padding: 8px 10px; border-bottom: 1px solid var(--line) }
thead th { color: var(--quiet); font-size: 13px }
tbody th { font-weight: 400 }
dt { margin-top: 8px }
dd { margin: 0 0 0 20px }
@media (max-width: 800px) {
  .columns { display: block }
  .side { border: 0; border-bottom: 1px solid var(--line); background: var(--panel) }
  .side .wide { display: none }
  .side details { display: block; padding: 10px 16px }
  .side summary { font-weight: 700; padding: 4px 0 }
  .side a { padding: 8px 0 }
  main { padding: 0 16px 64px }
  h1 { font-size: 28px }
  pre { font-size: 13px }
}
@media print { .side, .top nav, .skip { display: none } .columns { display: block } }
`
