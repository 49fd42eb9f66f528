/** Accepts what a tracer posts, and prints its port. */
import { createServer } from 'node:http';

let posts = 0;
const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    posts += 1;
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.send({ posts }));
