import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queuePath, query } from '../src/core/api.ts';
import { address, parsePlace } from '../src/core/router.ts';

test('A queue keeps its two halves in the address of its page', () => {
  assert.equal(address('queues', 'bigmail.example/vmta 1'), '/ui/queues/bigmail.example/vmta%201');
  assert.equal(parsePlace('/ui/queues/bigmail.example/vmta%201', '').name, 'bigmail.example/vmta 1');
});

test('The root is the overview', () => {
  assert.equal(parsePlace('/', '').page, 'overview');
  assert.equal(parsePlace('/ui/', '').page, 'overview');
  assert.equal(parsePlace('/ui', '').page, 'overview');
});

test('An address that cannot be decoded is taken as it is', () => {
  assert.equal(parsePlace('/ui/jobs/100%', '').name, '100%');
});

test('Each half of a queue is one segment of the resource, whatever stands in it', () => {
  assert.equal(queuePath('[192.0.2.1]/a b'), '/queues/%5B192.0.2.1%5D/a%20b');
});

test('What is empty is left out of a query', () => {
  assert.equal(query({ q: '', mode: 'backoff', offset: 0, paused: false, limit: null }), '?mode=backoff&offset=0');
  assert.equal(query({}), '');
});
