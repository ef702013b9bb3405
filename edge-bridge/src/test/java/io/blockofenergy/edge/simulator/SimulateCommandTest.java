package io.blockofenergy.edge.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class SimulateCommandTest {
  @ParameterizedTest
  @CsvSource({
    "--profile=castle, there is no profile 'castle'",
    "--devices=5, --devices is for --profile campus",
    "--port=0, --port must be",
    "--interval=0s, --interval must be",
    "--interval=often, not like 2s",
    "--history=-1, --history must be",
    "--history=99999, --history must be",
    "--history-rate=0, --history-rate must be",
    "--zone=Middle/Earth, no zone Middle/Earth",
    "--password-file=/nowhere, --password-file needs --user",
  })
  void aWrongOptionIsNamed(String option, String message) {
    StringWriter error = new StringWriter();
    int code =
        new CommandLine(new SimulateCommand()).setErr(new PrintWriter(error)).execute(option);
    assertThat(code).isEqualTo(2);
    assertThat(error.toString()).contains(message);
  }

  @ParameterizedTest
  @CsvSource({
    "--devices=0, --devices must be from 1 to 10000",
    "--devices=10001, --devices must be from 1 to 10000",
    "--devices=many, Invalid value for option '--devices'",
    "--history=60 --devices=10000, 60 days of 5500 devices are 31|680|000 messages",
  })
  void aCampusThatIsTooLargeIsRefused(String options, String message) {
    StringWriter error = new StringWriter();
    int code =
        new CommandLine(new SimulateCommand())
            .setErr(new PrintWriter(error))
            .execute(("--profile=campus " + options).split(" "));
    assertThat(code).isEqualTo(2);
    assertThat(error.toString()).contains(message.replace('|', ','));
  }
}
