/**
 * @typedef {{ name: string, same?: string, close?: readonly (number | string)[], error?: string }} SmokeCheck
 * @typedef {{ device: string, checks: readonly SmokeCheck[] }} SmokeReport
 */

/**
 * Tells whether two numbers agree within 1e-6: kernels may round exp, log and tanh differently in their last bit.
 * @param {number} a
 * @param {number} b
 * @returns {boolean}
 */
function isClose(a, b) {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-6 + 1e-6 * Math.abs(b);
}

/**
 * Finds where two runs of the smoke suite differ.
 * @param {SmokeReport} reference one run
 * @param {SmokeReport} report another, in another runtime or with other kernels
 * @returns {string[]} one line for each check that failed or differs
 */
export function compareReports(reference, report) {
  /** @type {string[]} */
  const faults = [];
  const names = report.checks.map(({ name }) => name).join();
  if (names !== reference.checks.map(({ name }) => name).join()) faults.push(`other checks ran: ${names}`);
  for (const { name, same, close = [], error } of report.checks) {
    const expected = reference.checks.find((check) => check.name === name);
    if (error !== undefined) faults.push(`${name}: ${error}`);
    else if (expected !== undefined && expected.error === undefined) {
      const numbers = expected.close ?? [];
      const at = close.findIndex((value, index) => !isClose(Number(value), Number(numbers[index])));
      if (same !== expected.same) faults.push(`${name}: is ${same}, elsewhere ${expected.same}`);
      else if (close.length !== numbers.length) faults.push(`${name}: has ${close.length} numbers, elsewhere ${numbers.length}`);
      else if (at >= 0) faults.push(`${name}: number ${at} is ${close[at]}, elsewhere ${numbers[at]}`);
    }
  }
  return faults;
}
