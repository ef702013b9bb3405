package io.blockofenergy.cloud;

import io.blockofenergy.cloud.audit.EvmNode;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code cloud-verticles verify}: checks a receipt or a bundle without the server. Exit code 0 when
 * it holds, 1 when it does not, 2 when it cannot be checked.
 */
@Command(
    name = "verify",
    exitCodeOnExecutionException = 2,
    mixinStandardHelpOptions = true,
    description = "Checks a receipt or a bundle without the server that gave it.",
    footer = {
      "",
      "The key is what the check rests on. Take it from a place that you trust; the server shows",
      "its own at /api/v1/status (log.publicKey), which proves less.",
      "Exit code: 0 it holds, 1 it does not, 2 it could not be checked."
    })
final class VerifyCommand implements Callable<Integer> {
  private static final long MAX_RECEIPT_BYTES = 32 << 20;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      description = "The receipt, a .tlog-proof file, or the bundle, a .boe-bundle.json file.")
  private Path file;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = {
        "The log's verifier key, name+hash+key, or a file with it, from a source that you trust.",
        "Without it, the key of a log on this machine is used: ledger/log.pub in $BOE_DATA or in",
        "data/cloud."
      })
  private String key;

  @Option(
      names = "--witness",
      paramLabel = "KEY",
      description = {
        "The key of a witness, or a file with it, that must have cosigned the log's state.",
        "May be given several times."
      })
  private List<String> witnesses = List.of();

  @Option(
      names = "--rpc",
      paramLabel = "URL",
      description = "JSON-RPC address of a node of the chain, to check the anchor too.")
  private String rpcUrl;

  @Option(
      names = "--contract",
      paramLabel = "ADDR",
      description = {
        "The published address of the contract, 0x and 40 hex digits.",
        "The receipt's anchor must be in this one."
      })
  private String contract;

  @Override
  public Integer call() {
    if (contract != null && !contract.matches("0x[0-9a-fA-F]{40}")) {
      throw new ParameterException(
          spec.commandLine(), "--contract takes an address: 0x and 40 hex digits.");
    }
    EvmNode node = node();
    byte[] receipt = read(file);
    VerifierKey verifier = key();
    List<VerifierKey> cosigners =
        witnesses.stream()
            .map(each -> parse("--witness", each, VerifierKey.Use.COSIGNATURE, "a witness's"))
            .toList();
    ReceiptVerifier.Result result;
    try {
      result = new ReceiptVerifier(verifier, cosigners, node, contract).verify(receipt);
    } catch (UnavailableException e) {
      spec.commandLine()
          .getErr()
          .println("The chain cannot be asked: " + printable(e.getMessage()));
      return 2;
    }
    return report(result, verifier);
  }

  private int report(ReceiptVerifier.Result result, VerifierKey verifier) {
    PrintWriter out = spec.commandLine().getOut();
    out.println("What was checked:");
    result.steps().forEach(step -> out.println("  ok  " + printable(step)));
    if (result.verdict() == ReceiptVerifier.Verdict.FALSE) {
      out.println("  --  " + printable(result.fault()));
      out.println("NOT VALID: do not rely on this file.");
      out.flush();
      return 1;
    }
    out.println("What it means:");
    out.println(
        "  "
            + result.logged()
            + " was in the log of "
            + verifier.name()
            + ", exactly so, when the log's state was signed.");
    out.println(
        "  To show anybody something else, the operator must contradict his own signature.");
    out.println("What was not checked:");
    result.notChecked().forEach(step -> out.println("  ..  " + printable(step)));
    if (result.verdict() == ReceiptVerifier.Verdict.FIGURES_NOT_CHECKED) {
      out.println("CANNOT BE CHECKED: " + printable(result.claim()));
      out.flush();
      return 2;
    }
    out.println(result.claim().isEmpty() ? "VALID" : "VALID: " + printable(result.claim()));
    out.flush();
    return 0;
  }

  /** The file's texts are its writer's: they must not end a line or command the terminal. */
  private static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (Character.getType(c)) {
                case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    printable.append(String.format("\\u{%x}", c));
                default -> printable.appendCodePoint(c);
              }
            });
    return printable.toString();
  }

  private EvmNode node() {
    try {
      return rpcUrl == null ? null : new EvmNode(rpcUrl);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--rpc: " + e.getMessage() + ".");
    }
  }

  private VerifierKey key() {
    String text = key;
    if (text == null) {
      Path local = localKey();
      text = new String(read(local), StandardCharsets.UTF_8);
      spec.commandLine()
          .getOut()
          .println("  ..  no --key given: using this machine's " + local + ", " + text.strip());
    }
    return parse("--key", text, VerifierKey.Use.NOTE, "a log's");
  }

  /** A key as it is written, or the one in a file of that name. */
  private VerifierKey parse(String option, String text, VerifierKey.Use use, String whose) {
    String written = text;
    if (!text.contains("+")) {
      written = new String(read(Path.of(text)), StandardCharsets.UTF_8);
    }
    VerifierKey parsed;
    try {
      parsed = VerifierKey.parse(written);
    } catch (MalformedProofException e) {
      throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage() + ".");
    }
    if (parsed.use() != use) {
      throw new ParameterException(spec.commandLine(), option + " is not " + whose + " key.");
    }
    return parsed;
  }

  private Path localKey() {
    String data = System.getenv("BOE_DATA");
    List<Path> places =
        Stream.of(
                data == null ? null : Path.of(data).resolve("ledger").resolve("log.pub"),
                data == null
                    ? null
                    : Path.of(data).resolve("cloud").resolve("ledger").resolve("log.pub"),
                Path.of("data", "cloud", "ledger", "log.pub"))
            .filter(place -> place != null)
            .toList();
    return places.stream()
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "Which log's key is it to be checked by? Give the one that the operator"
                        + " published: --key NAME+HASH+KEY, or --key FILE. The server shows its own"
                        + " at /api/v1/status as log.publicKey, and keeps it in <data>/ledger/log.pub;"
                        + " there is none at "
                        + String.join(", ", places.stream().map(Path::toString).toList())
                        + "."));
  }

  private byte[] read(Path path) {
    try {
      if (Files.size(path) > MAX_RECEIPT_BYTES) {
        throw new ParameterException(spec.commandLine(), path + " is too large to be a receipt.");
      }
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), "Cannot read " + path + ".");
    }
  }
}
