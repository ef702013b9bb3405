package io.blockofenergy.cloud.report.tariff;

import java.util.List;

/** A tariff cannot be understood. Permanent: only another text helps. */
public class MalformedTariffException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Of a long list of faults, those that are told. */
  private static final int TOLD = 20;

  private final List<String> faults;

  MalformedTariffException(List<String> faults) {
    super(message(faults), null, false, false);
    this.faults = List.copyOf(faults);
  }

  private static String message(List<String> faults) {
    String told = String.join("; ", faults.subList(0, Math.min(TOLD, faults.size())));
    return faults.size() > TOLD ? told + "; and " + (faults.size() - TOLD) + " more" : told;
  }

  /** All of them, each with the path of the member that it is about. */
  public List<String> faults() {
    return faults;
  }
}
