package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Carries out the examples of docs/api.md, as curl would, in their order. */
class ApiExamplesIT {
  /** Held here: one that nobody holds is closed when memory is tidied up, with its answers. */
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static final Pattern BLOCK = Pattern.compile("(?s)```sh\n(.*?)```");
  private static final Pattern EXAMPLE =
      Pattern.compile("(?m)^(curl (?:.*\\\\\n)*.*)\n# ([0-9]{3}) (.*)$");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
  private static final int MAX_CHARACTERS = 1 << 20;

  @TempDir Path directory;

  private record Example(String command, int status, String part) {}

  private static List<Example> examples() throws Exception {
    List<Example> examples = new ArrayList<>();
    Matcher block = BLOCK.matcher(Files.readString(Path.of("../docs/api.md")));
    while (block.find()) {
      String rest = block.group(1);
      Matcher example = EXAMPLE.matcher(rest);
      while (example.find()) {
        examples.add(
            new Example(example.group(1), Integer.parseInt(example.group(2)), example.group(3)));
      }
      assertThat(example.replaceAll("").strip()).as("not an example").isEmpty();
    }
    return examples;
  }

  @Test
  void everyExampleIsAnsweredAsThePageSays() throws Exception {
    ApiServer api = new ApiServer(directory, new ApiConfig("127.0.0.1", 0));
    try {
      ApiPlayground.fill(api);
      DocumentedAnswers documented = new DocumentedAnswers();
      int carriedOut = 0;
      for (Example example : examples()) {
        HttpRequest request = request(example.command(), api.port());
        if (documented.knows(request.uri().getRawPath())) {
          carryOut(example, request);
          carriedOut++;
        }
      }
      assertThat(carriedOut).isGreaterThanOrEqualTo(20);
    } finally {
      api.close();
    }
  }

  private static void carryOut(Example example, HttpRequest request) throws Exception {
    HttpResponse<InputStream> answer =
        CLIENT.send(request, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      String text = read(example, body);
      assertThat(answer.statusCode())
          .as(example.command() + "\n" + text)
          .isEqualTo(example.status());
      if (example.part().startsWith("{")) {
        assertContains(example.command(), Json.decodeValue(text), Json.decodeValue(example.part()));
      } else {
        assertThat(text).as(example.command()).contains(example.part());
      }
    }
  }

  /** To the end, or to what is looked for: a stream of events has none. */
  private static String read(Example example, InputStream body) {
    String part = example.part();
    StringBuilder text = new StringBuilder();
    byte[] some = new byte[8192];
    try {
      for (int n = body.read(some); n >= 0; n = body.read(some)) {
        text.append(new String(some, 0, n, StandardCharsets.UTF_8));
        if (text.indexOf(part) >= 0 || text.length() > MAX_CHARACTERS) {
          break;
        }
      }
    } catch (IOException e) {
      throw new AssertionError(example.command() + " broke off after: " + text, e);
    }
    return text.toString();
  }

  private static HttpRequest request(String command, int port) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command.replace("\\\n", " "));
    while (word.find()) {
      words.add(word.group(1) == null ? word.group(2) : word.group(1));
    }
    HttpRequest.Builder request = HttpRequest.newBuilder();
    String method = "GET";
    HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.noBody();
    Iterator<String> rest = words.subList(1, words.size()).iterator();
    while (rest.hasNext()) {
      String next = rest.next();
      switch (next) {
        case "-N" -> {} // the client here holds nothing back anyway
        case "-X" -> method = rest.next();
        case "-d" -> body = HttpRequest.BodyPublishers.ofString(rest.next());
        case "-H" -> {
          String[] header = rest.next().split(": ", 2);
          request.header(header[0], header[1]);
        }
        default -> request.uri(URI.create(next.replace("127.0.0.1:8080", "127.0.0.1:" + port)));
      }
    }
    return request.method(method, body).build();
  }

  /** Members that are not named may be there; of a list, the first ones are compared. */
  private static void assertContains(String where, Object found, Object wanted) {
    if (wanted instanceof JsonObject members) {
      assertThat(found).as(where).isInstanceOf(JsonObject.class);
      for (Map.Entry<String, Object> member : members) {
        assertContains(
            where + ' ' + member.getKey(),
            ((JsonObject) found).getValue(member.getKey()),
            member.getValue());
      }
    } else if (wanted instanceof JsonArray items) {
      assertThat((JsonArray) found).as(where).hasSizeGreaterThanOrEqualTo(items.size());
      for (int i = 0; i < items.size(); i++) {
        assertContains(where + ' ' + i, ((JsonArray) found).getValue(i), items.getValue(i));
      }
    } else {
      assertThat(found).as(where).isEqualTo(wanted);
    }
  }
}
