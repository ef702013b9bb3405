package io.blockofenergy.cloud.api;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * The dashboard as its user sees it. Every {@code await…} returns as soon as the page shows what is
 * waited for and fails after the time-out. Figures are read from the machine-readable {@code
 * value}, which does not depend on the browser's locale.
 */
public final class DashboardPage {
  private final WebDriver driver;
  private final URI address;
  private final WebDriverWait wait;

  /**
   * @param address where the dashboard is served, e.g. {@code http://127.0.0.1:8080/}
   * @param timeout how long the page may take for each thing waited for
   */
  public DashboardPage(Browser browser, URI address, Duration timeout) {
    this.driver = browser.driver();
    this.address = address;
    this.wait = new WebDriverWait(driver, timeout, Duration.ofMillis(50));
    wait.ignoring(StaleElementReferenceException.class);
  }

  /** Loads the live page and waits until it receives live events and has loaded what was before. */
  public DashboardPage open() {
    return open("live");
  }

  /**
   * Loads the document at an address within it, as {@link #open()}.
   *
   * @param route e.g. {@code reports/monthly/2026-11?site=home}
   */
  public DashboardPage open(String route) {
    // From somewhere else: a change of the hash alone would load nothing anew.
    driver.get("about:blank");
    driver.get(address + "#/" + route);
    awaitConnection("connected");
    awaitAttribute("#main", "data-phase", "ready");
    return this;
  }

  /** Waits for the state of the live connection: {@code connecting, connected, lost}. */
  public void awaitConnection(String state) {
    awaitAttribute("#connection", "data-state", state);
  }

  /** Waits until the device's card shows this power in watts. */
  public void awaitPower(String device, double watts) {
    awaitValue("[data-device='" + device + "'] [data-quantity='powerW']", watts);
  }

  /** Waits until the header shows this total power in watts. */
  public void awaitTotalPower(double watts) {
    awaitValue("#total-power", watts);
  }

  /** Waits until a checkpoint of this tree size is the latest. */
  public void awaitCheckpoint(long treeSize) {
    awaitValue("#checkpoint-size", treeSize);
  }

  /** Waits until the anchor in this block is the latest. */
  public void awaitAnchor(long block) {
    awaitValue("#anchor-block", block);
  }

  /** Waits for an audit state: {@code never, running, clean, findings, failed}. */
  public void awaitAudit(String state) {
    awaitAttribute("#audit-state", "data-state", state);
  }

  /** Waits until this many findings are listed and returns their texts. */
  public List<String> awaitFindings(int count) {
    wait.withMessage("%d audit findings".formatted(count))
        .until(d -> d.findElements(By.cssSelector("#audit-findings .what")).size() == count);
    return driver.findElements(By.cssSelector("#audit-findings .what")).stream()
        .map(WebElement::getText)
        .toList();
  }

  /** Waits for the progress of an audit and returns what it says. */
  public String awaitProgress() {
    WebElement text = driver.findElement(By.id("audit-bar-text"));
    wait.withMessage("an audit's progress").until(d -> text.isDisplayed());
    return text.getText();
  }

  /** Acknowledges the finding that is listed first. */
  public void acknowledge(String by, String reason) {
    driver.findElement(By.cssSelector("#audit-findings button")).click();
    WebElement form = driver.findElement(By.id("acknowledge-form"));
    wait.withMessage("the dialog").until(d -> form.isDisplayed());
    form.findElement(By.name("by")).sendKeys(by);
    form.findElement(By.name("reason")).sendKeys(reason);
    driver.findElement(By.id("acknowledge-send")).click();
    wait.withMessage("the dialog closes").until(d -> !form.isDisplayed());
  }

  /** Waits until a part of the page, by its id, is loading, busy, ready or failed. */
  public void awaitState(String part, String state) {
    awaitAttribute("#" + part, "data-state", state);
  }

  /** Waits until an element, found by CSS, shows a text, and returns the element. */
  public WebElement awaitText(String selector, String text) {
    wait.withMessage(selector + " to say: " + text)
        .until(
            d ->
                d.findElements(By.cssSelector(selector)).stream()
                    .anyMatch(each -> each.isDisplayed() && each.getText().contains(text)));
    return driver.findElement(By.cssSelector(selector));
  }

  /** Waits until nothing that is shown is loading any more and the browser has painted. */
  public void awaitSettled() {
    wait.withMessage("the page to have loaded")
        .until(
            d ->
                d.findElements(By.cssSelector("[aria-busy='true']")).stream()
                    .noneMatch(WebElement::isDisplayed));
    ((JavascriptExecutor) driver)
        .executeAsyncScript(
            "const done = arguments[0];"
                + "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))");
  }

  /** Of the whole page, in CSS pixels. */
  public int height() {
    return ((Number) script("return document.documentElement.scrollHeight")).intValue();
  }

  /** What a script on the page returns. */
  public Object script(String script, Object... arguments) {
    return ((JavascriptExecutor) driver).executeScript(script, arguments);
  }

  /** Clicks what CSS finds, once it is shown. */
  public void click(String selector) {
    wait.withMessage("to click " + selector)
        .until(d -> d.findElement(By.cssSelector(selector)).isDisplayed());
    driver.findElement(By.cssSelector(selector)).click();
  }

  /** Waits for the part of the address that names a place within the document. */
  public void awaitRoute(String route) {
    wait.withMessage("the address " + route)
        .until(d -> d.getCurrentUrl().startsWith(address + "#/" + route));
  }

  /** Waits for the title of the window. */
  public void awaitTitle(String start) {
    wait.withMessage("the title " + start).until(d -> d.getTitle().startsWith(start));
  }

  /** Opens the device's readings, waits for the rows, and returns the links to their receipts. */
  public List<String> openReadings(String device) {
    driver.findElement(By.cssSelector("[data-device='" + device + "'] .open")).click();
    wait.withMessage("readings of " + device)
        .until(d -> !d.findElements(By.cssSelector("#reading-rows a")).isEmpty());
    return driver.findElements(By.cssSelector("#reading-rows a")).stream()
        .map(link -> link.getDomProperty("href"))
        .toList();
  }

  /** With a device open: enters a day and returns the link to its receipt. */
  public String dayReceipt(String date) {
    WebElement day = driver.findElement(By.id("day"));
    ((JavascriptExecutor) driver)
        .executeScript(
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))",
            day,
            date);
    return driver.findElement(By.id("day-receipt")).getDomProperty("href");
  }

  private void awaitValue(String selector, double expected) {
    wait.withMessage(() -> selector + " to show " + expected + ", shows " + value(selector))
        .until(
            d -> {
              OptionalDouble shown = value(selector);
              return shown.isPresent() && shown.getAsDouble() == expected;
            });
  }

  private OptionalDouble value(String selector) {
    return driver.findElements(By.cssSelector(selector)).stream()
        .map(element -> element.getDomAttribute("value"))
        .filter(value -> value != null && !value.isEmpty())
        .mapToDouble(Double::parseDouble)
        .findFirst();
  }

  private void awaitAttribute(String selector, String attribute, String expected) {
    wait.withMessage(selector + " to be in state " + expected)
        .until(
            d ->
                d.findElements(By.cssSelector(selector)).stream()
                    .anyMatch(element -> expected.equals(element.getDomAttribute(attribute))));
  }
}
