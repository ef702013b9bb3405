package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.log.MalformedProofException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Checks a report's energy, {@code boe.report.v1} of docs/formats.md: of each device it names the
 * readings at the ends of its counter's spans, and the sum of the devices is the report's figure.
 * What the energy costs is not computed here, and the check says so.
 */
final class ReportStatement {
  static final String SCHEMA = "boe.report.v1";

  private static final String WHAT = "the statement";
  private static final String REPORT = "the report";
  private static final Set<String> MEMBERS = Set.of("report", "schema", "sources", "tariff");
  private static final Set<String> SOURCE_MEMBERS =
      Set.of("device", CounterCheck.QUANTITY, StatedCounter.MEMBER, "notShown");
  private static final int DECIMALS = 9;

  private final Map<String, Object> statement;
  private final Map<String, Object> report;
  private final Map<String, Reading> readings;
  private final List<String> steps;
  private final List<String> notChecked;
  private final Set<String> used = new HashSet<>();
  // The first readings of the counters that the sum is of.
  private final List<Reading> counted = new ArrayList<>();
  private BigDecimal shown = BigDecimal.ZERO;
  private BigDecimal notShown = BigDecimal.ZERO;

  private ReportStatement(
      Map<String, Object> statement,
      Map<String, Reading> readings,
      List<String> steps,
      List<String> notChecked) {
    this.statement = statement;
    this.report = StrictJson.object(statement, "report", WHAT);
    this.readings = readings;
    this.steps = steps;
    this.notChecked = notChecked;
  }

  /**
   * Computes it anew from the readings, all of which it must need.
   *
   * @param readings by id, proved to be in the log
   * @param steps takes what was shown, in plain words
   * @param notChecked takes what was not
   * @throws MalformedProofException when a figure does not follow
   */
  static BundleVerifier.Outcome verify(
      Map<String, Object> statement,
      Map<String, Reading> readings,
      List<String> steps,
      List<String> notChecked) {
    StrictJson.onlyMembers(statement, MEMBERS, WHAT);
    return new ReportStatement(statement, readings, steps, notChecked).verify();
  }

  private BundleVerifier.Outcome verify() {
    if (!text(report, "schema", REPORT).equals(SCHEMA)) {
      throw new MalformedProofException("the report's schema is not " + SCHEMA);
    }
    StatedPeriod period =
        StatedPeriod.of(
            text(report, "kind", REPORT),
            text(report, "date", REPORT),
            StatedPeriod.zone(text(report, "zone", REPORT)));
    Instant from = StatedPeriod.instant(report, "from", REPORT);
    Instant to = StatedPeriod.instant(report, "to", REPORT);
    steps.add(period.check(from, to));
    sources(from, to);
    for (String id : readings.keySet()) {
      if (!used.contains(id)) {
        throw new MalformedProofException("the statement does not use its input " + id);
      }
    }
    Map<String, Object> summary = StrictJson.object(report, "summary", REPORT);
    double stated = number(summary, "energyKwh", "the report's summary");
    BigDecimal sum = shown.add(notShown);
    if (sum.doubleValue() != stated) {
      throw new MalformedProofException(
          "the devices' energies add up to "
              + CounterCheck.plain(sum)
              + " kWh, the report says "
              + stated);
    }
    costs(summary);
    notChecked.add(
        "The report's other figures: peak power, export, single hours, days and months, and the"
            + " comparison with the period before. Only the period's energy is computed anew.");
    String energy = CounterCheck.plain(shown) + " kWh";
    String since = CounterCheck.since(from, counted);
    if (notShown.signum() != 0) {
      steps.add("So " + energy + " of the report's energy follow from these readings.");
      return new BundleVerifier.Outcome(
          ReceiptVerifier.Verdict.FIGURES_NOT_CHECKED,
          "of "
              + CounterCheck.plain(sum)
              + " kWh, "
              + energy
              + (since.isEmpty() ? "" : since + ",")
              + " are shown by logged readings and "
              + CounterCheck.plain(notShown)
              + " kWh are not.");
    }
    steps.add("So " + subject() + " took " + energy + " in the " + period.noun() + ", as stated.");
    return new BundleVerifier.Outcome(
        ReceiptVerifier.Verdict.HOLDS,
        "the energy, "
            + energy
            + since
            + (summary.containsKey("cost") ? "; the cost is not checked." : "."));
  }

  private String subject() {
    return report.containsKey("device")
        ? text(report, "device", REPORT)
        : report.containsKey("site")
            ? "the site " + text(report, "site", REPORT)
            : "all sites together";
  }

  /**
   * Each device of the report, in its order, with its counters or why it has none. None comes
   * twice: as a reading is of one device, none counts twice either.
   */
  private void sources(Instant from, Instant to) {
    List<Map<String, Object>> devices = StrictJson.objects(report, "devices", REPORT);
    List<Map<String, Object>> sources = StrictJson.objects(statement, "sources", WHAT);
    if (devices.size() != sources.size()) {
      throw new MalformedProofException("the statement does not have a source for each device");
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < sources.size(); i++) {
      Map<String, Object> source = sources.get(i);
      Map<String, Object> device = devices.get(i);
      String what = "source " + i + " of the statement";
      StrictJson.onlyMembers(source, SOURCE_MEMBERS, what);
      String name = text(source, "device", what);
      if (!name.equals(text(device, "device", REPORT))) {
        throw new MalformedProofException(what + " is not of the report's device " + i);
      }
      if (!names.add(name)) {
        throw new MalformedProofException("the report has the device " + name + " twice");
      }
      double stated = number(device, "energyKwh", REPORT);
      boolean counts = counts(name, device);
      if (source.containsKey("notShown")) {
        if (source.size() != 2) {
          throw new MalformedProofException(what + " has counters that show nothing");
        }
        notShown(name, stated, counts, text(source, "notShown", what));
      } else {
        BigDecimal energy = energy(source, what, new Bounds(from, to));
        if (energy.doubleValue() != number(source, CounterCheck.QUANTITY, what)
            || energy.doubleValue() != stated) {
          throw new MalformedProofException(
              "the counter of "
                  + name
                  + " went by "
                  + CounterCheck.plain(energy)
                  + " kWh, the report says "
                  + stated);
        }
        shown = counts ? shown.add(energy) : shown;
        if (counts && energy.signum() != 0) {
          StatedCounter.all(source, what).forEach(each -> counted.add(readings.get(each.first())));
        }
        steps.add(
            name
                + " took "
                + CounterCheck.plain(energy)
                + " kWh"
                + (counts ? "." : ", which is not part of the sum."));
      }
    }
  }

  private record Bounds(Instant from, Instant to) {}

  private boolean counts(String name, Map<String, Object> device) {
    if (report.containsKey("device")) {
      return name.equals(text(report, "device", REPORT));
    }
    return StrictJson.member(device, "counted", Boolean.class, REPORT);
  }

  private BigDecimal energy(Map<String, Object> source, String what, Bounds bounds) {
    List<StatedCounter> counters = StatedCounter.all(source, what);
    String name = text(source, "device", what);
    Set<String> its = new HashSet<>();
    BigDecimal energy =
        new CounterCheck(name, bounds.from(), bounds.to(), CounterCheck.Kind.REPORT)
            .verify(counters, readings, its, steps);
    List<Reading> ends = its.stream().sorted().map(readings::get).toList();
    CounterCheck.oneSource(ends);
    Predicate<Reading> elsewhere =
        end -> report.containsKey("site") && !end.site().equals(text(report, "site", REPORT));
    for (Reading end : ends) {
      if (elsewhere.test(end)) {
        throw new MalformedProofException(end.id() + " is of the site " + end.site());
      }
    }
    for (String id : its) {
      if (!used.add(id)) {
        throw new MalformedProofException("two sources of the statement use " + id);
      }
    }
    return energy;
  }

  private void notShown(String name, double stated, boolean counts, String why) {
    if (counts) {
      notShown = notShown.add(BigDecimal.valueOf(stated).setScale(DECIMALS, RoundingMode.HALF_UP));
    }
    notChecked.add("The " + stated + " kWh of " + name + ": " + words(why) + ".");
  }

  private static String words(String why) {
    return switch (why) {
      case "estimated" -> "some of it is estimated from its power, which no counter shows";
      case "erased" -> "a reading at an end of its counter was erased";
      case "mixed-bridges" -> "its readings are of more than one bridge or site";
      case "differs" -> "the readings at the ends of its counter do not give this figure";
      case "too-many" -> "it takes more readings than a bundle can hold";
      default -> throw new MalformedProofException("there is no reason \"" + why + "\"");
    };
  }

  private void costs(Map<String, Object> summary) {
    boolean priced = report.containsKey("tariff");
    if (priced != statement.containsKey("tariff")) {
      throw new MalformedProofException(
          priced
              ? "the statement lacks the tariff that the report names"
              : "the statement has a tariff that the report does not name");
    }
    if (!priced) {
      return;
    }
    Map<String, Object> named = StrictJson.object(report, "tariff", REPORT);
    byte[] terms = StrictJson.canonical(StrictJson.object(statement, "tariff", WHAT), WHAT);
    String sha256 = Sha256.hex(terms);
    if (!sha256.equals(text(named, "sha256", "the report's tariff"))) {
      throw new MalformedProofException("the tariff is not the one that the report names");
    }
    steps.add("The file has the tariff that the report names, SHA-256 " + sha256 + ".");
    if (summary.containsKey("cost")) {
      Map<String, Object> cost = StrictJson.object(summary, "cost", "the report's summary");
      notChecked.add(
          "THE COST, "
              + text(cost, "total", "the report's cost")
              + " "
              + text(report, "currency", REPORT)
              + ": what was taken at which hour and price is not shown by the counter's ends."
              + " To check it, compute it from the readings and the tariff in the file.");
    }
    notChecked.add("Whether the tariff is the one that you agreed to: compare its SHA-256.");
  }

  private static String text(Map<String, Object> holder, String name, String what) {
    return StrictJson.member(holder, name, String.class, what);
  }

  private static double number(Map<String, Object> holder, String name, String what) {
    return StrictJson.member(holder, name, Number.class, what).doubleValue();
  }
}
