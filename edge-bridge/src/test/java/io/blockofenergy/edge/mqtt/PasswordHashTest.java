package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class PasswordHashTest {
  /** Written by mosquitto_passwd 2.0.11. */
  private static final String MOSQUITTO =
      "$7$101$KTgfTuxr6GhAv57d$fYYw9pTGr6C05n8KBddGwNtY4D9wKdX92/JarR7IsTYhkPmsx7wWS1R9sEUnKiZ0cA06Pz2mT7ymKTGoI5cqog==";

  private static final String MOSQUITTO_NOT_ASCII =
      "$7$101$9VJnNtMiaixALxZ6$Ytw++4lU6MuB+pDxAFhoRJjTP/ZbUfAYatkcy6tWenkpggC3xD4VX+lvbitABP+tJo6C1ortZkyQGwQQVRyb3A==";

  @Test
  void verifiesWhatMosquittoHasHashed() {
    assertThat(PasswordHash.parse(MOSQUITTO).matches("geheim")).isTrue();
    assertThat(PasswordHash.parse(MOSQUITTO).matches("Geheim")).isFalse();
    assertThat(PasswordHash.parse(MOSQUITTO).matches("")).isFalse();
    assertThat(PasswordHash.parse(MOSQUITTO_NOT_ASCII).matches("pässwörd €")).isTrue();
  }

  @Test
  void cannotBePrinted() {
    assertThat(PasswordHash.parse(MOSQUITTO)).hasToString("********");
    assertThat(PasswordHash.parse(MOSQUITTO).text()).isEqualTo(MOSQUITTO);
  }

  @Test
  void hashesOnePasswordDifferentlyEachTime() {
    PasswordHash one = PasswordHash.of("p", 10, new SecureRandom());
    assertThat(one.matches("p")).isTrue();
    assertThat(one).isNotEqualTo(PasswordHash.of("p", 10, new SecureRandom()));
    assertThat(PasswordHash.ofNobody(1).matches("p")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "geheim",
        "$6$abc$def",
        "$7$0$KTgfTuxr6GhAv57d$fYYw",
        "$7$101$KTgfTuxr6GhAv57d$fYYw",
        "$7$9999999$KTgfTuxr6GhAv57d$fYYw9pTGr6C05n8KBddGwNtY4D9wKdX92/JarR7IsTYhkPmsx7wWS1R9sEUnKiZ0cA06Pz2mT7ymKTGoI5cqog=="
      })
  void refusesOtherFormsWithoutRepeatingThem(String text) {
    assertThatThrownBy(() -> PasswordHash.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("geheim");
  }

  @Test
  void theCommandPrintsAHashOfItsInput() {
    StringWriter out = new StringWriter();
    assertThat(passwd("geheim\n", out, "--iterations", "11")).isZero();
    assertThat(PasswordHash.parse(out.toString().strip()).matches("geheim")).isTrue();
    assertThat(passwd("", out)).isEqualTo(1);
    assertThat(passwd("x\n", out, "--iterations", "0")).isEqualTo(2);
  }

  private static int passwd(String input, StringWriter out, String... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return new CommandLine(new PasswdCommand())
          .setOut(new PrintWriter(out, true))
          .setErr(new PrintWriter(new StringWriter()))
          .execute(arguments);
    } finally {
      System.setIn(before);
    }
  }
}
