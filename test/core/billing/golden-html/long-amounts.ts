export const longAmounts: string = `<!doctype html>
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
<div><dt>Currency</dt><dd><bdi>CLF</bdi></dd></div>
<div><dt>Customer</dt><dd><bdi>a-customer-with-a-very-long-identifier-from-another-system</bdi></dd></div>
</dl>
<table class="charges" role="table">
<caption>What is billed</caption>
<thead role="rowgroup">
<tr role="row"><th scope="col" role="columnheader">Description</th><th scope="col" role="columnheader">Quantity</th><th scope="col" role="columnheader">Unit price</th><th scope="col" role="columnheader">Tax %</th><th scope="col" role="columnheader">Net CLF</th></tr>
</thead>
<tbody role="rowgroup">
<tr role="row"><th scope="row" role="rowheader"><bdi>Interconnection</bdi></th><td role="cell">999,999.123456 <span class="unit"><bdi>each</bdi></span></td><td role="cell">123,456.12345678</td><td role="cell">19</td><td role="cell">123,456,015,242.0557</td></tr>
<tr role="row"><th scope="row" role="rowheader"><bdi>Settlement</bdi></th><td role="cell">999,999,999 <span class="unit"><bdi>each</bdi></span></td><td role="cell">-200.00000001</td><td role="cell">19</td><td role="cell">-199,999,999,810.0000</td></tr>
</tbody>
</table>
<div class="sums">
<table class="taxes">
<caption>Tax by rate</caption>
<thead>
<tr><th scope="col">Tax rate</th><th scope="col">Net CLF</th><th scope="col">Tax CLF</th></tr>
</thead>
<tbody>
<tr><th scope="row">19 %</th><td>-76,543,984,567.9443</td><td>-14,543,357,067.9094</td></tr>
</tbody>
<tfoot>
<tr><th scope="row">Total</th><td>-76,543,984,567.9443</td><td>-14,543,357,067.9094</td></tr>
</tfoot>
</table>
<dl class="due"><dt>Credit CLF</dt><dd>91,087,341,635.8537</dd></dl>
</div>
<footer class="notes">
<p><bdi>There is nothing to pay: the credit is yours.</bdi></p>
<p><bdi>Prices are before tax. The net of a line is its quantity times its unit price, rounded half-up (a half goes away from zero) to 0.0001 CLF. Tax is computed for each rate on the sum of its nets and rounded in the same way.</bdi></p>
</footer>
</main>
</body>
</html>
`;
