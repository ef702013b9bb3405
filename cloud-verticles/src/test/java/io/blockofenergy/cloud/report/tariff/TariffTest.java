package io.blockofenergy.cloud.report.tariff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockofenergy.telemetry.Sha256;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TariffTest {
  private static final String FLAT =
      """
      {"id":"flat","name":"One price","currency":"EUR",
       "versions":[{"from":"2025-01-01","bands":[{"name":"all","blocks":[{"pricePerKwh":PRICE}]}]}]}
      """;

  private static Tariff flat(String price) {
    return Tariff.parse(new JsonObject(FLAT.replace("PRICE", price)));
  }

  private static List<String> faults(String json) {
    MalformedTariffException refused =
        catchThrowableOfType(
            MalformedTariffException.class, () -> Tariff.parse(new JsonObject(json)));
    assertThat(refused).as(json).isNotNull();
    return refused.faults();
  }

  @Test
  void isWrittenWithAllItsDefaultsAndReadBackAsTheSame() {
    Tariff tariff = flat("\"0.30\"");
    assertThat(tariff.toJson())
        .isEqualTo(
            new JsonObject(
                """
                {"id":"flat","name":"One price","currency":"EUR",
                 "versions":[{"from":"2025-01-01","defaultBand":"all","windows":[],
                   "bands":[{"name":"all","blocks":[{"pricePerKwh":"0.3"}]}],
                   "standingChargePerMonth":"0","taxPercent":"0","exportPricePerKwh":"0"}]}
                """));
    Tariff again = Tariff.parse(tariff.toJson());
    assertThat(again.canonicalJson()).isEqualTo(tariff.canonicalJson());
    assertThat(again.sha256())
        .isEqualTo(
            HexFormat.of()
                .formatHex(Sha256.hash(tariff.canonicalJson().getBytes(StandardCharsets.UTF_8))));
  }

  @ParameterizedTest
  @CsvSource({
    "\"4.4376\",4.4376",
    "4.4376,4.4376",
    "\"10\",10",
    "10,10",
    "10.00,10",
    "1e2,100",
    "\"-0.05\",-0.05",
    "2.0E-3,0.002",
    "0.1,0.1",
    "\"123456789.123456789\",123456789.123456789",
    "\"0.000\",0"
  })
  void decimalsAreKeptExactlyAsTextsAndAsNumbers(String written, String read) {
    assertThat(
            flat(written).versions().get(0).bands().get(0).blocks().get(0).pricePerKwh().toString())
        .isEqualTo(read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\"", "\"1,5\"", "\"1e3\"", "\"01\"", "\".5\"", "\"5.\"", "\"+1\"", "\"1234567890\"",
            "1234567890",
        "\"0.1234567891\"", "1e300", "0.12345678912345678", "true", "[1]", "{}", "\"NaN\"",
            "\" 1\"", "\"١\""
      })
  void whatIsNoDecimalOfABoundedLengthIsRefused(String written) {
    assertThat(faults(FLAT.replace("PRICE", written)))
        .singleElement()
        .asString()
        .startsWith("versions[0].bands[0].blocks[0].pricePerKwh must be a decimal number");
  }

  @Test
  void allFaultsAreToldAtOnceEachWithItsPlace() {
    assertThat(
            faults(
                """
                {"id":"No Good","currency":"XAU","colour":"red","versions":[
                  {"from":"2025-02-30","bands":[
                     {"name":"a","blocks":[{"upToKwh":10,"pricePerKwh":"1"},{"upToKwh":5,"pricePerKwh":"x"},{"upToKwh":20,"pricePerKwh":2}]},
                     {"name":"a","blocks":[]},
                     7],
                   "defaultBand":"b","taxPercent":"101","standingChargePerMonth":"-1",
                   "windows":[{"band":"c","days":["mon","mon"],"from":"07:10","to":"25:00"},
                              {"band":"a","from":"24:00","to":"07:00"},{"band":"a","from":"07:00","to":"07:00"},
                              {"band":"a","days":[],"from":"07:00","to":"08:00","until":1}]}]}
                """))
        .containsExactlyInAnyOrder(
            "colour is not known",
            "id must match [a-z0-9][a-z0-9._-]{0,63}",
            "name is missing",
            "currency must be a code of ISO 4217 such as MKD",
            "versions[0].from must be a day such as 2025-01-01",
            "versions[0].bands[2] must be an object",
            "versions[0].bands[0].blocks[1].upToKwh must be above that of the block before",
            "versions[0].bands[0].blocks[1].pricePerKwh must be a decimal number such as \"4.4376\","
                + " at most 9 digits before and after the point, as a text if it has more than 15",
            "versions[0].bands[0].blocks[2].upToKwh is one too many: the last block has no end",
            "versions[0].bands[1].blocks must be a list with 1 to 20 elements",
            "versions[0].bands[1].name is that of another band",
            "versions[0].defaultBand is no band of this version",
            "versions[0].taxPercent must be from 0 to 100",
            "versions[0].standingChargePerMonth must be from 0 to 999999999.999999999",
            "versions[0].windows[0].band is no band of this version",
            "versions[0].windows[0].days must have each of mon, tue, wed, thu, fri, sat and sun at most"
                + " once",
            "versions[0].windows[0].from must be a time from 00:00 to 24:00 in steps of 15 minutes",
            "versions[0].windows[0].to must be a time from 00:00 to 24:00 in steps of 15 minutes",
            "versions[0].windows[1].from must be before 24:00",
            "versions[0].windows[2].to must be another time than from; a whole day is 00:00 to 24:00",
            "versions[0].windows[3].until is not known",
            "versions[0].windows[3].days must be a list with 1 to 7 elements");
  }

  @Test
  void oddJsonIsRefusedAndNeverAnythingElse() {
    assertThat(faults("{}"))
        .containsExactlyInAnyOrder(
            "id is missing", "name is missing", "currency is missing", "versions is missing");
    assertThat(faults("{\"id\":1,\"name\":\" \",\"currency\":[],\"versions\":{}}")).hasSize(4);
    assertThat(
            faults("{\"id\":\"a\",\"name\":\"a\",\"currency\":\"EUR\",\"versions\":[{},null,[]]}"))
        .contains("versions[0].from is missing", "versions[1] must be an object");
    JsonArray many = new JsonArray();
    for (int i = 0; i < 200; i++) {
      many.add(1);
    }
    assertThat(
            faults(
                new JsonObject()
                    .put("id", "a")
                    .put("name", "a")
                    .put("currency", "EUR")
                    .put("versions", many)
                    .encode()))
        .containsExactly("versions must be a list with 1 to 100 elements");
  }

  @Test
  void twoVersionsOfOneDayAreRefusedAndOthersAreSorted() {
    JsonObject json = flat("1").toJson();
    JsonObject version = json.getJsonArray("versions").getJsonObject(0);
    json.getJsonArray("versions").add(version.copy());
    assertThat(faults(json.encode())).containsExactly("versions has two from 2025-01-01");
    json.getJsonArray("versions").getJsonObject(1).put("from", "2024-07-01");
    assertThat(Tariff.parse(json).versions())
        .extracting(each -> each.from().toString())
        .containsExactly("2024-07-01", "2025-01-01");
  }
}
