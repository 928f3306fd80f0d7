import { createHash } from "node:crypto";

/**
 * The one stylesheet of all pages. No web font and no picture is fetched: offices run without the Internet, and
 * their browsers have a CJK font. Sizes are in rem so that the browser's text size works.
 */
export const stylesheet = `
:root {
  --ink: #18202f; --muted: #525d73; --line: #d5dbe5; --paper: #ffffff; --ground: #f3f5f8;
  --brand: #0f3f73; --brand-dark: #0a2d54; --brand-soft: #e8eff7; --seal: #b3202a;
  --good: #0a6638; --good-soft: #e7f4ec; --note: #7d5200; --note-soft: #fdf4de;
  --bad: #a1161d; --bad-soft: #fdecec; --idle: #465066; --idle-soft: #eceff4;
}
*, *::before, *::after { box-sizing: border-box; }
html { font-size: 100%; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink);
  font: 1rem/1.65 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif;
}
a { color: var(--brand); text-underline-offset: 0.18em; }
a:hover { color: var(--brand-dark); text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid #f0a30a; outline-offset: 2px; }
h1, h2, h3 { line-height: 1.3; margin: 0 0 0.75rem; font-weight: 650; text-wrap: balance; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; } h3 { font-size: 1.02rem; }
p { margin: 0 0 1rem; } p:last-child { margin-bottom: 0; }
code, pre, .code { font-family: ui-monospace, "Cascadia Mono", Consolas, "Noto Sans Mono CJK SC", monospace; font-size: 0.88em; overflow-wrap: anywhere; hyphens: none; }
pre { margin: 0.5rem 0 0; padding: 0.9rem 1rem; background: var(--ground); border: 1px solid var(--line); border-radius: 4px; white-space: pre-wrap; max-height: 30rem; overflow: auto; }
.after { margin-top: 1.25rem; } .muted { color: var(--muted); } .small { font-size: 0.9rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 0.5rem; top: -4rem; padding: 0.6rem 1rem; background: var(--paper); z-index: 1; }
.skip:focus { top: 0.5rem; }
.wrap { width: 100%; max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }

.band { background: var(--seal); color: #fff; font-size: 0.92rem; font-weight: 600; letter-spacing: 0.02em; }
.band .wrap { padding-top: 0.4rem; padding-bottom: 0.4rem; }
.top { background: var(--paper); border-bottom: 1px solid var(--line); }
.top .wrap { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem 1.25rem; padding-top: 0.85rem; padding-bottom: 0.85rem; }
.brand { display: flex; align-items: center; gap: 0.75rem; color: var(--ink); text-decoration: none; margin-right: auto; }
.brand:hover { color: var(--ink); }
.brand-seal { display: grid; place-items: center; width: 2.6rem; height: 2.6rem; border: 2px solid var(--seal); border-radius: 5px; color: var(--seal);
  font: 700 1.02rem/1.05 "Noto Serif CJK SC", "Source Han Serif SC", STSong, SimSun, serif; writing-mode: vertical-rl; text-orientation: upright; letter-spacing: 0.02em; }
.brand-name { display: block; font-weight: 700; font-size: 1.08rem; line-height: 1.25; }
.brand-service { display: block; color: var(--muted); font-size: 0.88rem; line-height: 1.3; }
.menu { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1.1rem; font-size: 0.95rem; }
.menu a[aria-current="page"] { color: var(--ink); font-weight: 650; text-decoration: none; }
.menu form { margin: 0; }
.who { color: var(--muted); }
main { flex: 1; padding: 2.25rem 0 3.5rem; }
.foot { border-top: 1px solid var(--line); color: var(--muted); font-size: 0.88rem; }
.foot .wrap { padding-top: 1.1rem; padding-bottom: 1.4rem; display: flex; flex-wrap: wrap; gap: 0.4rem 1.5rem; }

.card { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 1.5rem 1.6rem; margin: 0 0 1.25rem; }
.card > :last-child, .card > form > :last-child { margin-bottom: 0; } .card ul { margin: 0; padding-left: 1.3rem; }
.card.narrow { max-width: 30rem; margin-left: auto; margin-right: auto; padding: 2rem 2rem 2.1rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1.25rem; margin-bottom: 1.25rem; }
.grid .card { margin: 0; display: flex; flex-direction: column; align-items: flex-start; }
.grid .card .button { margin-top: auto; }
.lead { font-size: 1.08rem; color: var(--muted); max-width: 44rem; margin-bottom: 1.75rem; }

.field { margin: 0 0 1.35rem; border: 0; padding: 0; min-width: 0; }
.field > label, .field > legend { display: block; font-weight: 600; padding: 0; margin-bottom: 0.3rem; }
.hint { display: block; color: var(--muted); font-size: 0.92rem; margin-bottom: 0.4rem; }
.wrong { display: block; color: var(--bad); font-weight: 600; font-size: 0.95rem; margin-bottom: 0.4rem; }
.input { width: 100%; min-height: 2.75rem; padding: 0.5rem 0.75rem; font: inherit; color: inherit; background: #fff; border: 1px solid #7c879b; border-radius: 4px; }
.input:hover { border-color: var(--brand); }
.input:focus { outline: 3px solid #f0a30a; outline-offset: 0; border-color: var(--ink); }
.input.short { max-width: 9rem; }
textarea.input { min-height: 5.5rem; resize: vertical; }
input[type="file"].input { padding: 0.45rem 0.5rem; }
.has-error .input { border: 2px solid var(--bad); }
.row { display: flex; flex-wrap: wrap; gap: 1.35rem 1.5rem; align-items: flex-end; } .row > .field { margin: 0; max-width: 20rem; }
.with-unit { display: flex; align-items: center; gap: 0.5rem; }
.button { display: inline-block; min-height: 2.75rem; padding: 0.55rem 1.4rem; font: inherit; font-weight: 600; text-decoration: none; cursor: pointer;
  color: #fff; background: var(--brand); border: 1px solid var(--brand); border-radius: 4px; }
.button:hover { color: #fff; background: var(--brand-dark); border-color: var(--brand-dark); }
.button.secondary { color: var(--brand); background: #fff; }
.button.secondary:hover { background: var(--brand-soft); }
.button.wide { width: 100%; }
.button.link { min-height: 0; padding: 0; border: 0; background: none; color: var(--brand); font-weight: 400; text-decoration: underline; text-underline-offset: 0.18em; }
.buttons { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem 1.25rem; }

.errors { border: 2px solid var(--bad); border-left-width: 8px; background: var(--bad-soft); border-radius: 4px; padding: 1rem 1.25rem; margin: 0 0 1.5rem; }
.errors h2 { font-size: 1.05rem; margin-bottom: 0.4rem; } .errors p { margin-bottom: 0.5rem; }
.errors ul { margin: 0; padding-left: 1.2rem; } .errors a { color: var(--bad); font-weight: 600; }
.notice { border-left: 6px solid var(--brand); background: var(--brand-soft); padding: 0.85rem 1.1rem; border-radius: 4px; margin: 0 0 1.25rem; }

.choices { display: grid; gap: 0.75rem; }
.choice { display: flex; align-items: center; gap: 1rem; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 6px; background: #fff; cursor: pointer; }
.choice:hover { border-color: var(--brand); }
.choice:has(input:checked) { border-color: var(--brand); box-shadow: inset 0 0 0 1px var(--brand); background: var(--brand-soft); }
.choice input { width: 1.3rem; height: 1.3rem; flex: none; accent-color: var(--brand); margin: 0; }
.choice img { width: 5.25rem; height: 5.25rem; object-fit: contain; background: #fff; border: 1px solid var(--line); border-radius: 4px; flex: none; }
.choice b { display: block; } .choice .small { display: block; }

.facts { margin: 0; display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; }
.facts > dt, .facts > dd { margin: 0; padding: 0.7rem 0; border-top: 1px solid var(--line); }
.facts > dt:first-of-type, .facts > dd:first-of-type { border-top: 0; }
.facts > dt { font-weight: 600; padding-right: 1rem; } .facts > dd { overflow-wrap: anywhere; }

.verdict { display: flex; gap: 1.1rem; align-items: flex-start; border: 1px solid; border-left-width: 10px; border-radius: 8px; padding: 1.3rem 1.5rem; margin: 0 0 1.25rem; }
.verdict .sign { flex: none; display: grid; place-items: center; width: 2.9rem; height: 2.9rem; border-radius: 50%; color: #fff; font-size: 1.5rem; font-weight: 700; line-height: 1; }
.verdict h1 { font-size: 1.45rem; margin-bottom: 0.35rem; }
.verdict.good { border-color: var(--good); background: var(--good-soft); } .good .sign { background: var(--good); } .good h1 { color: var(--good); }
.verdict.mixed { border-color: var(--good); border-left-color: #d99a00; background: var(--good-soft); } .mixed .sign { background: var(--good); } .mixed h1 { color: var(--good); }
.verdict.note { border-color: var(--note); background: var(--note-soft); } .note .sign { background: var(--note); } .note h1 { color: var(--note); }
.verdict.bad { border-color: var(--bad); background: var(--bad-soft); } .bad .sign { background: var(--bad); } .bad h1 { color: var(--bad); }
.verdict.idle { border-color: var(--idle); background: var(--idle-soft); } .idle .sign { background: var(--idle); } .idle h1 { color: var(--idle); }
.tag { display: inline-block; vertical-align: 0.12em; padding: 0.05rem 0.6rem; border-radius: 1rem; border: 1px solid currentColor; font-size: 0.86rem; font-weight: 600; white-space: nowrap; }
.tag.good, .tag.mixed { color: var(--good); } .tag.note { color: var(--note); } .tag.bad { color: var(--bad); } .tag.idle { color: var(--idle); }
details { border-top: 1px solid var(--line); padding: 0.8rem 0 0; margin-top: 1rem; }
details > summary { cursor: pointer; font-weight: 600; color: var(--brand); padding: 0.15rem 0; }
details[open] > summary { margin-bottom: 0.75rem; }
.scroll { overflow-x: auto; }
table { width: 100%; min-width: 44rem; border-collapse: collapse; font-size: 0.93rem; }
th, td { text-align: left; vertical-align: top; padding: 0.55rem 0.75rem 0.55rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { border-top: 0; color: var(--muted); font-weight: 600; white-space: nowrap; }
td:first-child { min-width: 8rem; } td:nth-child(2), td:nth-child(3) { white-space: nowrap; }

@media (max-width: 40rem) {
  main { padding-top: 1.5rem; } h1 { font-size: 1.4rem; } .card, .card > :last-child, .card > form > :last-child { margin-bottom: 0; } .card ul { margin: 0; padding-left: 1.3rem; }
.card.narrow { padding: 1.2rem 1.1rem; }
  .facts { grid-template-columns: 1fr; } .facts > dt { padding-bottom: 0; } .facts > dd { border-top: 0; padding-top: 0.1rem; }
  .verdict { padding: 1.1rem; } .menu { width: 100%; }
}
@media (forced-colors: active) { .verdict, .tag, .choice { border-color: CanvasText; } }
@media print { .top .menu, .foot, .skip, .no-print { display: none; } body { background: #fff; } .card { border-color: #999; break-inside: avoid; } }
`;

/** The name changes with the content, so browsers may keep it for ever and still never show an old one. */
export const stylesheetPath = `/assets/yinxin-${createHash("sha256").update(stylesheet).digest("hex").slice(0, 16)}.css`;
