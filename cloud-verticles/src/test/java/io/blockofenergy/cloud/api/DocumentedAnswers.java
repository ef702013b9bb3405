package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Holds answers against the document: status, media type and body. */
final class DocumentedAnswers {
  private final JsonObject document;

  DocumentedAnswers(List<String> parts) {
    JsonObject joined = ApiDocument.load(parts);
    document = (JsonObject) inlined(joined, joined);
  }

  DocumentedAnswers() {
    this(ApiDocument.PARTS);
  }

  JsonObject document() {
    return document;
  }

  /** Returns the answer, when it is one that the document has. */
  <T> HttpResponse<T> check(HttpResponse<T> answer) {
    check(
        answer.request().method(),
        answer.request().uri().getRawPath(),
        answer.statusCode(),
        answer.headers().firstValue("Content-Type").orElse(null),
        String.valueOf(answer.body()));
    return answer;
  }

  void check(String method, String target, int status, String contentType, String body) {
    String path = URI.create(target).getRawPath();
    if (!path.startsWith(ApiDocument.BASE + "/")) {
      return;
    }
    JsonObject operation = operation(method, path.substring(ApiDocument.BASE.length()));
    String what = method + ' ' + path + ' ' + status;
    if (operation == null) {
      // Unknown paths, and methods that a path does not have.
      assertThat(status).as(what).isBetween(400, 499);
      assertThat(contentType).as(what).isEqualTo("application/problem+json");
      return;
    }
    JsonObject answer = operation.getJsonObject("responses").getJsonObject("" + status);
    assertThat(answer).as(what + " is documented").isNotNull();
    JsonObject content = answer.getJsonObject("content");
    if (content == null) {
      assertThat(body).as(what + " has no body").isEmpty();
      return;
    }
    String type = contentType.split(";", 2)[0];
    assertThat(content.fieldNames()).as(what + " has a documented type").contains(type);
    if (type.endsWith("json")) {
      assertValid(
          content.getJsonObject(type).getJsonObject("schema"), Json.decodeValue(body), what);
    }
  }

  static void assertValid(JsonObject schema, Object value, String what) {
    OutputUnit result =
        Validator.create(
                JsonSchema.of(schema),
                new JsonSchemaOptions()
                    .setDraft(Draft.DRAFT202012)
                    .setBaseUri("app://")
                    .setOutputFormat(OutputFormat.Basic))
            .validate(value);
    List<String> faults =
        result.getErrors() == null
            ? List.of()
            : result.getErrors().stream()
                .map(each -> each.getInstanceLocation() + ": " + each.getError())
                .toList();
    assertThat(faults).as(what).isEmpty();
  }

  /** Whether the path is one of the document's. */
  boolean knows(String target) {
    String path = target.substring(ApiDocument.BASE.length());
    return document.getJsonObject("paths").fieldNames().stream()
        .anyMatch(each -> path.matches(each.replaceAll("\\{[^}]*}", "[^/]+")));
  }

  /** The most literal path wins. */
  private JsonObject operation(String method, String path) {
    JsonObject found = null;
    for (Map.Entry<String, Object> each : document.getJsonObject("paths")) {
      JsonObject operations = (JsonObject) each.getValue();
      if (each.getKey().equals(path)) {
        return operations.getJsonObject(method.toLowerCase(Locale.ROOT));
      }
      if (path.matches(each.getKey().replaceAll("\\{[^}]*}", "[^/]+"))) {
        found = operations.getJsonObject(method.toLowerCase(Locale.ROOT));
      }
    }
    return found;
  }

  /** The value with what its references name in their places; none refers to itself. */
  private static Object inlined(JsonObject document, Object value) {
    if (value instanceof JsonObject object) {
      if (object.getValue("$ref") instanceof String ref) {
        Object target = document;
        for (String step : ref.substring(2).split("/")) {
          target = ((JsonObject) target).getValue(step);
          assertThat(target).as(ref).isNotNull();
        }
        return inlined(document, target);
      }
      JsonObject copy = new JsonObject();
      object.forEach(member -> copy.put(member.getKey(), inlined(document, member.getValue())));
      return copy;
    }
    if (value instanceof JsonArray array) {
      JsonArray copy = new JsonArray();
      array.forEach(each -> copy.add(inlined(document, each)));
      return copy;
    }
    return value;
  }
}
