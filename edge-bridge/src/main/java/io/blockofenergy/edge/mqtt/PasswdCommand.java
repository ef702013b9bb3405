package io.blockofenergy.edge.mqtt;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code edge-bridge passwd}: prints the hash of a password for {@code mqtt.users.<name>}. Exit
 * code 1 when no password comes, 2 for a wrong option.
 */
@Command(
    name = "passwd",
    mixinStandardHelpOptions = true,
    description = "Reads a password from standard input and prints its hash for the configuration.")
public final class PasswdCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "20000",
      description = "Rounds of PBKDF2: more are safer and slower (default: ${DEFAULT-VALUE}).")
  private int iterations;

  @Override
  public Integer call() throws IOException {
    if (iterations < 1 || iterations > PasswordHash.MAX_ITERATIONS) {
      throw new ParameterException(
          spec.commandLine(), "--iterations must be from 1 to " + PasswordHash.MAX_ITERATIONS);
    }
    String password =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
    if (password == null || password.isEmpty()) {
      spec.commandLine().getErr().println("no password on standard input");
      return 1;
    }
    spec.commandLine()
        .getOut()
        .println(PasswordHash.of(password, iterations, new SecureRandom()).text());
    return 0;
  }
}
