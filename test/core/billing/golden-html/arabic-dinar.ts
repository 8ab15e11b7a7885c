export const arabicDinar: string = `<!doctype html>
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
<div class="name" dir="auto">شركة النخيل للتجارة</div>
<div dir="auto">شارع الخليج العربي 18</div>
<div dir="auto">13001 الكويت</div>
<div dir="auto">KW</div>
</section>
</div>
<dl class="facts">
<div><dt>Bill date</dt><dd><bdi>2020-04-15</bdi></dd></div>
<div><dt>Due date</dt><dd><bdi>2020-04-29</bdi></dd></div>
<div><dt>Currency</dt><dd><bdi>KWD</bdi></dd></div>
<div><dt>Customer</dt><dd><bdi>8</bdi></dd></div>
</dl>
<table class="charges" role="table">
<caption>What is billed</caption>
<thead role="rowgroup">
<tr role="row"><th scope="col" role="columnheader">Description</th><th scope="col" role="columnheader">Quantity</th><th scope="col" role="columnheader">Unit price</th><th scope="col" role="columnheader">Tax %</th><th scope="col" role="columnheader">Net KWD</th></tr>
</thead>
<tbody role="rowgroup">
<tr role="row"><th scope="row" role="rowheader"><bdi>إنترنت الأعمال</bdi></th><td role="cell">1 <span class="unit"><bdi>each</bdi></span></td><td role="cell">22.750</td><td role="cell">0</td><td role="cell">22.750</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>مكالمات دولية</bdi></th><td role="cell">84.5 <span class="unit"><bdi>دقيقة</bdi></span></td><td role="cell">0.0475</td><td role="cell">0</td><td role="cell">4.014</td></tr>
</tbody>
</table>
<div class="sums">
<table class="taxes">
<caption>Tax by rate</caption>
<thead>
<tr><th scope="col">Tax rate</th><th scope="col">Net KWD</th><th scope="col">Tax KWD</th></tr>
</thead>
<tbody>
<tr><th scope="row">0 %</th><td>26.764</td><td>0.000</td></tr>
</tbody>
<tfoot>
<tr><th scope="row">Total</th><td>26.764</td><td>0.000</td></tr>
</tfoot>
</table>
<dl class="due"><dt>Total due KWD</dt><dd>26.764</dd></dl>
</div>
<footer class="notes">
<p><bdi>Please pay 26.764 KWD by 2020-04-29 and quote B-71638.</bdi></p>
<p><bdi>Prices are before tax. The net of a line is its quantity times its unit price, rounded half-up (a half goes away from zero) to 0.001 KWD. Tax is computed for each rate on the sum of its nets and rounded in the same way.</bdi></p>
</footer>
</main>
</body>
</html>
`;
