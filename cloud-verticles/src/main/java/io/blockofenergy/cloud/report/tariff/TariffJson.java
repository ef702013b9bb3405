package io.blockofenergy.cloud.report.tariff;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Currency;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one tariff's JSON and writes it. {@code docs/tariffs.md} has the members. */
final class TariffJson {
  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
  private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
  private static final Pattern TIME = Pattern.compile("([0-9]{2}):(00|15|30|45)");
  private static final BigDecimal MAX = new BigDecimal("999999999.999999999");
  private static final BigDecimal LEAST = new BigDecimal("0.000000001");
  private static final int UWH_DIGITS = 9;
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
  private static final int MAX_NAME = 200;
  private static final int MAX_NOTE = 2_000;
  private static final int MAX_VERSIONS = 100;
  private static final int MAX_BANDS = 20;
  private static final int MAX_WINDOWS = 100;

  private final List<String> faults = new ArrayList<>();

  Tariff read(JsonObject json) {
    JsonMembers tariff = new JsonMembers("", json, faults);
    tariff.only(Set.of("id", "name", "note", "currency", "versions"));
    String id = tariff.text("id", 64);
    if (!id.isEmpty() && !ID.matcher(id).matches()) {
      tariff.fault("id", "must match " + ID);
    }
    String name = tariff.text("name", MAX_NAME);
    Optional<String> note = tariff.optionalText("note", MAX_NOTE);
    String currency = tariff.text("currency", 3);
    if (!currency.isEmpty() && !isCurrency(currency)) {
      tariff.fault("currency", "must be a code of ISO 4217 such as MKD");
    }
    List<TariffVersion> versions =
        tariff.objects("versions", 1, MAX_VERSIONS).stream()
            .map(this::version)
            .sorted(Comparator.comparing(TariffVersion::from))
            .toList();
    for (int i = 1; i < versions.size(); i++) {
      if (versions.get(i).from().equals(versions.get(i - 1).from())
          && !versions.get(i).from().equals(LocalDate.MIN)) {
        faults.add("versions has two from " + versions.get(i).from());
      }
    }
    if (!faults.isEmpty()) {
      throw new MalformedTariffException(faults);
    }
    return new Tariff(id, name, note, currency, versions);
  }

  /** Those with a minor unit; gold and the code for none have no money to round to. */
  private static boolean isCurrency(String code) {
    try {
      return Currency.getInstance(code).getDefaultFractionDigits() >= 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private TariffVersion version(JsonMembers version) {
    version.only(
        Set.of(
            "from",
            "bands",
            "defaultBand",
            "windows",
            "standingChargePerMonth",
            "taxPercent",
            "exportPricePerKwh"));
    LocalDate from = date(version);
    List<JsonMembers> bandMembers = version.objects("bands", 1, MAX_BANDS);
    List<Band> bands = bandMembers.stream().map(this::band).toList();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < bands.size(); i++) {
      if (!bands.get(i).name().isEmpty() && !names.add(bands.get(i).name())) {
        bandMembers.get(i).fault("name", "is that of another band");
      }
    }
    String defaultBand =
        bands.size() == 1 && !version.has("defaultBand")
            ? bands.get(0).name()
            : bandName(version, "defaultBand", names);
    List<Window> windows =
        version.objects("windows", 0, MAX_WINDOWS).stream()
            .map(window -> window(window, names))
            .toList();
    return new TariffVersion(
        from,
        bands,
        defaultBand,
        windows,
        version.decimal("standingChargePerMonth", BigDecimal.ZERO, MAX, false),
        version.decimal("taxPercent", BigDecimal.ZERO, HUNDRED, false),
        version.decimal("exportPricePerKwh", MAX.negate(), MAX, false));
  }

  private static LocalDate date(JsonMembers version) {
    String text = version.text("from", 10);
    try {
      if (DATE.matcher(text).matches()) {
        return LocalDate.parse(text);
      }
    } catch (DateTimeException e) {
      // Said below.
    }
    if (!text.isEmpty()) {
      version.fault("from", "must be a day such as 2025-01-01");
    }
    return LocalDate.MIN;
  }

  private static String bandName(JsonMembers members, String name, Set<String> bands) {
    String band = members.text(name, MAX_NAME);
    if (!band.isEmpty() && !bands.contains(band)) {
      members.fault(name, "is no band of this version");
    }
    return band;
  }

  private Band band(JsonMembers band) {
    band.only(Set.of("name", "blocks", "exportPricePerKwh"));
    List<JsonMembers> members = band.objects("blocks", 1, MAX_BANDS);
    List<Block> blocks = new ArrayList<>();
    long before = 0;
    for (int i = 0; i < members.size(); i++) {
      JsonMembers block = members.get(i);
      block.only(Set.of("upToKwh", "pricePerKwh"));
      long upTo = Long.MAX_VALUE;
      if (i == members.size() - 1) {
        if (block.has("upToKwh")) {
          block.fault("upToKwh", "is one too many: the last block has no end");
        }
      } else {
        // Not above 9 digits before the point, so it is far from where a long ends.
        BigDecimal upToKwh = block.decimal("upToKwh", LEAST, MAX, true);
        if (upToKwh.precision() > Decimals.DOUBLE_DIGITS) {
          block.fault("upToKwh", "must have at most " + Decimals.DOUBLE_DIGITS + " digits");
        }
        upTo = upToKwh.movePointRight(UWH_DIGITS).longValueExact();
        if (upTo > 0 && upTo <= before) {
          block.fault("upToKwh", "must be above that of the block before");
        }
        before = Math.max(before, upTo);
      }
      blocks.add(new Block(upTo, block.decimal("pricePerKwh", MAX.negate(), MAX, true)));
    }
    return new Band(
        band.text("name", MAX_NAME),
        blocks,
        band.has("exportPricePerKwh")
            ? Optional.of(band.decimal("exportPricePerKwh", MAX.negate(), MAX, true))
            : Optional.empty());
  }

  private static Window window(JsonMembers window, Set<String> bands) {
    window.only(Set.of("band", "days", "from", "to"));
    String band = bandName(window, "band", bands);
    int from = time(window, "from");
    int to = time(window, "to");
    if (from == Window.QUARTERS_OF_DAY) {
      window.fault("from", "must be before 24:00");
    } else if (from >= 0 && from == to) {
      window.fault("to", "must be another time than from; a whole day is 00:00 to 24:00");
    }
    return new Window(band, days(window), from, to == 0 ? Window.QUARTERS_OF_DAY : to);
  }

  /** Quarter hours from midnight; -1 when it is wrong. */
  private static int time(JsonMembers window, String name) {
    String text = window.text(name, 5);
    Matcher time = TIME.matcher(text);
    if (time.matches()) {
      int quarter = Integer.parseInt(time.group(1)) * 4 + Integer.parseInt(time.group(2)) / 15;
      if (quarter <= Window.QUARTERS_OF_DAY) {
        return quarter;
      }
    }
    if (!text.isEmpty()) {
      window.fault(name, "must be a time from 00:00 to 24:00 in steps of 15 minutes");
    }
    return -1;
  }

  private static Set<DayOfWeek> days(JsonMembers window) {
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    if (!window.has("days")) {
      return EnumSet.allOf(DayOfWeek.class);
    }
    for (Object name : window.list("days", 1, 7)) {
      boolean known = false;
      for (DayOfWeek day : DayOfWeek.values()) {
        if (shortName(day).equals(name)) {
          known = days.add(day);
        }
      }
      if (!known) {
        window.fault("days", "must have each of mon, tue, wed, thu, fri, sat and sun at most once");
        break;
      }
    }
    return days;
  }

  private static String shortName(DayOfWeek day) {
    return day.name().substring(0, 3).toLowerCase(Locale.ROOT);
  }

  /** Maps and lists in the one form that is hashed. */
  static Map<String, Object> write(Tariff tariff) {
    Map<String, Object> json = new TreeMap<>();
    json.put("id", tariff.id());
    json.put("name", tariff.name());
    tariff.note().ifPresent(note -> json.put("note", note));
    json.put("currency", tariff.currency());
    json.put("versions", tariff.versions().stream().map(TariffJson::write).toList());
    return json;
  }

  private static Map<String, Object> write(TariffVersion version) {
    Map<String, Object> json = new TreeMap<>();
    json.put("from", version.from().toString());
    json.put("bands", version.bands().stream().map(TariffJson::write).toList());
    json.put("defaultBand", version.defaultBand());
    json.put("windows", version.windows().stream().map(TariffJson::write).toList());
    json.put("standingChargePerMonth", version.standingChargePerMonth().toPlainString());
    json.put("taxPercent", version.taxPercent().toPlainString());
    json.put("exportPricePerKwh", version.exportPricePerKwh().toPlainString());
    return json;
  }

  private static Map<String, Object> write(Band band) {
    Map<String, Object> json = new TreeMap<>();
    json.put("name", band.name());
    json.put("blocks", band.blocks().stream().map(TariffJson::write).toList());
    band.exportPricePerKwh()
        .ifPresent(price -> json.put("exportPricePerKwh", price.toPlainString()));
    return json;
  }

  private static Map<String, Object> write(Block block) {
    Map<String, Object> json = new TreeMap<>();
    if (block.upToUwh() != Long.MAX_VALUE) {
      BigDecimal upToKwh = Decimals.plain(BigDecimal.valueOf(block.upToUwh(), UWH_DIGITS));
      json.put("upToKwh", upToKwh.scale() == 0 ? upToKwh.longValueExact() : upToKwh.doubleValue());
    }
    json.put("pricePerKwh", block.pricePerKwh().toPlainString());
    return json;
  }

  private static Map<String, Object> write(Window window) {
    Map<String, Object> json = new TreeMap<>();
    json.put("band", window.band());
    json.put("days", window.days().stream().sorted().map(TariffJson::shortName).toList());
    json.put("from", time(window.fromQuarter()));
    json.put("to", time(window.toQuarter()));
    return json;
  }

  private static String time(int quarter) {
    return String.format(Locale.ROOT, "%02d:%02d", quarter / 4, quarter % 4 * 15);
  }
}
