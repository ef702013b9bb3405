package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The dashboard's own files in a real browser, against a server that speaks REST and the event bus
 * bridge as the cloud does, under a strict content security policy.
 */
class DashboardIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private static Vertx vertx;
  private static Browser browser;

  private DashboardCloud cloud;
  private DashboardPage page;

  @BeforeAll
  static void startBrowser() {
    vertx = Vertx.vertx();
    browser = Browser.start();
  }

  @AfterAll
  static void stopBrowser() throws Exception {
    try {
      if (browser != null) {
        browser.close();
      }
    } finally {
      await(vertx.close());
    }
  }

  @BeforeEach
  void startCloud() throws Exception {
    browser.takeErrors();
    cloud = new DashboardCloud(vertx);
    await(cloud.listen(0));
    page =
        new DashboardPage(browser, URI.create("http://127.0.0.1:" + cloud.port() + "/"), TIMEOUT);
  }

  @AfterEach
  void stopCloud() throws Exception {
    browser.driver().get("about:blank");
    await(cloud.close());
  }

  @Test
  void aPublishedValueReplacesTheOneShown() {
    cloud.store("plug7", 169);
    page.open();
    page.awaitPower("plug7", 169);
    page.awaitTotalPower(169);

    cloud.publish(cloud.store("plug7", 171.5));
    page.awaitPower("plug7", 171.5);

    cloud.publish(cloud.store("boiler", 1200));
    page.awaitPower("boiler", 1200);
    page.awaitTotalPower(1371.5);
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void checkpointsAndAnchorsAppearAsTheyAreMade() {
    page.open("evidence");
    vertx
        .eventBus()
        .publish(
            "live.checkpoints",
            new JsonObject()
                .put("type", "checkpoint")
                .put("treeSize", 1024)
                .put("rootHash", "ab".repeat(32))
                .put("createdAt", DashboardCloud.now()));
    page.awaitCheckpoint(1024);
    vertx
        .eventBus()
        .publish(
            "live.checkpoints",
            new JsonObject()
                .put("type", "anchor")
                .put("treeSize", 1000)
                .put("rootHash", "cd".repeat(32))
                .put("transaction", "0x" + "ef".repeat(32))
                .put("block", 77)
                .put("anchoredAt", DashboardCloud.now()));
    page.awaitAnchor(77);
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void findingsAreNamedAndAContinuousAuditDoesNotClearThem() {
    page.open("evidence");
    page.awaitAudit("never");
    cloud
        .findings()
        .add(new JsonObject().put("type", "ALTERED").put("subject", "bridge.5b1f00aa.412"));
    vertx.eventBus().publish("live.audit", DashboardCloud.audit("full-1", "full", 1));
    page.awaitAudit("findings");
    assertThat(page.awaitFindings(1)).containsExactly("ALTERED bridge.5b1f00aa.412");

    vertx.eventBus().publish("live.audit", DashboardCloud.audit("continuous-2", "continuous", 0));
    page.awaitAudit("findings");

    vertx.eventBus().publish("live.audit", DashboardCloud.audit("full-3", "full", 0));
    page.awaitAudit("clean");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aFindingFromLongAgoIsShownAsLongAsItIsInForce() {
    cloud
        .findings()
        .add(new JsonObject().put("type", "DELETED").put("subject", "bridge.5b1f00aa.7"));
    cloud
        .status()
        .put("audit", DashboardCloud.audit("20261125T000000000-0000", "continuous", 0))
        .put("openFindings", DashboardCloud.audit("20261101T000000000-0000", "full", 3));
    page.open("evidence");
    page.awaitAudit("findings");
    assertThat(page.awaitFindings(2)).containsExactly("DELETED bridge.5b1f00aa.7", "and 2 more");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aRunningAuditShowsHowFarItIs() {
    page.open("evidence");
    page.awaitAudit("never");
    vertx
        .eventBus()
        .publish(
            "live.audit",
            DashboardCloud.audit("20261101T000000000-0000", "full", 0)
                .put("state", "running")
                .put("total", 4000)
                .put("phase", "checking")
                .put("remainingSeconds", 30));
    page.awaitAudit("running");
    assertThat(page.awaitProgress()).isEqualTo("25%, checking, about 30 s left");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aFindingThatIsAcknowledgedIsNotOpenAnyMore() {
    cloud
        .findings()
        .add(
            new JsonObject()
                .put("type", "DELETED")
                .put("subject", "bridge.5b1f00aa.7")
                .put("detail", "the log has it, the store has not")
                .put("foundAt", DashboardCloud.now())
                .put("run", "20261101T000000000-0000")
                .put("ref", "abc"));
    cloud
        .status()
        .put("audit", DashboardCloud.audit("20261125T000000000-0000", "continuous", 0))
        .put(
            "openFindings",
            DashboardCloud.audit("20261101T000000000-0000", "full", 1).put("open", 1));
    page.open("evidence");
    page.awaitAudit("findings");
    assertThat(page.awaitFindings(1)).containsExactly("DELETED bridge.5b1f00aa.7");
    page.acknowledge("Ann", "the disk was restored");
    page.awaitAudit("clean");
    assertThat(cloud.acknowledged())
        .containsExactly(new JsonObject().put("by", "Ann").put("reason", "the disk was restored"));
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void afterALostConnectionThePageReturnsAndCatchesUp() throws Exception {
    cloud.store("plug7", 169);
    page.open();
    page.awaitPower("plug7", 169);
    int port = cloud.port();

    await(cloud.close());
    page.awaitConnection("lost");
    cloud.store("plug7", 2000);

    await(cloud.listen(port));
    page.awaitConnection("connected");
    page.awaitPower("plug7", 2000);
  }

  @Test
  void aDeviceOpensItsReadingsWithTheirReceipts() {
    String first = cloud.store("plug7", 169).getString("id");
    String second = cloud.store("plug7", 170).getString("id");
    page.open();
    page.awaitPower("plug7", 170);
    assertThat(page.openReadings("plug7"))
        .containsExactly(cloud.receipt(second), cloud.receipt(first));
    assertThat(page.dayReceipt("2026-11-23"))
        .startsWith("http://127.0.0.1:" + cloud.port() + "/api/v1/devices/plug7/receipt?")
        .contains("date=2026-11-23&zone=");
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
