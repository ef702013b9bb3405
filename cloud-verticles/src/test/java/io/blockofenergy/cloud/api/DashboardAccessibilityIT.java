package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.JavascriptExecutor;

/**
 * Every page, light and dark, on a small phone and a desktop, as <a
 * href="https://github.com/dequelabs/axe-core">axe-core</a> judges it; and that nothing jumps while
 * it loads, as <a href="https://wicg.github.io/layout-instability/">Chromium measures it</a>.
 */
class DashboardAccessibilityIT {
  private static final Path AXE =
      Path.of("..", "webroot", "node_modules", "axe-core", "axe.min.js");
  private static final List<String> ROUTES =
      List.of(
          "live",
          "reports/monthly/2026-11",
          "reports/daily/2026-11-25?device=boiler",
          "forecast",
          "devices",
          "devices/boiler",
          "evidence");
  private static final double MOST_SHIFT = 0.02;
  private static final long LOADING_MS = 250;

  private static final String RUN_AXE =
      "const done = arguments[0];"
          + "axe.run(document).then(({ violations }) => done(violations.map(({ id, nodes }) =>"
          + " `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`)}`)),"
          + " (error) => done([String(error)]))";

  private static final String OVERFLOW =
      "const { scrollWidth, clientWidth } = document.documentElement;"
          + "if (scrollWidth <= clientWidth) return [];"
          + "return [...document.querySelectorAll('main *')]"
          + ".filter((e) => e.getBoundingClientRect().right > clientWidth)"
          + ".map((e) => e.id || e.className || e.tagName)";

  /** Counts what Chromium lays to an input, too: it takes the change of the screen for one. */
  private static final String SHIFT =
      "const done = arguments[0];"
          + "let sum = 0; const seen = [];"
          + "const add = (list) => { for (const e of list) { sum += e.value;"
          + " for (const { node } of e.sources) seen.push(node?.id || node?.className || '?'); } };"
          + "const observer = new PerformanceObserver((list) => add(list.getEntries()));"
          + "observer.observe({ type: 'layout-shift', buffered: true });"
          + "setTimeout(() => { add(observer.takeRecords()); done([sum, seen.join(' ')]) })";

  private static Vertx vertx;
  private static Browser browser;
  private static DashboardCloud cloud;
  private static DashboardPage page;
  private static String axe;

  @BeforeAll
  static void start() throws Exception {
    axe = Files.readString(AXE);
    vertx = Vertx.vertx();
    browser = Browser.start();
    cloud = new DashboardCloud(vertx);
    for (String device : List.of("air-conditioner", "boiler", "dishwasher", "washing-machine")) {
      cloud.store(device, 100);
    }
    cloud
        .findings()
        .add(
            new JsonObject()
                .put("type", "ALTERED")
                .put("subject", "bridge.5b1f00aa.412")
                .put("run", "20261101T000000000-0000")
                .put("ref", "abc"));
    cloud.status().put("openFindings", DashboardCloud.audit("20261101T000000000-0000", "full", 1));
    // So that what is shown while it loads is really seen.
    cloud.slow(LOADING_MS);
    cloud.listen(0).toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    URI address = URI.create("http://127.0.0.1:" + cloud.port() + "/");
    page = new DashboardPage(browser, address, Duration.ofSeconds(20));
  }

  @AfterAll
  static void stop() throws Exception {
    try {
      if (browser != null) {
        browser.close();
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @CsvSource({"1280, 900, light", "1280, 900, dark", "320, 640, light", "390, 844, dark"})
  void everyPageIsAccessibleAndFitsAndNothingJumps(int width, int height, String scheme) {
    browser.show(width, height, scheme);
    SoftAssertions all = new SoftAssertions();
    for (String route : ROUTES) {
      String name = "%s on %d × %d, %s".formatted(route, width, height, scheme);
      page.open(route);
      page.awaitSettled();
      all.assertThat(violations()).as("violations of " + name).isEmpty();
      all.assertThat((List<?>) page.script(OVERFLOW)).as("parts too wide of " + name).isEmpty();
      List<?> shift = (List<?>) async(SHIFT);
      all.assertThat(((Number) shift.get(0)).doubleValue())
          .as("layout shift of " + name + ", by " + shift.get(1))
          .isLessThanOrEqualTo(MOST_SHIFT);
    }
    all.assertAll();
    assertThat(browser.takeErrors()).isEmpty();
  }

  private static List<?> violations() {
    page.script(axe);
    return (List<?>) async(RUN_AXE);
  }

  private static Object async(String script) {
    return ((JavascriptExecutor) browser.driver()).executeAsyncScript(script);
  }
}
