package io.blockofenergy.cloud.api;

import static io.blockofenergy.cloud.api.SettingsFixture.await;
import static io.blockofenergy.cloud.api.SettingsFixture.etag;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.blockofenergy.cloud.report.tariff.Tariff;
import io.blockofenergy.cloud.storage.VersionedDocuments;
import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tariffs as those who write them see them. */
class TariffRoutesIT {
  @TempDir Path directory;
  private SettingsFixture api;

  @BeforeEach
  void start() {
    api = new SettingsFixture(directory, Optional.empty());
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private static JsonObject flat(String price) {
    return new JsonObject(
        """
        {"name":"One price","currency":"EUR","versions":[{"from":"2025-01-01",
         "bands":[{"name":"all","blocks":[{"pricePerKwh":"%s"}]}]}]}
        """
            .formatted(price));
  }

  private String create(String price) {
    HttpResponse<String> made = api.put("/tariffs/flat", flat(price), "If-None-Match", "*");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(made.headers().firstValue("Location")).contains("/api/v1/tariffs/flat");
    return etag(made);
  }

  @Test
  void isMadeReadChangedAndRemovedByWhoHasSeenIt() {
    String first = create("0.30");
    HttpResponse<String> read = api.get("/tariffs/flat");
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(etag(read)).isEqualTo(first);
    assertThat(first)
        .isEqualTo(
            '"'
                + HexFormat.of()
                    .formatHex(Sha256.hash(read.body().getBytes(StandardCharsets.UTF_8)))
                + '"');
    for (String known : List.of(first, "W/" + first, "\"x\" ,, " + first, "*")) {
      HttpResponse<String> same = api.get("/tariffs/flat", "If-None-Match", known);
      assertThat(same.statusCode()).as(known).isEqualTo(304);
      assertThat(etag(same)).isEqualTo(first);
      assertThat(same.body()).isEmpty();
    }
    assertThat(api.get("/tariffs/flat", "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);

    HttpResponse<String> changed =
        api.put("/tariffs/flat", flat("0.31"), "If-Match", "\"a,b\", " + first);
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    String second = etag(changed);
    assertThat(second).isNotEqualTo(first);
    assertThat(api.get("/tariffs/flat").body()).contains("0.31");

    // What it was stays to be found by the hash that reports have named.
    HttpResponse<String> old = api.get("/tariffs/flat?sha256=" + first.replace("\"", ""));
    assertThat(old.body()).isEqualTo(read.body());
    assertThat(etag(old)).isEqualTo(first);
    assertThat(api.get("/tariffs/flat?sha256=" + "0".repeat(64)).statusCode()).isEqualTo(404);
    assertThat(api.get("/tariffs/flat?sha256=00").statusCode()).isEqualTo(400);
    assertThat(api.get("/tariffs/other?sha256=" + first.replace("\"", "")).statusCode())
        .isEqualTo(404);

    assertThat(api.delete("/tariffs/flat", "If-Match", first).statusCode()).isEqualTo(412);
    assertThat(api.delete("/tariffs/flat", "If-Match", second).statusCode()).isEqualTo(204);
    assertThat(api.get("/tariffs/flat").statusCode()).isEqualTo(404);
    assertThat(api.delete("/tariffs/flat", "If-Match", "*").statusCode()).isEqualTo(404);

    String one = first.replace("\"", "");
    String two = second.replace("\"", "");
    assertThat(api.acts())
        .extracting(
            act -> act.getString("kind"),
            act -> act.getString("tariff"),
            act -> act.getString("previousSha256"),
            act -> act.getString("sha256"))
        .containsExactly(
            tuple("tariff-changed", "flat", null, one),
            tuple("tariff-changed", "flat", one, two),
            tuple("tariff-removed", "flat", two, null));
  }

  @Test
  void writesWithoutOrAgainstAConditionChangeNothing() {
    assertThat(api.put("/tariffs/flat", flat("1")).statusCode()).isEqualTo(428);
    assertThat(api.put("/tariffs/flat", flat("1"), "If-None-Match", "\"x\"").statusCode())
        .isEqualTo(428);
    assertThat(api.put("/tariffs/flat", flat("1"), "If-Match", "*").statusCode()).isEqualTo(412);
    String tag = create("1");
    assertThat(api.put("/tariffs/flat", flat("2"), "If-None-Match", "*").statusCode())
        .isEqualTo(412);
    for (String wrong : List.of("\"x\"", "W/" + tag, tag.toUpperCase(Locale.ROOT))) {
      assertThat(api.put("/tariffs/flat", flat("2"), "If-Match", wrong).statusCode())
          .as(wrong)
          .isEqualTo(412);
    }
    for (String malformed : List.of("x", "\"x", "\"x\"y", "*, \"x\"", ",", "w/\"x\"")) {
      HttpResponse<String> refused = api.put("/tariffs/flat", flat("2"), "If-Match", malformed);
      assertThat(refused.statusCode()).as(malformed).isEqualTo(400);
      assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
    }
    assertThat(api.delete("/tariffs/flat").statusCode()).isEqualTo(428);
    assertThat(etag(api.get("/tariffs/flat"))).isEqualTo(tag);
    assertThat(api.acts()).hasSize(1);
    // What changes nothing is no act.
    assertThat(api.put("/tariffs/flat", flat("1.0"), "If-Match", "*").statusCode()).isEqualTo(200);
    assertThat(api.acts()).hasSize(1);
  }

  @Test
  void whatIsNoTariffIsRefusedWithEveryFault() {
    JsonObject bad = flat("x").put("currency", "dinar").put("id", "flat");
    HttpResponse<String> refused = api.put("/tariffs/flat", bad, "If-None-Match", "*");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(new JsonObject(refused.body()).getString("detail"))
        .contains("currency must be a text of 1 to 3 characters")
        .contains("versions[0].bands[0].blocks[0].pricePerKwh must be a decimal number");
    assertThat(
            api.put("/tariffs/flat", flat("1").put("id", "other"), "If-None-Match", "*")
                .statusCode())
        .isEqualTo(400);
    assertThat(api.put("/tariffs/Flat", flat("1"), "If-None-Match", "*").statusCode())
        .isEqualTo(400);
    assertThat(api.put("/tariffs/flat", null, "If-None-Match", "*").statusCode()).isEqualTo(400);
    assertThat(api.get("/tariffs?x=1").statusCode()).isEqualTo(400);
    assertThat(api.acts()).isEmpty();
  }

  @Test
  void examplesAreThereToBeUsedAndCannotBeChanged() {
    create("1");
    JsonArray listed = new JsonObject(api.get("/tariffs").body()).getJsonArray("tariffs");
    assertThat(listed)
        .extracting(
            each -> ((JsonObject) each).getString("id"),
            each -> ((JsonObject) each).getBoolean("example"))
        .containsExactly(tuple("evn-2025", true), tuple("flat", false));
    HttpResponse<String> example = api.get("/tariffs/evn-2025");
    assertThat(example.body()).contains("18.3035");
    assertThat(etag(example)).contains(listed.getJsonObject(0).getString("sha256"));
    assertThat(api.put("/tariffs/evn-2025", flat("1"), "If-Match", etag(example)).statusCode())
        .isEqualTo(409);
    assertThat(api.delete("/tariffs/evn-2025", "If-Match", "*").statusCode()).isEqualTo(409);
    // As a pattern: its JSON under another id.
    JsonObject own = new JsonObject(example.body()).put("id", "mine");
    assertThat(api.put("/tariffs/mine", own, "If-None-Match", "*").statusCode()).isEqualTo(201);
  }

  @Test
  void ofManyClientsThatChangeItAtOnceOneDoesAndTheOthersAreTold() {
    String tag = create("1");
    for (int round = 0; round < 5; round++) {
      List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
      for (int client = 0; client < 8; client++) {
        sent.add(
            api.send("PUT", "/tariffs/flat", flat(round + "." + (client + 1)), "If-Match", tag));
      }
      List<HttpResponse<String>> answers = sent.stream().map(CompletableFuture::join).toList();
      assertThat(answers)
          .extracting(HttpResponse::statusCode)
          .containsOnly(200, 412)
          .containsOnlyOnce(200);
      HttpResponse<String> winner =
          answers.stream().filter(answer -> answer.statusCode() == 200).findFirst().orElseThrow();
      tag = etag(winner);
      assertThat(api.get("/tariffs/flat").body()).isEqualTo(winner.body());
    }
    List<JsonObject> acts = api.acts();
    assertThat(acts).hasSize(6);
    for (int i = 1; i < acts.size(); i++) {
      assertThat(acts.get(i).getString("previousSha256"))
          .isEqualTo(acts.get(i - 1).getString("sha256"));
    }
  }

  @Test
  void ofManyClientsThatMakeItAtOnceOneDoes() {
    List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
    for (int client = 0; client < 8; client++) {
      sent.add(api.send("PUT", "/tariffs/flat", flat("" + (client + 1)), "If-None-Match", "*"));
    }
    assertThat(sent)
        .extracting(answer -> answer.join().statusCode())
        .containsOnly(201, 412)
        .containsOnlyOnce(201);
    assertThat(api.acts()).hasSize(1);
  }

  @Test
  void aChangeThatACrashHasLeftOnItsWayIsCompletedByWhoComesUponIt() {
    String tag = create("1");
    VersionedDocuments documents = new VersionedDocuments(api.mongo, "tariffs");
    Tariff next = Tariff.parse(flat("2").put("id", "flat"));
    VersionedDocuments.Versioned stored = await(documents.find("flat")).orElseThrow();
    JsonObject change =
        new JsonObject()
            .put("key", "tariff/left")
            .put("at", "2026-11-23T08:00:00.000Z")
            .put("previousSha256", tag.replace("\"", ""))
            .put("sha256", next.sha256())
            .put("tariff", next.canonicalJson());
    await(documents.replace(stored, stored.content().put("change", change)));

    assertThat(api.get("/tariffs").body()).contains(next.sha256());
    assertThat(api.get("/tariffs/flat").body()).isEqualTo(next.canonicalJson());
    assertThat(api.acts()).hasSize(2);
    assertThat(api.acts().get(1).getString("at")).isEqualTo("2026-11-23T08:00:00.000Z");

    stored = await(documents.find("flat")).orElseThrow();
    change = new JsonObject().put("key", "tariff/gone").put("at", "2026-11-23T09:00:00.000Z");
    await(documents.replace(stored, stored.content().put("change", change)));
    assertThat(api.put("/tariffs/flat", flat("3"), "If-Match", tag).statusCode()).isEqualTo(412);
    assertThat(api.get("/tariffs/flat").statusCode()).isEqualTo(404);
    assertThat(api.acts()).hasSize(3);
  }

  @Test
  void aFurtherOneThanThereMayBeIsRefusedAndNoneOfThoseThereVanishes() {
    String tag = create("1");
    List<BulkOperation> others = new ArrayList<>();
    for (int i = 1; i < 1_000; i++) {
      others.add(other(i, false));
    }
    await(api.mongo.bulkWrite("tariffs", others));
    HttpResponse<String> refused = api.put("/tariffs/more", flat("1"), "If-None-Match", "*");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
    assertThat(refused.body()).contains("1000 tariffs");
    assertThat(api.get("/tariffs/more").statusCode()).isEqualTo(404);
    assertThat(api.put("/tariffs/flat", flat("2"), "If-Match", tag).statusCode()).isEqualTo(200);

    // Made at the same moment, one of them by a process that has crashed.
    await(api.mongo.bulkWrite("tariffs", List.of(other(1_000, false), other(1_001, true))));
    JsonArray listed = new JsonObject(api.get("/tariffs").body()).getJsonArray("tariffs");
    assertThat(listed).hasSize(1_003);
    assertThat(api.delete("/tariffs/other-7", "If-Match", "*").statusCode()).isEqualTo(204);
  }

  private static BulkOperation other(int n, boolean isChanging) {
    Tariff tariff = Tariff.parse(flat("1").put("id", "other-" + n));
    JsonObject content = new JsonObject();
    if (isChanging) {
      content.put(
          "change",
          new JsonObject()
              .put("key", "tariff/" + n)
              .put("at", "2026-11-23T08:00:00.000Z")
              .put("sha256", tariff.sha256())
              .put("tariff", tariff.canonicalJson()));
    } else {
      content.put("tariff", tariff.canonicalJson());
    }
    return BulkOperation.createInsert(
        new JsonObject().put("_id", tariff.id()).put("revision", "r" + n).put("content", content));
  }

  @Test
  void oneThatSomebodyHasDamagedInTheStoreIsPassedOverAndCanBeMadeAnew() {
    create("1");
    VersionedDocuments documents = new VersionedDocuments(api.mongo, "tariffs");
    VersionedDocuments.Versioned stored = await(documents.find("flat")).orElseThrow();
    await(documents.replace(stored, new JsonObject().put("tariff", "{")));
    assertThat(api.get("/tariffs/flat").statusCode()).isEqualTo(404);
    assertThat(api.get("/tariffs").body()).doesNotContain("flat");
    create("2");
  }
}
