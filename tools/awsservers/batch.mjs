// Compares the links of a worker that processes batches with the sends of their messages: node batch.mjs FILE SENDS reads
// OTLP JSON. Each send is linked once, by a span of another trace, and at least one span has several links.
import { readFileSync } from 'node:fs';

const PRODUCER = 4, CONSUMER = 5; // the kinds of spans in OTLP
const [file, want] = process.argv.slice(2);
const spans = readFileSync(file, 'utf8').trim().split('\n')
  .flatMap((line) => JSON.parse(line).resourceSpans)
  .flatMap((resource) => resource.scopeSpans)
  .flatMap((scope) => scope.spans);
const idOf = ({ traceId, spanId }) => `${traceId}/${spanId}`;
const sends = spans.filter((span) => span.kind === PRODUCER).map(idOf).sort();
const batches = spans.filter((span) => span.kind === CONSUMER);
const linked = batches.flatMap((span) => span.links ?? []).map(idOf).sort();
const largest = Math.max(0, ...batches.map((span) => span.links?.length ?? 0));
console.log(`${sends.length} sends, ${linked.length} links of ${batches.length} batches, the largest of ${largest}`);
if (sends.length !== Number(want) || JSON.stringify(sends) !== JSON.stringify(linked) || largest < 2) {
  console.error(`batch: want ${want} sends, a link to each, and a batch of several`);
  process.exit(1);
}
