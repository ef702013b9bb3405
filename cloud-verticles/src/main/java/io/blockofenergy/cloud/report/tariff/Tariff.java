package io.blockofenergy.cloud.report.tariff;

import io.blockofenergy.telemetry.CanonicalJson;
import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What energy costs, by date, time of the week and how much was taken in the month; {@code
 * docs/tariffs.md} has the JSON. Immutable.
 */
public final class Tariff {
  private final String id;
  private final String name;
  private final Optional<String> note;
  private final String currency;
  private final List<TariffVersion> versions;
  private final String canonical;
  private final String sha256;

  /**
   * @param versions at least one, by rising date
   */
  Tariff(
      String id,
      String name,
      Optional<String> note,
      String currency,
      List<TariffVersion> versions) {
    this.id = id;
    this.name = name;
    this.note = note;
    this.currency = currency;
    this.versions = List.copyOf(versions);
    byte[] bytes = CanonicalJson.bytes(TariffJson.write(this));
    this.canonical = new String(bytes, StandardCharsets.UTF_8);
    this.sha256 = HexFormat.of().formatHex(Sha256.hash(bytes));
  }

  /**
   * Reads a tariff, strictly.
   *
   * @throws MalformedTariffException with all that is wrong, such as {@code
   *     versions[0].bands[1].blocks[0].pricePerKwh is no decimal number}
   */
  public static Tariff parse(JsonObject json) {
    return new TariffJson().read(json);
  }

  /**
   * With every member, defaults as well, and each in one form: decimals as texts, no zeros left.
   */
  public JsonObject toJson() {
    return new JsonObject(canonical);
  }

  /** {@link #toJson} as RFC 8785 writes it. */
  public String canonicalJson() {
    return canonical;
  }

  /** Of {@link #canonicalJson}, 64 hex digits: the same for all ways to write the same tariff. */
  public String sha256() {
    return sha256;
  }

  public String id() {
    return id;
  }

  /** For people. */
  public String name() {
    return name;
  }

  Optional<String> note() {
    return note;
  }

  /** ISO 4217. */
  public String currency() {
    return currency;
  }

  List<TariffVersion> versions() {
    return versions;
  }

  /** The version of a local day; empty before the first. */
  Optional<TariffVersion> version(LocalDate day) {
    for (int i = versions.size() - 1; i >= 0; i--) {
      if (!versions.get(i).from().isAfter(day)) {
        return Optional.of(versions.get(i));
      }
    }
    return Optional.empty();
  }
}
