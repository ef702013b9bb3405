package io.blockofenergy.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class VerifyCommandTest {
  private static final String VECTORS = "../webroot/test/vectors/";
  private static final String RECEIPT = VECTORS + "reading.tlog-proof";

  @Test
  void aWrongNodeAddressIsAMistakeInTheCommandLine() {
    assertThat(refusal("--rpc", "http://[nowhere/secret", RECEIPT))
        .contains("--rpc")
        .doesNotContain("secret")
        .doesNotContain("Exception");
    assertThat(refusal("--rpc", "localhost:8545", RECEIPT)).contains("--rpc");
  }

  @Test
  void aWrongContractAddressIsAMistakeInTheCommandLine() {
    assertThat(refusal("--contract", "0x12", RECEIPT)).contains("--contract takes an address");
  }

  @Test
  void withoutAKeyItSaysWhereOneIsToBeHad() {
    assertThat(refusal(RECEIPT))
        .contains("--key NAME+HASH+KEY")
        .contains("/api/v1/status")
        .contains("log.pub");
    assertThat(refusal("--key", VECTORS + "witness.pub", RECEIPT)).contains("is not a log's key");
    assertThat(refusal("--key", VECTORS + "log.pub", "--witness", VECTORS + "log.pub", RECEIPT))
        .contains("is not a witness's key");
    assertThat(refusal("--key", "nowhere.txt", RECEIPT)).contains("Cannot read nowhere.txt");
  }

  @Test
  void itSaysInWordsWhatWasCheckedWhatItMeansAndWhatWasNotChecked() {
    assertThat(said(0, RECEIPT))
        .contains("ok  The reading's hash is entry 3")
        .contains("What it means:")
        .contains("What was not checked:")
        .endsWith("VALID" + System.lineSeparator());
    assertThat(said(0, "--witness", VECTORS + "witness.pub", VECTORS + "day.boe-bundle.json"))
        .contains("ok  It is cosigned by the witness")
        .contains("ok  So plug7 took 8.73 kWh");
    assertThat(said(0, VECTORS + "report.boe-bundle.json"))
        .contains("..  THE COST, 70.91 MKD: ")
        .contains("VALID: the energy, 15.980000001 kWh; the cost is not checked.");
    assertThat(said(2, VECTORS + "part.boe-bundle.json"))
        .contains("Each of its inputs was in the log")
        .contains("CANNOT BE CHECKED: of 16.480000001 kWh, 15.980000001 kWh are shown")
        .doesNotContain("VALID");
    assertThat(said(1, VECTORS + "false-energy.boe-bundle.json"))
        .contains("--  from bridge-01")
        .contains("NOT VALID");
  }

  @Test
  void whatAFileSaysDoesNotCommandTheTerminal(@TempDir Path directory) throws Exception {
    String bundle = Files.readString(Path.of(VECTORS, "day.boe-bundle.json"));
    Path forged = directory.resolve("forged");
    Files.writeString(forged, bundle.replace("boe.day.v1", "\\u001b[2K\\nVALID\u202e\u2028\u009b"));
    assertThat(said(1, forged.toString()))
        .contains("not known: \\u{1b}[2K\\u{a}VALID\\u{202e}\\u{2028}\\u{9b}");
  }

  private static String said(int code, String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new VerifyCommand()).setOut(new PrintWriter(out, true));
    List<String> all = new ArrayList<>(List.of("--key", VECTORS + "log.pub"));
    all.addAll(List.of(arguments));
    assertThat(command.execute(all.toArray(new String[0]))).isEqualTo(code);
    return out.toString();
  }

  private static String refusal(String... arguments) {
    StringWriter said = new StringWriter();
    int code =
        new CommandLine(new VerifyCommand()).setErr(new PrintWriter(said)).execute(arguments);
    assertThat(code).isEqualTo(2);
    return said.toString();
  }
}
