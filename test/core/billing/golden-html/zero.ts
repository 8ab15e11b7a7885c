export const zero: string = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="html/1">
<title>Bill B-71638</title>
<style></style>
</head>
<body>
<main>
<header>
<h1>Bill</h1>
<p class="number"><bdi>B-71638</bdi></p>
</header>
<div class="parties">
<section>
<h2>From</h2>
<div class="name" dir="auto">Requite Energy &amp; Telecom Ltd</div>
<div dir="auto">1 Example Quay</div>
<div dir="auto">D02 X285 Dublin</div>
<div dir="auto">IE</div>
<div dir="auto">Tax id IE0000000A</div>
<div dir="auto">billing@requite.example</div>
</section>
<section>
<h2>Bill to</h2>
<div class="name" dir="auto">Jože Novak</div>
<div dir="auto">Čopova ulica 2</div>
<div dir="auto">1000 Ljubljana</div>
<div dir="auto">SI</div>
</section>
</div>
<dl class="facts">
<div><dt>Bill date</dt><dd><bdi>2020-04-15</bdi></dd></div>
<div><dt>Due date</dt><dd><bdi>2020-04-29</bdi></dd></div>
<div><dt>Currency</dt><dd><bdi>EUR</bdi></dd></div>
<div><dt>Customer</dt><dd><bdi>18</bdi></dd></div>
</dl>
<p class="nothing">Nothing was used or subscribed to in this period.</p>
<div class="sums">
<dl class="due"><dt>Total due EUR</dt><dd>0.00</dd></dl>
</div>
<footer class="notes">
<p><bdi>There is nothing to pay.</bdi></p>
<p><bdi>Prices are before tax. The net of a line is its quantity times its unit price, rounded half-up (a half goes away from zero) to 0.01 EUR. Tax is computed for each rate on the sum of its nets and rounded in the same way.</bdi></p>
</footer>
</main>
</body>
</html>
`;
