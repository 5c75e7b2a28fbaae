// The mock server's way to a real one.

import { request as ask } from 'node:http';

/** Hands a request on to a real server, which must see its own name and no foreign page. */
export function handOn(server, request, response) {
  const headers = { ...request.headers, host: new URL(server).host };
  delete headers.origin;
  const onward = ask(new URL(request.url, server), { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}
