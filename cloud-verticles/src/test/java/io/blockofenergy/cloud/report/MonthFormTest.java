package io.blockofenergy.cloud.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.storage.CounterPoint;
import io.blockofenergy.cloud.storage.CounterRange;
import io.blockofenergy.cloud.storage.QuarterRollup;
import io.blockofenergy.cloud.storage.Rollup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;

class MonthFormTest {
  private static final YearMonth MONTH = YearMonth.of(2026, 2);

  private final Random random = new Random(20261125);

  private double number() {
    return switch (random.nextInt(8)) {
      case 0 -> Double.longBitsToDouble(random.nextLong()) % 1e300;
      case 1 -> -0.0;
      case 2 -> random.nextDouble();
      default -> random.nextInt(10_000_000) / 1000.0;
    };
  }

  private double finite() {
    double number = number();
    return Double.isFinite(number) ? number : 1;
  }

  private CounterPoint point(LocalDate day, int quarter) {
    Instant begin = day.atStartOfDay().toInstant(ZoneOffset.UTC);
    String bridge = "bridge" + random.nextInt(2) + ".0a1b2c3" + random.nextInt(3) + '.';
    long seq = random.nextInt(5) == 0 ? random.nextLong() >>> 11 : random.nextInt(1000);
    return new CounterPoint(
        begin.plusMillis(quarter * 900_000L + random.nextInt(900_000)), bridge + seq, finite());
  }

  private Optional<CounterRange> range(LocalDate day, int quarter) {
    if (random.nextInt(3) == 0) {
      return Optional.empty();
    }
    CounterPoint first = point(day, quarter);
    CounterPoint last = random.nextBoolean() ? first : point(day, quarter);
    double least = random.nextBoolean() ? first.kwh() : first.kwh() / 2;
    return Optional.of(new CounterRange(first, last, least, 1e9));
  }

  private DaySeries day(LocalDate day) {
    List<Rollup> rollups = new ArrayList<>();
    boolean counts = random.nextInt(4) > 0;
    for (int epoch = random.nextInt(3); epoch >= 0; epoch--) {
      TreeMap<Integer, QuarterRollup> quarters = new TreeMap<>();
      for (int i = random.nextInt(150); i > 0; i--) {
        int quarter = random.nextInt(96);
        TreeMap<Integer, Double> powers = new TreeMap<>();
        for (int power = counts ? 0 : random.nextInt(16); power > 0; power--) {
          powers.put(random.nextInt(900_000), finite());
        }
        OptionalDouble watts =
            random.nextBoolean() ? OptionalDouble.of(finite()) : OptionalDouble.empty();
        quarters.put(
            quarter,
            new QuarterRollup(
                counts ? range(day, quarter) : Optional.empty(),
                counts ? range(day, quarter) : Optional.empty(),
                watts,
                watts,
                powers));
      }
      rollups.add(new Rollup("plug", day, epoch == 0 ? "" : "épòque " + epoch, quarters));
    }
    return new DaySeries(day, rollups);
  }

  private DaySeries[] days() {
    DaySeries[] days = new DaySeries[MONTH.lengthOfMonth()];
    for (int i = random.nextInt(days.length); i < days.length; i += 1 + random.nextInt(20)) {
      days[i] = day(MONTH.atDay(i + 1));
    }
    return days;
  }

  private Map<Integer, Long> versions(DaySeries[] days) {
    Map<Integer, Long> versions = new HashMap<>(Map.of(1, 3L)); // may have lost its rollups
    for (int i = 0; i < days.length; i++) {
      if (days[i] != null) {
        versions.put(i + 1, (long) random.nextInt(1_000_000));
      }
    }
    return versions;
  }

  private byte[] form() {
    DaySeries[] days = days();
    return MonthForm.of(versions(days), days).orElseThrow();
  }

  /** Bit by bit. */
  private static void assertSame(Object read, Object written) {
    assertThat(read)
        .usingRecursiveComparison()
        .withEqualsForType((a, b) -> Double.compare(a, b) == 0, Double.class)
        .isEqualTo(written);
  }

  @Test
  void whatIsReadIsWhatWasWrittenWhateverTheDaysAre() {
    for (int run = 0; run < 100; run++) {
      DaySeries[] days = days();
      Map<Integer, Long> versions = versions(days);
      byte[] form = MonthForm.of(versions, days).orElseThrow();
      MonthSeries read = MonthForm.read(MONTH, form).orElseThrow();
      assertThat(read.versions()).isEqualTo(versions);
      assertThat(read.stored()).isEqualTo(versions);
      assertSame(read.days(), days);
      assertThat(read.bytes()).isEqualTo(new MonthSeries(versions, days, Map.of()).bytes());
    }
  }

  @Test
  void aDayThatIsNotToBeKeptIsNot() {
    DaySeries[] days = new DaySeries[MONTH.lengthOfMonth()];
    Arrays.setAll(days, i -> day(MONTH.atDay(i + 1)));
    MonthSeries read =
        MonthForm.read(MONTH, MonthForm.of(Map.of(3, 1L), days).orElseThrow()).orElseThrow();
    assertSame(read.days()[2], days[2]);
    assertThat(read.days()).containsOnlyOnce(read.days()[2]).hasSize(28);
    assertThat(Arrays.stream(read.days()).filter(each -> each != null)).hasSize(1);
  }

  @Test
  void whatIsDamagedIsNothing() {
    byte[] form = form();
    for (int length = 0; length < form.length; length += 1 + length / 20) {
      assertThat(MonthForm.read(MONTH, Arrays.copyOf(form, length))).isEmpty();
    }
    for (int run = 0; run < 500; run++) {
      byte[] damaged = form.clone();
      damaged[random.nextInt(form.length)] ^= (byte) (1 << random.nextInt(8));
      Optional<MonthSeries> read = MonthForm.read(MONTH, damaged);
      read.ifPresent( // some bits of zlib's head say nothing
          same -> assertSame(same.days(), MonthForm.read(MONTH, form).orElseThrow().days()));
    }
  }

  @Test
  void aFormOfAnotherNumberIsNothing() {
    byte[] form = form();
    form[0] = MonthForm.NUMBER + 1;
    assertThat(MonthForm.read(MONTH, form)).isEmpty();
  }

  @Test
  void nonsenseWithARightChecksumIsNothing() throws IOException {
    for (int run = 0; run < 2000; run++) {
      byte[] nonsense = new byte[random.nextInt(300)];
      random.nextBytes(nonsense);
      if (run % 2 == 0 && nonsense.length > 3) {
        System.arraycopy(new byte[] {2, 2, 2, 2}, 0, nonsense, 0, 4); // a day begins
      }
      assertThat(MonthForm.read(MONTH, packed(nonsense))).isEmpty();
    }
  }

  @Test
  void aSmallDocumentCannotFillTheMemory() throws IOException {
    assertThat(MonthForm.read(MONTH, packed(new byte[200 << 20]))).isEmpty();
  }

  private static byte[] packed(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(MonthForm.NUMBER);
    try (DeflaterOutputStream deflated = new DeflaterOutputStream(out)) {
      deflated.write(plain);
    }
    return out.toByteArray();
  }
}
