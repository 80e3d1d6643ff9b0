/**
 * Writes down every connection and every name look-up of this process that is not for this machine: one line each, in
 * the file that UNDERGLASS_NETWORK_LOG names.
 */
const { appendFileSync } = require('node:fs');
const dns = require('node:dns');
const net = require('node:net');

const log = process.env.UNDERGLASS_NETWORK_LOG;
const LOCAL = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::']);

function note(host) {
  if (typeof host !== 'string' || host === '' || LOCAL.has(host)) return;
  appendFileSync(log, `${host} (process ${process.pid}: ${process.argv.slice(1, 3).join(' ')})\n`);
}

function hostOf(args) {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === 'object' && first !== null) return first.path === undefined ? first.host : undefined;
  return typeof first === 'number' && typeof second === 'string' ? second : undefined;
}

if (log !== undefined) {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    note(hostOf(args));
    return connect.apply(this, args);
  };
  const { lookup } = dns;
  dns.lookup = function (host, ...rest) {
    note(host);
    return lookup.call(this, host, ...rest);
  };
}
