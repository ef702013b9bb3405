package io.blockofenergy.cloud.api;

import static io.blockofenergy.cloud.api.SettingsFixture.etag;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings of sites and devices as those who set them see them. */
class SettingsRoutesIT {
  private static final String SITE = "/sites/12 Mill Lane";

  @TempDir Path directory;
  private SettingsFixture api;

  @BeforeEach
  void start() {
    api = new SettingsFixture(directory, Optional.of("evn-2025"));
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private static JsonObject body(HttpResponse<String> answer) {
    return new JsonObject(answer.body());
  }

  @Test
  void aSiteHasTheDefaultsUntilSomethingIsSet() {
    HttpResponse<String> fresh = api.get(SITE);
    assertThat(body(fresh))
        .isEqualTo(
            new JsonObject(
                """
                {"id":"12 Mill Lane","devices":2,"lastMeasuredAt":"2026-11-23T08:00:00.000Z",
                 "zone":"Europe/Skopje","tariff":"evn-2025","name":null}
                """));
    JsonObject set = new JsonObject().put("zone", "Asia/Kathmandu").put("name", "Home");
    HttpResponse<String> done = api.put(SITE, set, "If-Match", etag(fresh));
    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    assertThat(body(done).getMap())
        .containsEntry("zone", "Asia/Kathmandu")
        .containsEntry("tariff", "evn-2025")
        .containsEntry("name", "Home");
    assertThat(etag(api.get(SITE))).isEqualTo(etag(done)).isNotEqualTo(etag(fresh));
    assertThat(body(api.get("/sites")).getJsonArray("sites")).containsExactly(body(done));

    // What is absent goes back to its default.
    HttpResponse<String> back =
        api.put(SITE, new JsonObject().putNull("name"), "If-Match", etag(done));
    assertThat(body(back)).isEqualTo(body(fresh));
    assertThat(etag(back)).isEqualTo(etag(fresh));
  }

  @Test
  void aDeviceHasTheDefaultsUntilSomethingIsSet() {
    HttpResponse<String> fresh = api.get("/devices/washing machine");
    assertThat(body(fresh).getMap())
        .containsEntry("id", "washing machine")
        .containsEntry("site", "12 Mill Lane")
        .containsEntry("name", null)
        .containsEntry("powerCeilingW", 100000.0)
        .containsEntry("counted", true)
        .containsKeys("bridge", "firstMeasuredAt", "lastMeasuredAt", "latest");
    JsonObject set =
        new JsonObject().put("name", "Wäsche").put("powerCeilingW", 3680).put("counted", false);
    HttpResponse<String> done = api.put("/devices/washing machine", set, "If-Match", etag(fresh));
    assertThat(body(done).getMap())
        .containsEntry("name", "Wäsche")
        .containsEntry("powerCeilingW", 3680.0)
        .containsEntry("counted", false);
    assertThat(body(api.get("/devices")).getJsonArray("devices"))
        .containsExactly(body(api.get("/devices/boiler")), body(done));
  }

  @Test
  void oddSettingsAndUnknownPlacesAreRefused() {
    for (String odd :
        List.of(
            "{\"zone\":\"Skopje\"}",
            "{\"zone\":\"+02:00\"}",
            "{\"zone\":7}",
            "{\"tariff\":\"none\"}",
            "{\"tariff\":\"\"}",
            "{\"name\":\"a\\nb\"}",
            "{\"colour\":1}",
            "{\"id\":\"12 Mill Lane\"}")) {
      HttpResponse<String> refused = api.put(SITE, new JsonObject(odd), "If-Match", "*");
      assertThat(refused.statusCode()).as(odd).isEqualTo(400);
    }
    for (String odd :
        List.of(
            "{\"powerCeilingW\":0}",
            "{\"powerCeilingW\":-1}",
            "{\"powerCeilingW\":\"1\"}",
            "{\"powerCeilingW\":1e10}",
            "{\"counted\":\"no\"}",
            "{\"name\":[]}",
            "{\"zone\":\"UTC\"}")) {
      assertThat(api.put("/devices/boiler", new JsonObject(odd), "If-Match", "*").statusCode())
          .as(odd)
          .isEqualTo(400);
    }
    for (String path : List.of("/sites/nowhere", "/devices/nothing")) {
      assertThat(api.get(path).statusCode()).isEqualTo(404);
      assertThat(api.put(path, new JsonObject(), "If-Match", "*").statusCode()).isEqualTo(404);
    }
    assertThat(api.get(SITE + "?zone=UTC").statusCode()).isEqualTo(400);
    assertThat(api.put(SITE, new JsonObject()).statusCode()).isEqualTo(428);
    assertThat(api.put(SITE, new JsonObject(), "If-None-Match", "*").statusCode()).isEqualTo(412);
    assertThat(api.put(SITE, new JsonObject(), "If-Match", "\"x\"").statusCode()).isEqualTo(412);
  }

  @Test
  void ofTwoWhoSetAtOnceOneDoes() {
    String tag = etag(api.get(SITE));
    for (int round = 0; round < 5; round++) {
      List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
      for (int client = 0; client < 2; client++) {
        JsonObject set = new JsonObject().put("name", "Home " + round + client);
        sent.add(api.send("PUT", SITE, set, "If-Match", tag));
      }
      assertThat(sent)
          .extracting(answer -> answer.join().statusCode())
          .containsExactlyInAnyOrder(200, 412);
      tag = etag(api.get(SITE));
    }
  }

  @Test
  void aTariffThatIsUsedCannotBeRemoved() {
    JsonObject own = new JsonObject(api.get("/tariffs/evn-2025").body()).put("id", "mine");
    String tag = etag(api.put("/tariffs/mine", own, "If-None-Match", "*"));
    api.put(SITE, new JsonObject().put("tariff", "mine"), "If-Match", "*");
    HttpResponse<String> refused = api.delete("/tariffs/mine", "If-Match", tag);
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("sites are priced by tariff mine");
    api.put(SITE, new JsonObject(), "If-Match", "*");
    assertThat(api.delete("/tariffs/mine", "If-Match", tag).statusCode()).isEqualTo(204);
  }
}
