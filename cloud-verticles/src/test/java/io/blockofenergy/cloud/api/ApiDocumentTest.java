package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The API's document, with the parts whose handlers are there and with those to come. */
class ApiDocumentTest {
  private static final Path PARTS =
      Path.of("src/main/resources/io/blockofenergy/cloud/api/openapi");

  private static List<String> allParts() throws Exception {
    try (Stream<Path> files = Files.list(PARTS)) {
      return files
          .map(file -> file.getFileName().toString().replace(".yaml", ""))
          .filter(name -> !name.equals("base"))
          .sorted()
          .toList();
    }
  }

  private record Operation(String where, JsonObject model) {}

  private static List<Operation> operations(JsonObject document) {
    List<Operation> found = new ArrayList<>();
    for (Map.Entry<String, Object> path : document.getJsonObject("paths")) {
      for (String method : ApiDocument.METHODS) {
        JsonObject model = ((JsonObject) path.getValue()).getJsonObject(method);
        if (model != null) {
          found.add(new Operation(method + ' ' + path.getKey(), model));
        }
      }
    }
    return found;
  }

  @Test
  void everyOperationHasItsOwnIdAKnownTagAndASummary() throws Exception {
    JsonObject document = new DocumentedAnswers(allParts()).document();
    List<String> tags = new ArrayList<>();
    document.getJsonArray("tags").forEach(tag -> tags.add(((JsonObject) tag).getString("name")));
    List<Operation> operations = operations(document);
    assertThat(operations)
        .extracting(each -> each.model().getString("operationId"))
        .doesNotContainNull()
        .doesNotHaveDuplicates();
    for (Operation each : operations) {
      assertThat(tags).as(each.where()).contains(each.model().getJsonArray("tags").getString(0));
      assertThat(each.model().getString("summary")).as(each.where()).isNotBlank();
    }
  }

  @Test
  void everyExampleIsValid() throws Exception {
    int examples = 0;
    for (Operation each : operations(new DocumentedAnswers(allParts()).document())) {
      examples += checkExamples(each.where(), each.model());
    }
    assertThat(examples).isGreaterThan(10);
  }

  /** Of media types and parameters, wherever they are. */
  private static int checkExamples(String where, Object value) {
    int examples = 0;
    if (value instanceof JsonObject object) {
      if (object.containsKey("schema") && object.containsKey("example")) {
        DocumentedAnswers.assertValid(
            object.getJsonObject("schema"), object.getValue("example"), where + " example");
        examples++;
      }
      for (Map.Entry<String, Object> member : object) {
        examples += checkExamples(where + ' ' + member.getKey(), member.getValue());
      }
    } else if (value instanceof JsonArray array) {
      for (Object each : array) {
        examples += checkExamples(where, each);
      }
    }
    return examples;
  }
}
