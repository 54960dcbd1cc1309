// The console for other programs: a TCP port on the loopback interface, and a pseudo-terminal for
// those that want a serial device. Whoever connects sees what the board prints from then on.

import { spawn } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

export class ConsoleServer {
  /** onInput(bytes): called with what a client sends. */
  constructor(onInput) {
    this.onInput = onInput;
    this.clients = new Set();
    this.server = net.createServer((socket) => this.accept(socket));
    this.bridge = null;
  }

  /** Listen on `port` (0: any free one). Resolves to the port; rejects where it is taken. */
  listen(port) {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => resolve(this.server.address().port));
    });
  }

  accept(socket) {
    socket.setNoDelay(true);
    this.clients.add(socket);
    socket.on('data', this.onInput);
    socket.on('close', () => this.clients.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  write(bytes) {
    for (const socket of this.clients) socket.write(bytes);
  }

  /** Make `link` a serial device for the console; it goes when this process does. Node has no ptys: Python does it. */
  openPty(link) {
    const script = fileURLToPath(new URL('pty_bridge.py', import.meta.url));
    const { port } = this.server.address();
    this.bridge = spawn('python3', [script, String(port), link], { stdio: ['pipe', 'pipe', 'inherit'] });
    return new Promise((resolve, reject) => {
      this.bridge.stdout.once('data', () => resolve(link));
      this.bridge.once('error', reject);
      this.bridge.once('exit', (code) => reject(new Error(`the pseudo-terminal ${link} could not be made (code ${code})`)));
    });
  }

  close() {
    this.server.close();
    for (const socket of this.clients) socket.destroy();
    this.bridge?.removeAllListeners('exit');
    this.bridge?.stdin.end();
  }
}
