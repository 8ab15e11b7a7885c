// The page at `/`: what this is and what to do first. Everything is in it; nothing is loaded from elsewhere.

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --paper: #fbfaf7; --card: #ffffff; --line: #dfe2e6; --accent: #0b6e5a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e9ec; --soft: #9ea7b3; --paper: #14181d; --card: #1c2229; --line: #323a44; --accent: #5fd0b3; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
main { max-width: 44rem; margin: 0 auto; padding: 4rem 1.25rem }
h1 { font-size: 2.25rem; line-height: 1.1; margin: 0; letter-spacing: -0.02em }
h2 { font-size: 1.05rem; margin: 2.5rem 0 .5rem }
p { margin: .5rem 0 } .soft { color: var(--soft) }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .9rem 1rem; overflow-x: auto; margin: .5rem 0 }
code { font: .875rem/1.55 ui-monospace, monospace }
ul { list-style: none; padding: 0; margin: .5rem 0 } li { padding: .35rem 0; border-bottom: 1px solid var(--line) }
a { color: var(--accent); text-underline-offset: .2em } a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
`;

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

/** The landing page. `origin` is where the reader reached it, so that what it shows can be copied as it is. */
export function landingPage(origin: string): Response {
  const shown = escapeHtml(origin);
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Requite: billing</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Requite</h1>
<p class="soft">Restart-safe questions and answers over a log, and a billing run built on them.</p>
<p>This is the coordinator. Give it customers; it asks for a bill for each, follows them, and shows them. What it has accepted survives any restart.</p>

<h2>Bill three customers</h2>
<pre><code>curl -X POST ${shown} \\
  -H 'Content-Type: application/json' \\
  -d '{"customerIdentifiers":["2","4","5"]}'</code></pre>

<h2>Follow the run, then read a bill</h2>
<pre><code>curl '${shown}/runs/&lt;runId&gt;?wait=10s'
curl ${shown}/bills/&lt;workflowId&gt;</code></pre>

<h2>Look around</h2>
<ul>
<li><a href="/docs">API</a> <span class="soft">every route, to try in the browser</span></li>
<li><a href="/runs">Runs</a> <span class="soft">the newest first</span></li>
<li><a href="/jobs?status=parked">Parked jobs</a> <span class="soft">what can't go on by itself, and why</span></li>
<li><a href="/dead-letters">Dead letters</a> <span class="soft">records that were refused, to look at and put back</span></li>
<li><a href="/health/ready">Readiness</a> <span class="soft">what works, what it waits for</span></li>
<li><a href="/metrics">Metrics</a> <span class="soft">for Prometheus</span></li>
</ul>
</main>
</body>
</html>
`;
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
  return new Response(page, { headers });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
