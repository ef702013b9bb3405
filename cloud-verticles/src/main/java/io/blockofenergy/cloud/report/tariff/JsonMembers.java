package io.blockofenergy.cloud.report.tariff;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The members of a JSON object at its place in a document. What is wrong is noted with its path,
 * and something harmless is given in its stead, so that all faults are found at once. A null is as
 * good as an absent member. For one thread.
 */
final class JsonMembers {
  private final String path;
  private final JsonObject json;
  private final List<String> faults;

  JsonMembers(String path, JsonObject json, List<String> faults) {
    this.path = path;
    this.json = json;
    this.faults = faults;
  }

  String path(String name) {
    return path.isEmpty() ? name : path + '.' + name;
  }

  void fault(String name, String what) {
    faults.add(path(name) + ' ' + what);
  }

  /** What is not known would be ignored, and a price with it. */
  void only(Set<String> known) {
    for (String name : json.fieldNames()) {
      if (!known.contains(name)) {
        fault(name, "is not known");
      }
    }
  }

  boolean has(String name) {
    return json.getValue(name) != null;
  }

  /** A text that must be there. */
  String text(String name, int max) {
    return optionalText(name, max)
        .orElseGet(
            () -> {
              if (!has(name)) {
                fault(name, "is missing");
              }
              return "";
            });
  }

  Optional<String> optionalText(String name, int max) {
    if (!has(name)) {
      return Optional.empty();
    }
    if (json.getValue(name) instanceof String text
        && !text.isBlank()
        && text.length() <= max
        && text.codePoints().noneMatch(c -> c < 0x20 || (c >= 0xd800 && c <= 0xdfff))) {
      return Optional.of(text);
    }
    fault(name, "must be a text of 1 to " + max + " characters");
    return Optional.empty();
  }

  /**
   * A decimal number; zero when it is absent or wrong.
   *
   * @param needed whether it must be there
   */
  BigDecimal decimal(String name, BigDecimal min, BigDecimal max, boolean needed) {
    if (!has(name)) {
      if (needed) {
        fault(name, "is missing");
      }
      return BigDecimal.ZERO;
    }
    Optional<BigDecimal> value = Decimals.read(json.getValue(name));
    if (value.isEmpty()) {
      fault(
          name,
          "must be a decimal number such as \"4.4376\", at most 9 digits before and after the point,"
              + " as a text if it has more than 15");
      return BigDecimal.ZERO;
    }
    if (value.get().compareTo(min) < 0 || value.get().compareTo(max) > 0) {
      fault(name, "must be from " + min.toPlainString() + " to " + max.toPlainString());
      return BigDecimal.ZERO;
    }
    return value.get();
  }

  /** A list of objects that must be there, with from {@code min} to {@code max} of them. */
  List<JsonMembers> objects(String name, int min, int max) {
    List<JsonMembers> objects = new ArrayList<>();
    List<?> items = list(name, min, max);
    for (int i = 0; i < items.size(); i++) {
      String place = path(name) + '[' + i + ']';
      if (items.get(i) instanceof JsonObject object) {
        objects.add(new JsonMembers(place, object, faults));
      } else if (items.get(i) instanceof Map<?, ?> map) {
        JsonObject object = new JsonObject();
        map.forEach((key, value) -> object.put(String.valueOf(key), value));
        objects.add(new JsonMembers(place, object, faults));
      } else {
        faults.add(place + " must be an object");
      }
    }
    return objects;
  }

  /** An empty list instead of a wrong one. */
  List<?> list(String name, int min, int max) {
    Object value = json.getValue(name);
    int size = value instanceof JsonArray array ? array.size() : value == null ? 0 : -1;
    if (size < min || size > max) {
      fault(
          name,
          value == null ? "is missing" : "must be a list with " + min + " to " + max + " elements");
      return List.of();
    }
    return value == null ? List.of() : ((JsonArray) value).getList();
  }
}
