package io.blockofenergy.cloud.api;

import static io.blockofenergy.cloud.topic.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Live events as a client reads them from its socket. */
class LiveStreamsIT {
  private static final int MAX_STREAMS = 2;

  @TempDir Path directory;
  private ApiServer api;

  /** What a client has received, and whether the server has closed. */
  private final class Client {
    final StringBuffer text = new StringBuffer();
    volatile boolean closed;
    final NetSocket socket;

    Client(String query) throws Exception {
      socket =
          api.vertx
              .createNetClient(new NetClientOptions().setReceiveBufferSize(4096))
              .connect(api.port(), "127.0.0.1")
              .await(10, TimeUnit.SECONDS);
      socket.handler(text::append);
      socket.closeHandler(end -> closed = true);
      socket.write(
          "GET /api/v1/live"
              + query
              + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
              + "Accept-Encoding: gzip\r\n\r\n");
    }

    boolean has(String part) {
      return text.indexOf(part) >= 0;
    }
  }

  @BeforeEach
  void start() throws Exception {
    api = new ApiServer(directory, new ApiConfig("127.0.0.1", 0, 1000, 1000, MAX_STREAMS));
  }

  @AfterEach
  void stop() throws Exception {
    api.close();
  }

  private void publish(String device, int first, int count) {
    JsonArray readings = new JsonArray();
    for (int i = first; i < first + count; i++) {
      readings.add(
          new JsonObject()
              .put("id", "bridge.0a1b2c3d." + i)
              .put("device", device)
              .put("site", "s".repeat(500))
              .put("quantities", new JsonObject().put("powerW", i)));
    }
    api.vertx.eventBus().publish("live.readings", new JsonObject().put("readings", readings));
  }

  @Test
  void aClientGetsTheReadingsOfItsDevicesAsTheyAre() throws Exception {
    Client client = new Client("?device=boiler&device=plug%207");
    until("it stands", () -> client.has("retry: "));
    publish("fridge", 1, 1);
    publish("plug 7", 2, 1);
    publish("boiler", 3, 1);
    until("the last has come", () -> client.has("0a1b2c3d.3\"") && client.has("\n\n\r\n"));
    assertThat(client.text.toString())
        .contains("text/event-stream")
        .contains("event: reading\nid: bridge.0a1b2c3d.2\ndata: {\"id\":\"bridge.0a1b2c3d.2\",")
        .doesNotContain("fridge");
  }

  @Test
  void aClientThatDoesNotReadMissesTheOldestAndIsToldHowMany() throws Exception {
    Client client = new Client("");
    until("it stands", () -> client.has("retry: "));
    client.socket.pause();
    int sent = 20_000;
    for (int i = 0; i < sent; i += 500) {
      publish("boiler", i, 500);
    }
    publish("boiler", sent, 1);
    // Asked on the same event loop, so all that was published has been taken when it answers.
    assertThat(api.get("/status").statusCode()).isEqualTo(200);
    client.socket.resume();
    until("the last has come", () -> client.has("id: bridge.0a1b2c3d." + sent + "\n"));
    Matcher dropped =
        Pattern.compile("event: dropped\ndata: \\{\"readings\":([0-9]+)}").matcher(client.text);
    long missed = 0;
    while (dropped.find()) {
      missed += Long.parseLong(dropped.group(1));
    }
    long come = Pattern.compile("id: bridge").matcher(client.text).results().count();
    assertThat(missed).isPositive();
    assertThat(come + missed).isEqualTo(sent + 1);
  }

  @Test
  void streamsAreBoundedAndAPlaceThatIsLeftIsFree() throws Exception {
    Client first = new Client("");
    Client second = new Client("");
    until("both stand", () -> first.has("retry: ") && second.has("retry: "));
    assertThat(api.get("/live").statusCode()).isEqualTo(503);
    first.socket.close().await(10, TimeUnit.SECONDS);
    Client[] third = {null};
    until(
        "a third has a place",
        () -> {
          try {
            if (third[0] == null || third[0].has(" 503 ")) {
              third[0] = new Client("");
            }
            until("an answer", () -> third[0].has("\r\n\r\n"));
            return third[0].has("retry: ");
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    assertThat(api.get("/live?device=" + "d&device=".repeat(100) + "d").statusCode())
        .isEqualTo(400);
  }

  @Test
  void aStreamEndsInOrderWhenTheServerStops() throws Exception {
    Client client = new Client("");
    until("it stands", () -> client.has("retry: "));
    api.undeploy();
    until("it has ended", () -> client.closed);
    assertThat(client.text.toString()).endsWith("\r\n0\r\n\r\n");
  }
}
