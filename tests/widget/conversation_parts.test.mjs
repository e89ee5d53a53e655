// The parts of the conversation that need no page. Run by test_conversation_parts.py, which builds PARTS first.
import assert from 'node:assert/strict';
import { test } from 'node:test';

globalThis.T = new Proxy({}, { get: (_, key) => key });
globalThis.ASKED_IN = 'zh';
const { align, asText, eventReader, packet, readable, safeUrl, supportOf } = await import(process.env.PARTS);

const bytes = (text) => new TextEncoder().encode(text);
const read = (...chunks) => {
  const events = [];
  const take = eventReader((name, data) => events.push([name, data]));
  for (const chunk of chunks) take(typeof chunk === 'string' ? bytes(chunk) : chunk);
  return events;
};
const points = (text) => Array.from(text);

test('events are read whole', () => {
  assert.deepEqual(read('event: answer.delta\ndata: {"text":"Hi"}\n\n'), [['answer.delta', '{"text":"Hi"}']]);
});

test('a stream may be cut anywhere, inside a character too', () => {
  const whole = bytes('event: a\r\ndata: 退款 😀\r\n\r\n: comment\r\nevent: b\ndata: 2\n\n');
  const expected = [['a', '退款 😀'], ['b', '2']];
  for (let cut = 1; cut < whole.length; cut++) assert.deepEqual(read(whole.slice(0, cut), whole.slice(cut)), expected, `cut at ${cut}`);
  assert.deepEqual(read(...[...whole].map((byte) => Uint8Array.of(byte))), expected);
});

test('lines end in LF or CRLF, and a CRLF in two chunks is one end', () => {
  assert.deepEqual(read('event: a\r', '\ndata: 2\r', '\n\r', '\n'), [['a', '2']]);
});

test('an event without its blank line is none, and a comment is no event', () => {
  assert.deepEqual(read(': ping\n\n', 'event: x\n\n', 'data: lost'), []);
  assert.deepEqual(read('data:no space\n\n'), [[undefined, 'no space']]);
});

test('support is counted in code points', () => {
  const text = points('😀ab 😀cd');
  const citations = [{ n: 1, answer_spans: [{ start: 0, end: 3 }] }, { n: 2, answer_spans: [{ start: 1, end: 2 }, { start: 4, end: 7 }] }];
  assert.deepEqual(supportOf(text, citations), ['1', '1 2', '1', '', '2', '2', '2']);
});

test('HTML text finds its place in plain text, past list marks and cell borders', () => {
  const text = 'Do this:\n1. Open 😀 it.\n12. Wait 1 day.\nA | B';
  const shown = 'Do this:\n\nOpen 😀  it.\nWait 1 day.\nAB';
  const places = align(points(shown), points(text));
  points(shown).forEach((point, i) => {
    if (point.trim()) assert.equal(points(text)[places[i]], point, `at ${i}`);
    else assert.equal(places[i], -1);
  });
  const order = places.filter((place) => place >= 0);
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
  assert.equal(places[points(shown).indexOf('1')], text.indexOf('1 day') - 1, 'one code point less before it than UTF-16 units');
  assert.equal(places[points(shown).indexOf('.')], text.indexOf('.\n12') - 1, 'the first one, not that of the list mark');
});

test('what is shown but not written is passed over', () => {
  const places = align(points('Pay (extra) now'), points('Pay now'));
  assert.deepEqual(places.slice(0, 3), [0, 1, 2]);
  assert.deepEqual(places.slice(-3), [4, 5, 6]);
  assert.ok(places.slice(4, 11).every((place) => place === -1));
});

test('a quote is shown without the marks of Markdown', () => {
  assert.equal(readable('| A | B |\n| --- | :-: |\n| 1 | **2** |'), 'A · B\n1 · 2');
  assert.equal(readable('See [the *page*](a.md "t") and `x_y`.\n\n> # Hint'), 'See the *page* and x_y.\n# Hint');
  assert.equal(readable('A - B: 2 | 3'), 'A - B: 2 · 3');
});

test('addresses are those of the service, and only harmless ones', () => {
  const server = 'https://help.example/base';
  assert.equal(safeUrl('/articles/a.html#x', server), 'https://help.example/base/articles/a.html#x');
  assert.equal(safeUrl('mailto:a@b.example', server), 'mailto:a@b.example');
  for (const bad of ['javascript:alert(1)', ' java\nscript:alert(1)', 'data:text/html,x', 'none:', 'http://[']) assert.equal(safeUrl(bad, server), '');
  assert.ok(safeUrl('//evil.example/x', server).startsWith('https://help.example/'));
});

const context = { channel: 'widget', pageUrl: () => 'https://shop.example/' };
const answer = {
  id: 'ans_1', conversation_id: 'cnv_1', outcome: 'answered', answer: { text: '😀'.repeat(3000) },
  citations: [{ n: 1, title: 'A', heading_path: ['A', 'B'], url: 'https://help.example/a' }],
};

test('what goes to a person is bounded, and says where it comes from', () => {
  const exchanges = Array.from({ length: 40 }, (_, i) => ({ question: `q${i}`, answer }));
  const sent = packet(context, exchanges);
  assert.ok(sent.transcript.length <= 50);
  assert.ok(sent.transcript.reduce((sum, { text }) => sum + points(text).length, 0) <= 20_000);
  assert.ok(sent.transcript.every(({ text }) => text.isWellFormed?.() ?? true));
  assert.deepEqual({ ...sent, transcript: [] }, {
    conversation_id: 'cnv_1', answer_id: 'ans_1', question: 'q39', transcript: [], lang: 'zh', channel: 'widget', page_url: 'https://shop.example/',
  });
  assert.deepEqual(packet(context, []).transcript, []);
});

test('a copied answer names its places', () => {
  assert.equal(asText({ ...answer, answer: { text: 'Yes.' } }), 'Yes.\n\nsources\n\n[1] A › B\nhttps://help.example/a');
});
