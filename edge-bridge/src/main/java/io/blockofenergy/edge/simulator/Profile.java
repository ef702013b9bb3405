package io.blockofenergy.edge.simulator;

import java.time.Instant;
import java.util.List;

/** What is simulated. For one thread. */
interface Profile {
  /** What {@code --profile} calls it. */
  String name();

  /** In the order in which they publish; always the same. */
  List<? extends Device> devices();

  /** All devices' power at once, in W. */
  default double powerW(Instant at) {
    return devices().stream().mapToDouble(device -> device.powerW(at)).sum();
  }
}
