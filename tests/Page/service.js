import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A service of the Release build on a data folder, which can be killed and started again at the same address. */
export class Service {
  constructor(dll, folder, settings = []) {
    Object.assign(this, { dll, folder, settings, port: 0, key: null });
  }

  async start() {
    this.child = spawn('dotnet', [this.dll, `--urls=http://127.0.0.1:${this.port}`, `--Data:Path=${this.folder}`, '--Training:CheckpointSeconds=1', '--Training:LowPriority=false', ...this.settings], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise(resolve => this.child.once('exit', resolve));
    createInterface({ input: this.child.stderr }).on('line', line => { this.key ??= /nn_[\w-]+/.exec(line)?.[0] ?? null; });
    this.url = await new Promise((resolve, reject) => {
      const lines = createInterface({ input: this.child.stdout });
      lines.on('line', line => { const found = /Swagger UI: (http:\/\/[^"/]*)/.exec(line); if (found) resolve(found[1]); });
      this.ended.then(code => reject(new Error(`The service has ended with ${code}.`)));
    });
    this.port = Number(new URL(this.url).port);
    return this;
  }

  async kill(signal = 'SIGKILL') {
    this.child.kill(signal);
    await this.ended;
  }
}
