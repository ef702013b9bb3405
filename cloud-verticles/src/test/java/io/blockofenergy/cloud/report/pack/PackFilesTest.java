package io.blockofenergy.cloud.report.pack;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.documentinterchange.logicalstructure.PDStructureElement;
import org.apache.pdfbox.pdmodel.documentinterchange.logicalstructure.PDStructureNode;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Test;

class PackFilesTest {
  private static final PackPdf.Context CONTEXT =
      new PackPdf.Context(
          "home-2026-10.2",
          "home-2026-10",
          "ab".repeat(32),
          "12".repeat(32),
          false,
          "example.org/log+1+x");

  @Test
  void thePdfHasTheFiguresInTheLettersOfItsReadersAndSaysHowToCheckThem() throws IOException {
    byte[] pdf = PackPdf.of(SampleReport.of("дом", 323.0), CONTEXT);
    Files.write(Path.of("target", "report.pdf"), pdf);
    try (PDDocument document = Loader.loadPDF(pdf)) {
      assertThat(document.getNumberOfPages()).isEqualTo(2);
      assertThat(document.getDocumentInformation().getTitle()).isEqualTo("Energy of дом, 2026-10");
      assertThat(document.getDocumentCatalog().getLanguage()).isEqualTo("en");
      String text = new PDFTextStripper().getText(document).replace('\u00a0', ' ');
      assertThat(text)
          .contains("323 kWh", "1482.81 MKD", "4310 W", "98.7 %", "(+11.2 %)")
          .contains("Бојлер (купатило) (boiler)", "Κουζίνα ? (κουζίνα)", "lamp · estimated")
          .contains("4.4376", "Tariff: ЕВН Home", "cd".repeat(32))
          .contains("Estimated: 3 kWh", "counter began anew")
          .contains("Replaces home-2026-10: the report says something else now.")
          .contains("example.org/log+1+x", "12".repeat(32), "It does not show the cost");
    }
  }

  @Test
  void aScreenReaderFindsHeadingsTablesAndWhatTheChartShows() throws IOException {
    try (PDDocument document = Loader.loadPDF(PackPdf.of(SampleReport.of("home", 323), CONTEXT))) {
      assertThat(document.getDocumentCatalog().getMarkInfo().isMarked()).isTrue();
      List<String> types = new ArrayList<>();
      List<String> spoken = new ArrayList<>();
      walk(document.getDocumentCatalog().getStructureTreeRoot(), types, spoken);
      assertThat(types).startsWith("Document").contains("H1", "H2", "P", "Table", "TH", "TD");
      assertThat(types.stream().filter("Table"::equals)).hasSize(3);
      assertThat(spoken)
          .containsExactly(
              "Bars of the energy of each part of the period, at most 14.548 kWh; the figures are in"
                  + " report.csv.");
    }
  }

  private static void walk(PDStructureNode node, List<String> types, List<String> spoken) {
    for (Object kid : node.getKids()) {
      if (kid instanceof PDStructureElement element) {
        types.add(element.getStructureType());
        if (element.getAlternateDescription() != null) {
          spoken.add(element.getAlternateDescription());
        }
        walk(element, types, spoken);
      }
    }
  }

  @Test
  void theSameReportGivesTheSameBytes() {
    assertThat(PackPdf.of(SampleReport.of("home", 323.0), CONTEXT))
        .isEqualTo(PackPdf.of(SampleReport.of("home", 323.0), CONTEXT));
  }

  @Test
  void aReportWithNothingInItAndOneWithManyDevicesHaveTheirPagesToo() throws IOException {
    JsonObject bare = SampleReport.of("home", 0);
    bare.putNull("currency").putNull("tariff").putNull("prices");
    bare.put("rows", new JsonArray()).put("devices", new JsonArray());
    bare.put("verdicts", new JsonArray());
    bare.getJsonObject("summary").putNull("cost").putNull("peakW").putNull("previous");
    PackPdf.Context none =
        new PackPdf.Context("home-2026-10", null, "ab".repeat(32), null, false, "k");
    try (PDDocument document = Loader.loadPDF(PackPdf.of(bare, none))) {
      assertThat(document.getNumberOfPages()).isEqualTo(1);
      assertThat(new PDFTextStripper().getText(document))
          .contains("no tariff", "This report has no receipt", "Nothing odd");
    }
    JsonObject full = SampleReport.of("home", 1e9);
    JsonArray devices = full.getJsonArray("devices");
    IntStream.range(0, 500).forEach(i -> devices.add(devices.getJsonObject(0).copy()));
    try (PDDocument document = Loader.loadPDF(PackPdf.of(full, CONTEXT))) {
      assertThat(document.getNumberOfPages()).isBetween(2, 4);
      assertThat(new PDFTextStripper().getText(document)).contains("and 444 more");
    }
  }

  @Test
  void aReceiptThatIsTooLargeIsSaidToBeHadFromTheServer() throws IOException {
    PackPdf.Context large =
        new PackPdf.Context("home-2026-10", null, "ab".repeat(32), null, true, "k");
    try (PDDocument document = Loader.loadPDF(PackPdf.of(SampleReport.of("home", 1), large))) {
      assertThat(new PDFTextStripper().getText(document).replaceAll("\\s+", " "))
          .contains("too large to be sent", "/api/v1/reports/monthly/receipt")
          .doesNotContain("no receipt");
    }
  }

  @Test
  void whatIsNotCoveredWholeIsNotCalled100Percent() throws IOException {
    JsonObject report = SampleReport.of("home", 1);
    report.getJsonObject("summary").put("coverage", 0.9996);
    try (PDDocument document = Loader.loadPDF(PackPdf.of(report, CONTEXT))) {
      assertThat(new PDFTextStripper().getText(document)).contains("99.9 %");
    }
  }

  @Test
  void aPeriodIsKnownByItsForm() {
    assertThat(PackPeriod.parse("2026-11")).contains(new PackPeriod("monthly", "2026-11"));
    assertThat(PackPeriod.parse("2020-W53")).contains(new PackPeriod("weekly", "2020-W53"));
    assertThat(PackPeriod.parse("2026")).contains(new PackPeriod("yearly", "2026"));
    assertThat(PackPeriod.parse("2026-02-28")).contains(new PackPeriod("daily", "2026-02-28"));
    for (String none : new String[] {"", "2026-13", "2026-02-30", "2021-W53", "2026-W00", "26-1"}) {
      assertThat(PackPeriod.parse(none)).as(none).isEmpty();
    }
  }
}
