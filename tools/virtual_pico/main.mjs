// The virtual Pico's command: options, what it prints, how it ends. README.md says what is modelled.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Board } from './board.mjs';
import { ConsoleServer } from './console_server.mjs';
import { FlashFile } from './flash_chip.mjs';
import { readImage } from './image.mjs';
import { Profiler } from './profiler.mjs';
import { RunLoop } from './run_loop.mjs';

const USAGE = `usage: node main.mjs --image FIRMWARE --boot-rom ROM [options]

Run RP2040 firmware with both cores. Prints one "console ..." line for each way to connect.

  --image FILE         firmware, .uf2 or .bin
  --boot-rom FILE      the substitute boot ROM (make virtual-pico builds it)
  --flash FILE         keep the flash chip's contents here from one run to the next
  --port N             TCP port of the console on 127.0.0.1; 0, the default, takes a free one
  --pty LINK           make LINK a serial device for the console as well
  --fast               skip the time in which the board waits; without it, real time
  --log FILE           write what the board prints
  --gpio-log FILE      write each GPIO edge: emulated microseconds, pin, low|high|input
  --profile FILE       write the cycles at each address that firmware had counted (profiler.mjs)
  --exit-after-ms N    end after so many emulated milliseconds; a board that waits skips to then
  --control            take commands on standard input, and end with it:
                       reset (the button), time (prints "time MICROSECONDS RESETS"), exit
  --seed N             of the random bits; 1 by default
  --verbose            say what firmware does that is not modelled
  --help

exit codes: 0 told to end, 1 a fault in the emulator, 2 a wrong option or file, 3 the port is taken`;

const WRONG_USE = 2;
const PORT_TAKEN = 3;

const SAVE_EVERY_MS = 1000;

function fail(message, code) {
  console.error(`virtual pico: ${message}`);
  process.exit(code);
}

function options() {
  try {
    return parseArgs({
      options: {
        image: { type: 'string' },
        'boot-rom': { type: 'string' },
        flash: { type: 'string' },
        port: { type: 'string', default: '0' },
        pty: { type: 'string' },
        fast: { type: 'boolean' },
        log: { type: 'string' },
        'gpio-log': { type: 'string' },
        profile: { type: 'string' },
        'exit-after-ms': { type: 'string', default: 'Infinity' },
        control: { type: 'boolean' },
        seed: { type: 'string', default: '1' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return fail(`${error.message}\n\n${USAGE}`, WRONG_USE);
  }
}

/** A function that appends to a file which starts out empty; nothing where no file is asked for. */
function appender(path) {
  if (!path) return () => {};
  writeFileSync(path, '');
  return (data) => appendFileSync(path, data);
}

const said = new Set();

/** Firmware does the same unusual thing a thousand times over; once is enough. */
function sayOnce(message) {
  if (said.has(message)) return;
  said.add(message);
  process.stderr.write(`virtual pico: ${message}\n`);
}

function makeBoard(given, console) {
  const log = appender(given.log);
  const gpioLog = appender(given['gpio-log']);
  const flashFile = given.flash ? new FlashFile(given.flash) : null;
  const profiler = given.profile ? new Profiler(given.profile) : undefined;
  const board = new Board({
    bootRom: readFileSync(given['boot-rom']),
    image: readImage(given.image),
    flashFile,
    seed: Number(given.seed),
    onOutput: (bytes) => {
      log(bytes);
      console.write(bytes);
    },
    onEdge: (microseconds, pin, level) => gpioLog(`${microseconds} ${pin} ${level}\n`),
    warn: given.verbose ? sayOnce : () => {},
    profiler,
  });
  return [board, () => flashFile?.save(board.flash), () => profiler?.save()];
}

function takeCommands(board, loop, end) {
  const commands = {
    reset: () => {
      board.reset();
      loop.wake();
    },
    time: () => console.log(`time ${Math.round(board.nanos / 1000)} ${board.resets}`),
    exit: end,
  };
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const command = commands[line.trim()];
    if (command) command();
    else console.error(`virtual pico: no command "${line}"; there are ${Object.keys(commands).join(', ')}`);
  });
  lines.on('close', end); // whoever started it is gone
}

async function main() {
  const given = options();
  if (given.help) {
    console.log(USAGE);
    return;
  }
  if (!given.image || !given['boot-rom']) fail(`--image and --boot-rom are needed\n\n${USAGE}`, WRONG_USE);

  let board, saveFlash, saveProfile;
  const server = new ConsoleServer((bytes) => {
    board.console.write(bytes);
    loop.wake();
  });
  try {
    [board, saveFlash, saveProfile] = makeBoard(given, server);
  } catch (error) {
    fail(error.message, WRONG_USE);
  }

  const end = () => {
    loop.stop();
    saveFlash();
    saveProfile();
    server.close();
    process.exit(0);
  };
  const loop = new RunLoop(board, { fast: given.fast, exitAfter: Number(given['exit-after-ms']) * 1e6, onEnd: end });

  const port = await server.listen(Number(given.port)).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    fail(`port ${given.port} is taken: give another one with --port, or end the emulator that has it`, PORT_TAKEN);
  });
  console.log(`console socket://127.0.0.1:${port}`);
  if (given.pty) console.log(`console ${await server.openPty(given.pty)}`);

  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  setInterval(saveFlash, SAVE_EVERY_MS).unref();
  if (given.control) takeCommands(board, loop, end);
  loop.start();
}

await main();
