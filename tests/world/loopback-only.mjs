/*
 * Invariant I17: no test can reach a real system. Loaded into every test process and, through NODE_OPTIONS, into
 * every Node program a test starts; that is why it is plain JavaScript, whatever Node runs it.
 */
import { Socket } from 'node:net';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|::ffff:127(\.\d{1,3}){3})$/i;

const connect = Socket.prototype.connect;

/** The host of any of the argument forms of `Socket.connect`; undefined means the default, which is localhost. */
function readHost([first, second]) {
  if (Array.isArray(first)) return readHost(first);
  if (typeof first === 'object' && first !== null) return first.path ? undefined : first.host;
  const isUnixSocket = Number.isNaN(Number(first));
  return isUnixSocket || typeof second !== 'string' ? undefined : second;
}

Socket.prototype.connect = function connectToLoopback(...args) {
  const host = readHost(args) ?? 'localhost';
  if (LOOPBACK.test(host)) return connect.apply(this, args);
  return this.destroy(new Error(`only loopback is allowed under test, not ${host}`));
};
