package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.local.LocalMongo;
import io.blockofenergy.cloud.storage.SettingsStore.Current;
import io.blockofenergy.cloud.storage.SettingsStore.Defaults;
import io.blockofenergy.cloud.storage.VersionedDocuments.Versioned;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsStoreIT {
  private static final ZoneId SKOPJE = ZoneId.of("Europe/Skopje");

  @TempDir Path directory;
  private Vertx vertx;
  private LocalMongo server;
  private MongoClient mongo;
  private SettingsStore settings;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
    server = LocalMongo.start(directory, 0);
    mongo = new MongoConfig(Optional.empty(), "energy", server.port()).createClient(vertx);
    settings = new SettingsStore(mongo, new Defaults(SKOPJE, Optional.empty(), 100_000));
  }

  @AfterEach
  void stop() {
    await(mongo.close());
    await(vertx.close());
    server.close();
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Test
  void whatWasNotSetFollowsTheDefaultsOfToday() {
    Current<SiteSettings> fresh = await(settings.currentSite("home"));
    assertThat(fresh.settings())
        .isEqualTo(new SiteSettings("home", SKOPJE, Optional.empty(), Optional.empty()));
    await(settings.putSite(fresh, Optional.empty(), Optional.empty(), Optional.of("Home")));
    SettingsStore later =
        new SettingsStore(
            mongo, new Defaults(ZoneId.of("Asia/Tokyo"), Optional.of("evn-2025"), 1_000));
    assertThat(await(later.site("home")))
        .isEqualTo(
            new SiteSettings(
                "home", ZoneId.of("Asia/Tokyo"), Optional.of("evn-2025"), Optional.of("Home")));
    assertThat(await(later.device("boiler")))
        .isEqualTo(new DeviceSettings("boiler", Optional.empty(), 1_000, true));
    assertThat(await(later.isUsed("evn-2025"))).isTrue();
    assertThat(await(settings.isUsed("evn-2025"))).isFalse();
  }

  @Test
  void onlyWhoHasSeenTheSettingsReplacesThem() {
    Current<DeviceSettings> nothing = await(settings.currentDevice("boiler"));
    assertThat(
            await(
                settings.putDevice(
                    nothing, Optional.empty(), Optional.of(3680.0), Optional.of(false))))
        .contains(new DeviceSettings("boiler", Optional.empty(), 3680, false));
    assertThat(
            await(
                settings.putDevice(nothing, Optional.of("x"), Optional.empty(), Optional.empty())))
        .isEmpty();
    Current<DeviceSettings> seen = await(settings.currentDevice("boiler"));
    assertThat(
            await(settings.putDevice(seen, Optional.of("B"), Optional.empty(), Optional.empty())))
        .contains(new DeviceSettings("boiler", Optional.of("B"), 100_000, true));
    assertThat(
            await(settings.putDevice(seen, Optional.of("C"), Optional.empty(), Optional.empty())))
        .isEmpty();
    assertThat(await(settings.device("boiler")).name()).contains("B");
  }

  @Test
  void settingsOfThousandsAreReadInTheirOrder() {
    List<String> ids = IntStream.range(0, 1_203).mapToObj(i -> "plug " + (i * 7 % 1_203)).toList();
    for (int i = 0; i < 1_203; i += 401) {
      Current<DeviceSettings> seen = await(settings.currentDevice("plug " + i));
      await(
          settings.putDevice(seen, Optional.of("named " + i), Optional.empty(), Optional.empty()));
    }
    Map<String, DeviceSettings> all = await(settings.devices(ids));
    assertThat(all.keySet()).containsExactlyElementsOf(ids);
    assertThat(all.values().stream().flatMap(each -> each.name().stream()))
        .containsExactlyInAnyOrder("named 0", "named 401", "named 802");
    assertThat(await(settings.sites(List.of()))).isEmpty();
  }

  @Test
  void whatSomebodyHasDamagedInTheStoreIsLeftToTheDefaults() {
    store(new JsonObject().put("zone", "Atlantis/Capital").put("tariff", 7).put("name", "Home"));
    assertThat(await(settings.site("home")))
        .isEqualTo(new SiteSettings("home", SKOPJE, Optional.empty(), Optional.of("Home")));
  }

  private void store(JsonObject content) {
    await(new VersionedDocuments(mongo, SettingsStore.SITES).create("home", content));
  }

  @Test
  void aDocumentThatWasMadeAnewIsAnotherOne() {
    VersionedDocuments documents = new VersionedDocuments(mongo, "anything");
    Versioned first = await(documents.create("a", new JsonObject().put("x", 1))).orElseThrow();
    assertThat(await(documents.create("a", new JsonObject()))).isEmpty();
    assertThat(await(documents.remove(first))).isTrue();
    assertThat(await(documents.remove(first))).isFalse();
    Versioned second = await(documents.create("a", new JsonObject().put("x", 1))).orElseThrow();
    assertThat(await(documents.replace(first, new JsonObject().put("x", 2)))).isEmpty();
    assertThat(await(documents.remove(first))).isFalse();
    assertThat(await(documents.find("a"))).contains(second);
    assertThat(await(documents.all(10))).containsExactly(second);
  }
}
