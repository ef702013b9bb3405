package io.blockofenergy.cloud.api;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * Takes the pictures of docs/images of a dashboard that runs, each page on a desktop and a phone,
 * light and dark. Arguments: the directory, the address of the dashboard ({@code ./run} says it);
 * without an address, of the test's own data.
 */
public final class DashboardImages {
  private static final String KEY =
      "home.example/log+5b1f00aa+AWq3nV7m0b1kq1l8t9Yc2rZ4pQ6sX8wE1vB3nM5kL7jH";
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Map<String, String> ROUTES = new LinkedHashMap<>();
  private static final Map<String, int[]> SCREENS =
      Map.of("desktop", new int[] {1280, 900}, "phone", new int[] {390, 844});

  static {
    ROUTES.put("live", "live");
    ROUTES.put("reports", "reports/monthly");
    ROUTES.put("forecast", "forecast");
    ROUTES.put("devices", "devices");
    ROUTES.put("evidence", "evidence");
  }

  private DashboardImages() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createDirectories(Path.of(arguments[0]));
    Vertx vertx = Vertx.vertx();
    try (Browser browser = Browser.start()) {
      URI address = arguments.length > 1 ? URI.create(arguments[1]) : URI.create(household(vertx));
      take(browser, address, directory);
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().join();
    }
  }

  private static void take(Browser browser, URI address, Path directory) throws IOException {
    DashboardPage page = new DashboardPage(browser, address, TIMEOUT);
    for (String scheme : List.of("light", "dark")) {
      for (Map.Entry<String, int[]> screen : SCREENS.entrySet()) {
        int width = screen.getValue()[0];
        browser.show(width, screen.getValue()[1], scheme);
        for (Map.Entry<String, String> route : ROUTES.entrySet()) {
          page.open(route.getValue());
          page.awaitSettled();
          // A picture has no scroll bar to hold room for.
          page.script("document.documentElement.style.scrollbarGutter = 'auto'");
          // As tall as the page: what is fixed to the screen's lower edge is there, too.
          browser.show(width, page.height(), scheme);
          page.awaitSettled();
          String name = String.join("-", route.getKey(), screen.getKey(), scheme) + ".png";
          write(browser.picture(), directory.resolve(name));
          browser.show(width, screen.getValue()[1], scheme);
        }
      }
    }
  }

  private static void write(byte[] png, Path file) throws IOException {
    ImageIO.write(
        Palette.reduce(ImageIO.read(new ByteArrayInputStream(png))), "png", file.toFile());
  }

  /** A server with the test's data, and its address. */
  static String household(Vertx vertx) throws Exception {
    DashboardCloud cloud = new DashboardCloud(vertx);
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    for (int i = 90; i >= 0; i--) {
      Instant time = now.minusSeconds(10L * i);
      store(cloud, "air-conditioner", time, 620 + 90 * Math.sin(i / 9.0));
      store(cloud, "boiler", time, i > 55 || i < 22 ? 2 : 1985 + i % 7);
      store(cloud, "dishwasher", time, i > 70 ? 1 : 210 + 160 * Math.sin(i / 25.0));
      store(cloud, "washing-machine", time, i % 23 < 11 ? 340 : 95);
    }
    String audit = "20261125T151000000-0000";
    cloud
        .status()
        .put("version", "0.1.0")
        .put("readings", new JsonObject().put("stored", 23366))
        .put("log", new JsonObject().put("origin", "home.example/log").put("publicKey", KEY))
        .put("audit", DashboardCloud.audit(audit, "continuous", 0));
    cloud
        .checkpoints()
        .add(
            new JsonObject()
                .put("treeSize", 23366)
                .put("rootHash", "10ac303aa35d".repeat(5) + "0a1b")
                .put("createdAt", now.toString()));
    cloud
        .anchors()
        .add(
            new JsonObject()
                .put("treeSize", 23356)
                .put("state", "anchored")
                .put("block", 34)
                .put("transaction", "0x53ef2a2c5a65" + "00".repeat(26))
                .put("anchoredAt", now.minusSeconds(2).toString()));
    cloud.listen(0).toCompletionStage().toCompletableFuture().join();
    return "http://127.0.0.1:" + cloud.port() + "/";
  }

  private static void store(DashboardCloud cloud, String device, Instant time, double watts) {
    cloud.store(
        device,
        time,
        new JsonObject()
            .put("powerW", Math.round(watts))
            .put("voltageV", 230.4)
            .put("currentA", watts / 230.4)
            .put("powerFactor", 0.97)
            .put("energyImportKwh", 2972.755));
  }
}
