package io.blockofenergy.cloud.report.tariff;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The tariffs that come with the program: to be used as they are, or as a pattern. */
final class TariffExamples {
  private static final List<String> IDS = List.of("evn-2025");

  private TariffExamples() {}

  /** By id. Reads files: once, at start. */
  static Map<String, Tariff> load() {
    Map<String, Tariff> examples = new TreeMap<>();
    for (String id : IDS) {
      String file = "examples/" + id + ".json";
      try (InputStream json = TariffExamples.class.getResourceAsStream(file)) {
        if (json == null) {
          throw new IllegalStateException("there is no " + file + " in the jar");
        }
        examples.put(id, Tariff.parse(new JsonObject(Buffer.buffer(json.readAllBytes()))));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return examples;
  }
}
