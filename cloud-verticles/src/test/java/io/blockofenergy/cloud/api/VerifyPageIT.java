package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.ledger.ReceiptVectors;
import io.blockofenergy.cloud.local.LocalMongo;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chromium.HasCdp;
import org.openqa.selenium.support.ui.WebDriverWait;

/** The page that checks receipts, in a real browser: from a disk without a network, and served. */
class VerifyPageIT {
  private static final ReceiptVectors VECTORS = new ReceiptVectors();
  @TempDir static Path directory;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    for (Map.Entry<String, byte[]> file : VECTORS.files().entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue());
    }
    try (InputStream page =
        VerifyPageIT.class
            .getClassLoader()
            .getResourceAsStream(ApiVerticle.WEBROOT + "/verify.html")) {
      Files.copy(page, directory.resolve("verify.html"));
    }
  }

  @AfterAll
  static void stop() {
    browser.close();
  }

  @Test
  void fromADiskWithoutANetworkItChecksReceiptsAndBundles() throws Exception {
    network(true);
    try {
      browser.driver().get(directory.resolve("verify.html").toUri().toString());
      await("idle", "Nothing to check yet");
      choose("reading.tlog-proof");
      await("idle", "The key is missing");
      element("key").sendKeys(VECTORS.key().toString());
      await("valid", "The receipt holds");
      assertThat(element("headline").getText())
          .contains("Reading bridge-01.0a1b2c3d.3 is in the log");

      choose("day.boe-bundle.json");
      awaitHeadline("plug7 took 8.73 kWh on 2026-10-25");
      assertThat(texts("#steps li")).contains("ok\nSo plug7 took 8.73 kWh on 2026-10-25.");
      assertThat(texts("#not-checked li")).anyMatch(text -> text.contains("left out"));

      choose("false-energy.boe-bundle.json");
      await("invalid", "The receipt does not hold");
      assertThat(texts("#steps li.wrong").get(0)).contains("went by 5.25 kWh, not 5.3");

      choose("report.boe-bundle.json");
      await("valid", "The receipt holds");
      assertThat(element("headline").getText()).endsWith("The cost is not checked");
      choose("part.boe-bundle.json");
      await("unshown", "Not all figures can be checked");
      choose("act.tlog-proof");
      await("valid", "The receipt holds");
      choose(altered("reading.tlog-proof"));
      await("invalid", "The receipt does not hold");

      browser.driver().findElements(By.cssSelector("summary")).get(1).click();
      element("witnesses").sendKeys(Files.readString(directory.resolve("witness.pub")));
      choose("reading.tlog-proof");
      await("valid", "The receipt holds");
      assertThat(texts("#steps li")).anyMatch(text -> text.contains("the witness witness.example"));
      assertThat(browser.takeErrors()).isEmpty();
    } finally {
      network(false);
    }
  }

  @Test
  void aPastedReceiptIsCheckedAndAWrongKeyIsNamed() throws Exception {
    browser.driver().get(directory.resolve("verify.html").toUri().toString());
    element("key").sendKeys("name+00000000+AAAA");
    browser.driver().findElement(By.cssSelector("summary")).click();
    element("text").sendKeys("c2sp.org/tlog-proof@v1");
    await("idle", "The key cannot be used");
    element("key").clear();
    element("key").sendKeys(VECTORS.key().toString());
    await("invalid", "The receipt does not hold");
    assertThat(texts("#steps li.wrong").get(0)).contains("neither a receipt");
  }

  @Test
  void servedItTakesTheServersKeyWithAWarningUnderItsOwnPolicy() throws Exception {
    Vertx vertx = Vertx.vertx();
    LocalMongo store = LocalMongo.start(directory.resolve("mongo"), 0);
    try {
      MongoClient mongo =
          MongoClient.create(
              vertx,
              new JsonObject()
                  .put("connection_string", store.connectionString())
                  .put("db_name", "energy"));
      ApiVerticle api = TestApi.verticle(vertx, mongo, VECTORS.key());
      vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
      browser.driver().get("http://127.0.0.1:" + api.actualPort() + "/verify.html");
      waiting().until(d -> VECTORS.key().toString().equals(element("key").getDomProperty("value")));
      assertThat(element("key-origin").isDisplayed()).isTrue();
      element("remember").click();
      assertThat(element("remember").isSelected()).isFalse();
      assertThat(
              ((JavascriptExecutor) browser.driver()).executeScript("return localStorage.length"))
          .isEqualTo(0L);
      choose("reading.tlog-proof");
      await("valid", "The receipt holds");
      assertThat(browser.takeErrors()).isEmpty();
      browser.driver().get("about:blank");
      mongo.close().await(10, TimeUnit.SECONDS);
    } finally {
      vertx.close().await(10, TimeUnit.SECONDS);
      store.close();
    }
  }

  private static void network(boolean cut) {
    HasCdp devTools = (HasCdp) browser.driver();
    devTools.executeCdpCommand("Network.enable", Map.of());
    devTools.executeCdpCommand(
        "Network.emulateNetworkConditions",
        Map.of("offline", cut, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  private static String altered(String name) throws Exception {
    byte[] file = VECTORS.files().get(name).clone();
    file[file.length / 2] ^= 1;
    Files.write(directory.resolve("altered-" + name), file);
    return "altered-" + name;
  }

  private static void choose(String name) {
    element("file").sendKeys(directory.resolve(name).toString());
    waiting().until(d -> element("file-name").getText().equals(name));
  }

  private static void await(String state, String verdict) {
    waiting()
        .withMessage(() -> state + ", " + verdict + ", not " + element("result").getText())
        .until(
            d ->
                state.equals(element("result").getDomAttribute("data-state"))
                    && element("verdict").getText().equals(verdict));
  }

  private static void awaitHeadline(String headline) {
    waiting()
        .withMessage(() -> headline + ", not " + element("headline").getText())
        .until(d -> element("headline").getText().equals(headline));
  }

  private static WebDriverWait waiting() {
    return new WebDriverWait(browser.driver(), Duration.ofSeconds(20), Duration.ofMillis(50));
  }

  private static WebElement element(String id) {
    return browser.driver().findElement(By.id(id));
  }

  private static List<String> texts(String selector) {
    return browser.driver().findElements(By.cssSelector(selector)).stream()
        .map(WebElement::getText)
        .toList();
  }
}
