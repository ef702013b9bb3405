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
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** Reports, forecast and devices in a real browser, of answers in the form of docs/formats.md. */
class DashboardPagesIT {
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
    for (String device :
        new String[] {"air-conditioner", "boiler", "dishwasher", "washing-machine"}) {
      cloud.store(device, 100);
    }
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
  void aReportIsAnAddressAndItsPeriodsAreStepsOfTheHistory() {
    page.open("reports/monthly/2026-11");
    page.awaitState("report", "ready");
    page.awaitTitle("November 2026");
    page.click("#report-earlier");
    page.awaitRoute("reports/monthly/2026-10");
    page.awaitTitle("October 2026");
    page.click("#report-kinds [data-kind='yearly']");
    page.awaitRoute("reports/yearly/2026");
    page.awaitText("#report-chart-title", "Energy by month");
    browser.driver().navigate().back();
    browser.driver().navigate().back();
    page.awaitTitle("November 2026");
    page.awaitText("#report-chart-title", "Energy by day");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aReportShowsEveryRowEveryPriceAndWhatToKnow() {
    page.open("reports/monthly/2026-11");
    page.awaitText("#report-figures", "380.3 kWh");
    page.awaitText(".prices tfoot", "2,204.28");
    assertThat(browser.driver().findElements(By.cssSelector(".prices tbody tr"))).hasSize(5);
    assertThat(browser.driver().findElements(By.cssSelector("[data-verdict]")))
        .extracting(each -> each.getDomAttribute("data-verdict"))
        .containsExactly("gap", "reset", "zero-glitch");
    page.click("#report-parts details summary");
    assertThat(browser.driver().findElements(By.cssSelector("#report-parts details tbody tr")))
        .hasSize(30);
    page.click("#report-measure [value='cost']");
    page.awaitText("#report-chart-title", "Cost by day");
    page.click(".breakdown tbody tr a");
    page.awaitRoute("reports/monthly/2026-11?device=boiler");
    page.awaitText("#report-note", "Boiler");
    page.awaitSettled();
    assertThat(focused().getDomAttribute("id")).isEqualTo("report-title");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void arrowKeysReadAChartOut() {
    page.open("reports/monthly/2026-11");
    page.awaitState("report", "ready");
    WebElement chart = browser.driver().findElement(By.id("report-plot"));
    chart.sendKeys(Keys.ARROW_RIGHT);
    page.awaitText("#report-readout", "17.1 kWh");
    chart.sendKeys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT);
    page.awaitText("#report-readout", "14.2 kWh");
    chart.sendKeys(Keys.END);
    page.awaitText("#report-readout", "30");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void amongManyDevicesOneIsFoundByItsName() {
    for (int i = 0; i < 120; i++) {
      cloud.store("meter-" + i, 10);
    }
    page.open("devices");
    page.awaitText("#device-rows", "and 24 more");
    type("#devices-find", "METER-77");
    page.awaitText("[data-id='meter-77'] a", "meter-77");
    assertThat(browser.driver().findElements(By.cssSelector("#device-rows li"))).hasSize(1);
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aBillingPackIsMadeAndItsFilesAreOffered() {
    cloud.answer("/packs", "packs-none");
    page.open("reports/monthly/2026-10");
    page.awaitText("#report-parts", "None yet. A pack has a month as PDF and CSV");
    page.click("[aria-labelledby='packs-title'] button");
    WebElement pack = page.awaitText("[aria-labelledby='packs-title'] li", "October 2026");
    assertThat(pack.findElements(By.tagName("a")))
        .extracting(WebElement::getText)
        .containsExactly("PDF", "CSV", "Receipt");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aSiteWithoutTariffIsOfferedOne() {
    cloud.change("sites/home", new JsonObject().putNull("tariff"));
    cloud.answer("/reports/monthly", "monthly-untariffed");
    page.open("reports/monthly/2026-11");
    page.awaitText("#site-settings-note", "Choose a tariff");
    assertThat(browser.driver().findElement(By.id("report-measure")).isDisplayed()).isFalse();
    page.click("#site-form [name='tariff'] option[value='evn-2025']");
    cloud.answer("/reports/monthly", "monthly");
    page.click("#site-form .primary");
    page.awaitText(".prices tfoot", "2,204.28");
    assertThat(cloud.settings("sites/home").getString("tariff")).isEqualTo("evn-2025");
    assertThat(cloud.settings("sites/home").getString("zone")).isEqualTo("Europe/Skopje");
    page.awaitText("#site-form .said", "Saved");
  }

  @Test
  void whatCannotBeLoadedSaysSoAndIsTriedAgain() {
    cloud.answer("/reports/monthly", "");
    page.open("reports/monthly/2026-11");
    page.awaitState("report", "failed");
    page.awaitText("#report .failure", "The store does not answer.");
    cloud.answer("/reports/monthly", "monthly");
    page.click("#report .failure button");
    page.awaitText("#report-figures", "380.3 kWh");
    assertThat(focused().getDomAttribute("id")).isEqualTo("report-title");
  }

  @Test
  void figuresThatAreBeingMadeAnewAreSaidToBe() {
    cloud.rebuilding = true;
    page.open("reports/monthly/2026-11");
    page.awaitText("#report-rebuilding", "Figures are being made anew; they may be too low");
    cloud.rebuilding = false;
    page.click("#report-earlier");
    page.awaitTitle("October 2026");
    page.awaitState("report", "ready");
    assertThat(browser.driver().findElement(By.id("report-rebuilding")).getText()).isEmpty();
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aPeriodThatIsNotInTheCalendarIsNotAskedFor() {
    page.open("reports/weekly/2025-W53");
    page.awaitText("#report .failure", "“2025-W53” is no weekly period.");
    page.click("#report-earlier");
    page.awaitState("report", "ready");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aPeriodWithoutReadingsIsEmptyAndNotZeroOfEverything() {
    cloud.answer("/reports/daily", "daily-empty");
    page.open("reports/daily/2026-12-24");
    page.awaitText("#report-empty", "Nothing was used in this period");
    page.awaitText("#report-parts", "No device has readings in this period.");
    page.click("#report-parts details summary");
    assertThat(page.awaitText("#report-parts details", "–").getText())
        .doesNotContain("null", "NaN");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aForecastShowsWhatIsExpectedAndHowFarOffItWas() {
    page.open("forecast?hours=24&site=home");
    page.awaitText("#forecast-figures", "14.1 kWh to 20.3 kWh in 90% of cases");
    page.awaitText(".errors .own", "118 W");
    page.click("#forecast-table summary");
    assertThat(browser.driver().findElements(By.cssSelector("#forecast-table tbody tr")))
        .hasSize(24);
    page.click("#forecast-hours [data-hours='48']");
    page.awaitTitle("Next 48 hours");
    page.awaitRoute("forecast?site=home&hours=48");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void whileDataAreCollectedNothingIsForetold() {
    cloud.answer("/forecast", "forecast-collecting");
    page.open("forecast");
    page.awaitText("#forecast-empty", "Collecting data: 3.5 of 7 days");
    page.awaitText("#anomalies-list", "dishwasher 3.5 of 7 days");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void anAnomalyLeadsToTheReadingsOfItsTime() {
    page.open("forecast");
    page.awaitText("#anomalies-list", "3,100 W where 420 W were expected (100 W to 900 W)");
    page.click(".anomalies li[data-severity='high'] a");
    page.awaitRoute("devices/boiler?from=2026-11-24T01%3A00%3A00.000Z");
    page.awaitText("#readings-note", "Show the latest");
    page.click("#readings-note a");
    page.awaitRoute("devices/boiler");
    page.awaitText("#readings-note", "All 1");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void settingsThatSomebodyElseHasChangedAreNotOverwrittenUnknowingly() {
    page.open("devices/boiler");
    page.awaitState("device-content", "ready");
    cloud.change("devices/boiler", new JsonObject().put("name", "Theirs").put("counted", false));
    type("#device-form [name='name']", "Mine");
    page.click("#device-form .primary");
    page.awaitText("#device-form .said", "somebody else has changed this meanwhile");
    page.awaitText("#device-form .said", "“Theirs”");
    assertThat(cloud.settings("devices/boiler").getString("name")).isEqualTo("Theirs");

    page.click("#device-form .said button:last-of-type");
    page.awaitText("#device-form .said", "Saved");
    page.awaitText("#device-name", "Mine");
    assertThat(cloud.settings("devices/boiler"))
        .isEqualTo(
            new JsonObject().put("name", "Mine").put("powerCeilingW", 100000).put("counted", true));
  }

  @Test
  void aDevicesQuantitiesAreLiveOnItsPage() {
    page.open("devices");
    page.awaitText("[data-id='boiler'] .now", "100 W");
    cloud.publish(cloud.store("boiler", 1985));
    page.awaitText("[data-id='boiler'] .now", "1,985 W");
    page.click("[data-id='boiler'] a");
    page.awaitText("#device-quantities", "1,985 W");
    cloud.publish(cloud.store("boiler", 7));
    page.awaitText("#device-quantities", "7 W");
    page.awaitText("#readings-newer", "Show newer");
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void aChangeOfPageNamesItAndMovesTheFocusToItsHeading() {
    page.open();
    page.awaitTitle("Live");
    for (String name : new String[] {"reports", "forecast", "devices", "evidence", "live"}) {
      page.click("nav a[data-page='" + name + "']");
      page.awaitRoute(name);
      page.awaitSettled();
      assertThat(focused().getTagName()).isEqualTo("h1");
      assertThat(focused().isDisplayed()).isTrue();
      assertThat(browser.driver().findElement(By.cssSelector("nav [aria-current]")).getText())
          .isEqualToIgnoringCase(name);
    }
    assertThat(browser.takeErrors()).isEmpty();
  }

  @Test
  void anAddressThatIsNoneLeadsToTheLivePage() {
    page.open("nonsense/1");
    page.awaitRoute("live");
    page.awaitTitle("Live");
  }

  private WebElement focused() {
    return browser.driver().switchTo().activeElement();
  }

  private void type(String selector, String text) {
    WebElement field = browser.driver().findElement(By.cssSelector(selector));
    field.clear();
    field.sendKeys(text);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
