// The clocks of the work alone, as gather's own programs have them: what is read and opened before does not count.

export function startClock() {
  const wall = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  return (records) => {
    const wallUs = Number((process.hrtime.bigint() - wall) / 1000n);
    const { user, system } = process.cpuUsage(cpu);
    return { wall_us: wallUs, cpu_us: user + system, peak_kib: process.resourceUsage().maxRSS, records };
  };
}
