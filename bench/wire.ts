/**
 * One connection that posts bodies, one after another, with as little work as HTTP/1.1 allows:
 * `node:http` as a client takes most of a core at batch 1, which on two cores would measure the
 * load generator. Reads answers with a Content-Length; never pipelines.
 */
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  text(): string;
}
interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** `HTTP/1.1 201`: where the three digits stand. */
const STATUS_AT = 9;

export class Connection {
  readonly #socket: Socket;
  readonly #head: string;
  #parts: Buffer[] = [];
  #received = 0;
  /** Bytes of head and body together, once the head is there. */
  #expected = 0;
  #headBytes = 0;
  #waiting: Waiting | undefined;

  constructor(url: string, path: string, headers: Readonly<Record<string, string>>) {
    const { hostname, port, host } = new URL(url);
    const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`);
    this.#head = [`POST ${path} HTTP/1.1`, ...lines, 'content-length: '].join('\r\n');
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('data', (part) => this.#receive(part));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  post(body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the connection is closed'));
      this.#waiting = { resolve, reject };
      this.#socket.cork();
      this.#socket.write(`${this.#head}${body.length}\r\n\r\n`, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(part: Buffer): void {
    this.#parts.push(part);
    this.#received += part.length;
    if (this.#expected === 0) this.#readHead();
    if (this.#expected > 0 && this.#received >= this.#expected) this.#complete();
  }

  #readHead(): void {
    const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    const end = bytes?.indexOf(HEAD_END) ?? -1;
    if (bytes === undefined || end === -1) return;
    const found = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end));
    if (found === null) {
      this.#fail(new Error('an answer without Content-Length'));
      return;
    }
    this.#parts = [bytes];
    this.#headBytes = end + HEAD_END.length;
    this.#expected = this.#headBytes + Number(found[1]);
  }

  #complete(): void {
    const [parts, headBytes, waiting] = [this.#parts, this.#headBytes, this.#waiting];
    this.#parts = [];
    this.#received = 0;
    this.#expected = 0;
    this.#waiting = undefined;
    const status = Number(parts[0]?.toString('latin1', STATUS_AT, STATUS_AT + 3));
    const text = (): string => Buffer.concat(parts).toString('utf8', headBytes);
    waiting?.resolve({ status, text });
  }

  #fail(error: Error): void {
    this.#socket.destroy();
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
