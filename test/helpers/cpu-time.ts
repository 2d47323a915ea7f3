/** CPU time that this process has used so far, ms. Unlike a clock it does not count what others of a busy machine take. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
