package io.blockofenergy.telemetry;

import java.util.List;

/**
 * A configuration that the process cannot start with; the message names every fault, one a line.
 */
public class InvalidSettingsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient List<String> faults;

  public InvalidSettingsException(List<String> faults) {
    super("The configuration is not valid:\n  - " + String.join("\n  - ", faults));
    this.faults = List.copyOf(faults);
  }

  public List<String> faults() {
    return faults;
  }
}
