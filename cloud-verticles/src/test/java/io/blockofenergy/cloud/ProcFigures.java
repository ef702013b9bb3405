package io.blockofenergy.cloud;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux tells of a process.
 *
 * @param cpuSeconds processor time that it has taken
 * @param residentMegabytes most memory that it has held
 */
record ProcFigures(double cpuSeconds, double residentMegabytes) {
  /** USER_HZ, in which /proc shows times whatever the kernel's own clock is (proc(5)). */
  private static final double TICKS_A_SECOND = 100;

  static ProcFigures of(long pid) throws IOException {
    Path proc = Path.of("/proc", Long.toString(pid));
    String stat = Files.readString(proc.resolve("stat"));
    // The name in parentheses may hold spaces: user and system time are the 12th and 13th after it.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    double cpu = (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
    double resident =
        Files.readString(proc.resolve("status"))
            .lines()
            .filter(line -> line.startsWith("VmHWM:"))
            .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
            .findFirst()
            .orElse(0);
    return new ProcFigures(cpu, resident);
  }
}
