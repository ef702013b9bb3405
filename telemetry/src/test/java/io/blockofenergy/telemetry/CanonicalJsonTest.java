package io.blockofenergy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.erdtman.jcs.JsonCanonicalizer;
import org.erdtman.jcs.NumberToJSON;
import org.junit.jupiter.api.Test;

class CanonicalJsonTest {

  @Test
  void theSeedsPublishedRecordHashesToItsPublishedValue() throws Exception {
    Object tree;
    try (var file = getClass().getResourceAsStream("/seed-message.json")) {
      tree = new ObjectMapper().readValue(file, Object.class);
    }
    assertThat(Sha256.hex(CanonicalJson.bytes(tree)))
        .isEqualTo("49f6be0eb4a51bb7b4d12da28fef3fb0fd4a67b7510bc81c9c0101a897994d06");
  }

  @Test
  void numbersAreWrittenAsRfc8785AppendixBShows() {
    long[] bits = {
      0x0000000000000000L, 0x8000000000000000L, 0x0000000000000001L, 0x8000000000000001L,
      0x7fefffffffffffffL, 0xffefffffffffffffL, 0x4340000000000000L, 0xc340000000000000L,
      0x4430000000000000L, 0x44b52d02c7e14af5L, 0x44b52d02c7e14af6L, 0x44b52d02c7e14af7L,
      0x444b1ae4d6e2ef4eL, 0x444b1ae4d6e2ef4fL, 0x444b1ae4d6e2ef50L, 0x3eb0c6f7a0b5ed8cL,
      0x3eb0c6f7a0b5ed8dL, 0x41b3de4355555553L, 0x41b3de4355555557L, 0xbecbf647612f3696L
    };
    String[] texts = {
      "0",
      "0",
      "5e-324",
      "-5e-324",
      "1.7976931348623157e+308",
      "-1.7976931348623157e+308",
      "9007199254740992",
      "-9007199254740992",
      "295147905179352830000",
      "9.999999999999997e+22",
      "1e+23",
      "1.0000000000000001e+23",
      "999999999999999700000",
      "999999999999999900000",
      "1e+21",
      "9.999999999999997e-7",
      "0.000001",
      "333333333.3333332",
      "333333333.33333343",
      "-0.0000033333333333333333"
    };
    assertThat(Arrays.stream(bits).mapToObj(b -> write(Double.longBitsToDouble(b))).toList())
        .containsExactly(texts);
  }

  @Test
  void randomNumbersAreWrittenAsTheReferenceImplementationDoes() throws Exception {
    Random random = new Random(20261123);
    for (int i = 0; i < 200_000; i++) {
      double any = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(any)) {
        assertThat(write(any)).isEqualTo(NumberToJSON.serializeNumber(any));
      }
      double subnormal = Double.longBitsToDouble(random.nextInt(2000));
      assertThat(write(subnormal)).isEqualTo(NumberToJSON.serializeNumber(subnormal));
      double measured = Math.round(random.nextDouble() * 1e7) / 1e3;
      assertThat(write(measured)).isEqualTo(NumberToJSON.serializeNumber(measured));
    }
  }

  @Property(tries = 500)
  void anyTextIsWrittenAsTheReferenceImplementationDoes(@ForAll String key, @ForAll String value)
      throws Exception {
    Map<String, Object> tree = Map.of("k" + clean(key), List.of(clean(value), true), "a", 1);
    byte[] plain = new ObjectMapper().writeValueAsBytes(tree);
    assertThat(CanonicalJson.bytes(tree)).isEqualTo(new JsonCanonicalizer(plain).getEncodedUTF8());
  }

  @Test
  void whatJsonCannotSayIsRefused() {
    for (Object wrong :
        List.of(Double.NaN, Double.POSITIVE_INFINITY, (1L << 53) + 1, "\ud800", "\udc00x", 'c')) {
      assertThatThrownBy(() -> CanonicalJson.bytes(List.of(wrong)))
          .isInstanceOf(MalformedReadingException.class);
    }
  }

  private static String write(double value) {
    return new String(CanonicalJson.bytes(value), StandardCharsets.UTF_8);
  }

  private static String clean(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
