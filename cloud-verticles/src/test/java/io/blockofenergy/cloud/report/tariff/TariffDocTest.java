package io.blockofenergy.cloud.report.tariff;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Executes the worked examples of {@code docs/tariffs.md}. */
class TariffDocTest {
  private static final ZoneId ZONE = ZoneId.of("Europe/Skopje");

  private final List<Tariff> tariffs = new ArrayList<>();
  private int energyRows;
  private int standingRows;

  @Test
  void everyTariffOfThePageIsOneAndCostsWhatItsTablesSay() throws IOException {
    String page = Files.readString(Path.of("../docs/tariffs.md"));
    for (String block : page.split("```json\n", -1)) {
      if (block.equals(page.split("```json\n", 2)[0])) {
        continue;
      }
      Tariff tariff = Tariff.parse(new JsonObject(block.split("```", 2)[0]));
      tariffs.add(tariff);
      String tables = block.split("```", 2)[1].split("\n## Members", 2)[0];
      energy(tariff, rows(tables, "| 20", 4));
      standing(tariff, rows(tables, "| 20", 2));
    }
    assertThat(tariffs).extracting(Tariff::id).containsExactly("one-price", "seasons", "evn-2025");
    assertThat(energyRows).isEqualTo(16);
    assertThat(standingRows).isEqualTo(3);
  }

  @Test
  void theExampleOfThePageIsTheOneThatComesWithTheProgram() throws IOException {
    everyTariffOfThePageIsOneAndCostsWhatItsTablesSay();
    JsonObject shipped = TariffExamples.load().get("evn-2025").toJson();
    shipped.remove("note");
    assertThat(tariffs.get(2).toJson()).isEqualTo(shipped);
  }

  @Test
  void theMembersOfThePageAreThoseThatAreWritten() throws IOException {
    String section = Files.readString(Path.of("../docs/tariffs.md")).split("\n## Members\n", 2)[1];
    JsonObject tariff = TariffExamples.load().get("evn-2025").toJson();
    for (JsonObject object :
        List.of(
            tariff,
            first(tariff, "versions"),
            first(first(tariff, "versions"), "bands"),
            first(first(first(tariff, "versions"), "bands"), "blocks"),
            first(first(tariff, "versions"), "windows"))) {
      assertThat(object.fieldNames())
          .allSatisfy(name -> assertThat(section).contains('`' + name + '`'));
    }
  }

  private static JsonObject first(JsonObject object, String list) {
    JsonArray items = object.getJsonArray(list);
    return items.getJsonObject(0);
  }

  private static List<String[]> rows(String text, String start, int columns) {
    return text.lines()
        .filter(line -> line.startsWith(start))
        .map(line -> Stream.of(line.split("\\|")).skip(1).map(String::strip).toArray(String[]::new))
        .filter(row -> row.length == columns)
        .toList();
  }

  private void energy(Tariff tariff, List<String[]> rows) {
    LocalDate first = time(rows.get(0)[0]).toLocalDate().withDayOfMonth(1);
    LocalDate end = time(rows.get(rows.size() - 1)[0]).toLocalDate().plusDays(1);
    long begin = quarter(first.atStartOfDay());
    long[] uwh = new long[(int) (quarter(end.atStartOfDay()) - begin)];
    for (String[] row : rows) {
      uwh[(int) (quarter(time(row[0])) - begin)] =
          new BigDecimal(row[1].replace(" kWh", "")).movePointRight(9).longValueExact();
    }
    Pricing pricing = Pricing.of(tariff, ZONE, begin, uwh);
    for (String[] row : rows) {
      int quarter = (int) (quarter(time(row[0])) - begin);
      List<String> terms = new ArrayList<>();
      BigDecimal cost = BigDecimal.ZERO;
      for (int part = 0; part < pricing.parts(quarter); part++) {
        BigDecimal kwh = Decimals.plain(BigDecimal.valueOf(pricing.partUwh(quarter, part), 9));
        BigDecimal price = pricing.units().get(pricing.unit(quarter, part)).pricePerKwh();
        terms.add(kwh.toPlainString() + " × " + price.toPlainString());
        cost = cost.add(kwh.multiply(price));
      }
      assertThat(String.join(" + ", terms)).as(row[0]).isEqualTo(row[2]);
      assertThat(cost).as(row[0]).isEqualByComparingTo(row[3]);
      energyRows++;
    }
  }

  private void standing(Tariff tariff, List<String[]> rows) {
    for (String[] row : rows) {
      String[] days = row[0].split(" to ");
      assertThat(
              Pricing.of(tariff, ZONE, 0, new long[0])
                  .standingCharge(LocalDate.parse(days[0]), LocalDate.parse(days[1]))
                  .setScale(2, RoundingMode.HALF_UP))
          .as(row[0])
          .isEqualTo(row[1]);
      standingRows++;
    }
  }

  private static LocalDateTime time(String text) {
    return LocalDateTime.parse(text.replace(' ', 'T'));
  }

  private static long quarter(LocalDateTime local) {
    return local.atZone(ZONE).toEpochSecond() / 900;
  }
}
