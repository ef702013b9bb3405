package io.blockofenergy.edge.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A device of some make: says what it measures in its maker's form. Pure: the same instant gives
 * the same messages, in whatever order it is asked. For one thread.
 */
interface Device {
  /**
   * What it publishes at an instant; at least one message.
   *
   * @param period time since it published before
   * @throws IllegalArgumentException before {@link Meter#COUNTING_SINCE}
   */
  List<Message> messages(Instant at, Duration period);

  /**
   * Whether its messages carry the time of measurement. A device without that has no past to
   * publish: its receiver would take an old counter for today's.
   */
  boolean tellsTime();

  /** Power drawn, in W; negative when it feeds in. */
  double powerW(Instant at);
}
