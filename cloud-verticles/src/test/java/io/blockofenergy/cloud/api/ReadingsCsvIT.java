package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.storage.ReadingStore;
import io.blockofenergy.telemetry.Reading;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readings as one file. */
class ReadingsCsvIT {
  @TempDir Path directory;
  private ApiServer api;

  @BeforeEach
  void start() throws Exception {
    api = new ApiServer(directory, new ApiConfig("127.0.0.1", 0));
  }

  @AfterEach
  void stop() throws Exception {
    api.close();
  }

  @Test
  void everyReadingIsARowNewestFirst() throws Exception {
    List<Reading> stored = api.store("plug \"7\", left", 1, 2_500);
    HttpResponse<String> answer = api.get("/readings", "Accept", "text/csv");
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/csv; charset=utf-8");
    List<String> rows = List.of(answer.body().split("\r\n"));
    assertThat(rows).hasSize(stored.size() + 1);
    assertThat(rows.get(0)).startsWith("id,site,device,measuredAt,");
    assertThat(rows.get(1))
        .isEqualTo(
            "bridge.0a1b2c3d.2500,home,\"plug \"\"7\"\", left\",2026-11-23T10:41:40.000Z,"
                + "2026-11-23T10:41:40.000Z,0.0000001,,2600.5,,,,,,,,bridge,tasmota,"
                + "tele/plug/SENSOR");
    assertThat(rows.get(2_500)).startsWith("bridge.0a1b2c3d.1,");
    String some =
        api.get("/readings?format=csv&from=2026-11-23T10:00:10Z&to=2026-11-23T10:00:12Z").body();
    assertThat(some.lines()).hasSize(3);
    assertThat(api.get("/readings?format=csv&limit=7").statusCode()).isEqualTo(400);
    assertThat(api.get("/readings?format=json&limit=7", "Accept", "text/csv").body())
        .startsWith("{");
    assertThat(api.get("/readings?format=csv&device=none").body().lines()).hasSize(1);
  }

  @Test
  void noSpreadsheetTakesWhatADeviceSaysForAFormula() throws Exception {
    Instant at = Instant.parse("2026-11-23T10:00:00Z");
    Reading reading =
        new Reading(
            "-bridge",
            "0a1b2c3d",
            1,
            "=1+1",
            "@home",
            at,
            at,
            "+tele/x",
            "tasmota",
            new TreeMap<>(Map.of("powerW", -5.0)),
            "\t=2+2",
            "00112233445566778899aabbccddeeff",
            "{}");
    new ReadingStore(api.mongo).insert(List.of(reading)).await(20, TimeUnit.SECONDS);
    assertThat(api.get("/readings?format=csv").body().split("\r\n")[1])
        .isEqualTo(
            "'-bridge.0a1b2c3d.1,'@home,'=1+1,2026-11-23T10:00:00.000Z,2026-11-23T10:00:00.000Z,"
                + ",,-5,,,,,,,'\t=2+2,'-bridge,tasmota,'+tele/x");
  }

  @Test
  void aFileThatCannotBeFinishedIsCutSoThatItIsNoticed() throws Exception {
    api.store("plug", 1, 20_000);
    StringBuffer text = new StringBuffer();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    NetSocket socket =
        api.vertx
            .createNetClient(new NetClientOptions().setReceiveBufferSize(4096))
            .connect(api.port(), "127.0.0.1")
            .await(10, TimeUnit.SECONDS);
    socket.closeHandler(end -> closed.countDown());
    socket.handler(
        bytes -> {
          text.append(bytes);
          if (begun.getCount() > 0) {
            socket.pause();
            begun.countDown();
          }
        });
    socket.write("GET /api/v1/readings?format=csv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    api.store.close();
    socket.resume();
    assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(text.toString()).contains("bridge.0a1b2c3d.20000,");
    assertThat(text.toString()).doesNotContain("bridge.0a1b2c3d.1,").doesNotContain("\r\n0\r\n");
  }
}
