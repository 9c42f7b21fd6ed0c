/** All of the page's looks: system fonts, light and dark as the reader has it, black on white when printed. */
export const pageStyle = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#57606a;--line:#d8dee4;--card:#f6f8fa;--good:#1a7f37;--warn:#9a6700;--bad:#cf222e;--live:#0969da;
--validate:#8c959f;--execute:#0969da;--verify:#2da44e;--rollback:#bc4c00;--approval:#bf8700;--guard:#8250df;--keeping:#1b7c83;--hold:#bf3989;--wait:#8c959f}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--soft:#9198a1;--line:#30363d;--card:#161b22;--good:#3fb950;--warn:#d29922;--bad:#f85149;--live:#58a6ff;
--validate:#768390;--execute:#388bfd;--verify:#3fb950;--rollback:#f0883e;--approval:#d29922;--guard:#a371f7;--keeping:#39c5cf;--hold:#db61a2;--wait:#768390}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:24px;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 8px;border-bottom:1px solid var(--line);padding-bottom:4px}
h1 .badge{font-size:18px;vertical-align:4px}
.id{color:var(--soft);margin:0 0 12px}.reason{font-size:18px;margin:8px 0 16px}
a{color:var(--live)}code,.mono{font:13px/1.4 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.badge{display:inline-block;padding:1px 10px;border-radius:12px;border:1.5px solid currentColor;font-weight:600;font-size:13px;white-space:nowrap}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.live{color:var(--live)}.soft{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0}dt{color:var(--soft)}dd{margin:0}
.alarm{border:2px solid var(--bad);border-radius:8px;padding:8px 16px;margin:16px 0;background:var(--card)}.alarm h2{border:0;margin:4px 0;color:var(--bad)}
.alarm ul{margin:4px 0}.odd{border-color:var(--warn)}.odd h2{color:var(--warn)}
table{width:100%;border-collapse:collapse}th{text-align:left;color:var(--soft);font-weight:600;font-size:13px}
th,td{padding:6px 8px;border-bottom:1px solid var(--line);vertical-align:top}
.steps th:first-child{width:21%}.steps th:nth-child(3),.steps th:nth-child(4){width:33%}
.diff{width:auto}.diff td{border:0;padding:1px 8px 1px 0}.diff .before{color:var(--bad);text-decoration:line-through}.diff .after{color:var(--good)}
ul.plain{list-style:none;margin:0;padding:0}
.legend span{display:inline-block;margin-right:14px;font-size:13px;color:var(--soft)}.legend i{display:inline-block;width:12px;height:10px;border-radius:2px;margin-right:5px}
svg{width:100%;height:auto;background:var(--card);border:1px solid var(--line);border-radius:8px;display:block}
svg text{font:11px system-ui,"DejaVu Sans",sans-serif;fill:var(--fg)}svg .time{fill:var(--soft);font-size:10px}svg .row{stroke:var(--line);stroke-width:.5}
svg pattern line{stroke:var(--line);stroke-width:3}svg .break{fill:url(#hatch)}
.validate{fill:var(--validate);background:var(--validate)}.execute{fill:var(--execute);background:var(--execute)}.verify{fill:var(--verify);background:var(--verify)}
.rollback{fill:var(--rollback);background:var(--rollback)}.approval{fill:var(--approval);background:var(--approval)}.guard{fill:var(--guard);background:var(--guard)}
.keeping{fill:var(--keeping);background:var(--keeping)}.hold{fill:var(--hold);background:var(--hold)}.wait{fill:var(--wait);background:var(--wait)}
svg rect.bad{stroke:var(--bad);stroke-width:2}
footer{margin-top:32px;color:var(--soft);font-size:13px}
@media (max-width:700px){body{padding:12px}.steps thead{display:none}.steps>tbody>tr>td{display:block;border:0;padding:2px 0}.steps>tbody>tr{display:block;border-bottom:1px solid var(--line);padding:8px 0}}
@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--soft:#444;--line:#bbb;--card:#fff;--good:#116329;--warn:#7d4e00;--bad:#a40e26;--live:#0550ae}
body{max-width:none;padding:0;font-size:11px}tr,.alarm,dl{break-inside:avoid}h2{break-after:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{color:inherit}}
`;
