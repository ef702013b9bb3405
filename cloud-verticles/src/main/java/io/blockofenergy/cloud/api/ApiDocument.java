package io.blockofenergy.cloud.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The API's OpenAPI 3.1 document, joined from its parts, {@code openapi/*.yaml} beside this class.
 */
final class ApiDocument {
  /** A part is named here when its handlers are there: see {@link ApiVerticle#start()}. */
  static final List<String> PARTS =
      List.of("readings", "settings", "reports", "forecast", "packs", "evidence", "acts", "system");

  /** The path below which all its paths are. */
  static final String BASE = "/api/v1";

  static final List<String> METHODS =
      List.of("get", "put", "post", "delete", "options", "head", "patch", "trace");

  /** What every operation can answer with. */
  private static final Map<String, String> ALWAYS =
      Map.of(
          "403", "Forbidden",
          "406", "NotAcceptable",
          "414", "UriTooLong",
          "421", "Misdirected",
          "429", "TooMany",
          "431", "HeadersTooLarge",
          "500", "Internal",
          "503", "Unavailable");

  private static final Map<String, String> WITH_BODY =
      Map.of("413", "TooLarge", "415", "UnsupportedMediaType");

  private static final Map<String, String> WITH_KEY = Map.of("409", "Conflict", "422", "KeyReused");

  private ApiDocument() {}

  /** Reads and joins. Blocks for a moment. */
  static JsonObject load(List<String> parts) {
    JsonObject document = read("base");
    for (String part : parts) {
      join(document, read(part), part);
    }
    document.getJsonObject("paths").forEach(path -> completePath((JsonObject) path.getValue()));
    return document;
  }

  private static JsonObject read(String part) {
    String name = "openapi/" + part + ".yaml";
    try (InputStream file = ApiDocument.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException("the program was built without " + name);
      }
      Map<String, Object> yaml = new Yaml(new SafeConstructor(new LoaderOptions())).load(file);
      return new JsonObject(new JsonObject(yaml).encode());
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + name, e);
    }
  }

  /** Objects are joined member by member; two parts must not say the same thing twice. */
  private static void join(JsonObject document, JsonObject more, String where) {
    for (Map.Entry<String, Object> member : more) {
      String name = member.getKey();
      Object there = document.getValue(name);
      if (there == null) {
        document.put(name, member.getValue());
      } else if (there instanceof JsonObject object
          && member.getValue() instanceof JsonObject addition) {
        join(object, addition, where + ' ' + name);
      } else if (!there.equals(member.getValue())) {
        throw new IllegalStateException("said twice: " + where + ' ' + name);
      }
    }
  }

  private static void completePath(JsonObject path) {
    for (String method : METHODS) {
      JsonObject operation = path.getJsonObject(method);
      if (operation == null) {
        continue;
      }
      add(operation, ALWAYS);
      if (operation.containsKey("requestBody")) {
        add(operation, WITH_BODY);
      }
      if (takesKey(operation)) {
        add(operation, WITH_KEY);
      }
    }
  }

  private static void add(JsonObject operation, Map<String, String> responses) {
    JsonObject answers = operation.getJsonObject("responses");
    responses.forEach(
        (status, name) -> {
          if (!answers.containsKey(status)) {
            answers.put(status, new JsonObject().put("$ref", "#/components/responses/" + name));
          }
        });
  }

  private static boolean takesKey(JsonObject operation) {
    return operation.getJsonArray("parameters", new JsonArray()).stream()
        .anyMatch(
            each ->
                each instanceof JsonObject parameter
                    && "#/components/parameters/idempotencyKey"
                        .equals(parameter.getString("$ref")));
  }

  /**
   * The document as the router's library takes it: without the answers, of whose media types it
   * knows a few only and refuses a document that names others; and without the formats of texts,
   * which the handlers know better: what is wrong with a date, they say.
   */
  static JsonObject forRouter(JsonObject document) {
    JsonObject copy = document.copy();
    copy.remove("servers"); // it takes no relative address
    copy.getJsonObject("components").remove("responses");
    for (Map.Entry<String, Object> path : copy.getJsonObject("paths")) {
      for (String method : METHODS) {
        JsonObject operation = ((JsonObject) path.getValue()).getJsonObject(method);
        if (operation != null) {
          operation.put(
              "responses",
              new JsonObject().put("default", new JsonObject().put("description", "any")));
        }
      }
    }
    removeFormats(copy);
    return copy;
  }

  private static void removeFormats(Object value) {
    if (value instanceof JsonObject object) {
      if (object.getValue("format") instanceof String) {
        object.remove("format");
      }
      object.forEach(member -> removeFormats(member.getValue()));
    } else if (value instanceof JsonArray array) {
      array.forEach(ApiDocument::removeFormats);
    }
  }
}
