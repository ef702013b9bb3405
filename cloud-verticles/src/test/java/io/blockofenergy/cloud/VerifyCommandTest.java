package io.blockofenergy.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class VerifyCommandTest {
  @Test
  void aWrongNodeAddressIsAMistakeInTheCommandLine() {
    assertThat(refusal("--rpc", "http://[nowhere/secret", "receipt"))
        .contains("--rpc")
        .doesNotContain("secret")
        .doesNotContain("Exception");
    assertThat(refusal("--rpc", "localhost:8545", "receipt")).contains("--rpc");
  }

  @Test
  void aWrongContractAddressIsAMistakeInTheCommandLine() {
    assertThat(refusal("--contract", "0x12", "receipt")).contains("--contract takes an address");
  }

  private static String refusal(String... arguments) {
    StringWriter said = new StringWriter();
    int code =
        new CommandLine(new VerifyCommand()).setErr(new PrintWriter(said)).execute(arguments);
    assertThat(code).isEqualTo(2);
    return said.toString();
  }
}
