package io.blockofenergy.cloud;

import io.blockofenergy.cloud.audit.EvmNode;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.telemetry.UnavailableException;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.VerifierKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code cloud-verticles verify}: checks a receipt without the server. Exit code 0 when it holds, 1
 * when it does not, 2 when it cannot be checked.
 */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = "Checks a receipt without the server that gave it.")
final class VerifyCommand implements Callable<Integer> {
  private static final long MAX_RECEIPT_BYTES = 4 << 20;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The receipt, a .tlog-proof file.")
  private Path file;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = {
        "The log's verifier key, name+hash+key, from a source that you trust.",
        "Without it, the key of the log on this machine is used: <data>/ledger/log.pub."
      })
  private String key;

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
    VerifierKey verifier = key();
    byte[] receipt = read(file);
    ReceiptVerifier.Result result;
    try {
      result = new ReceiptVerifier(verifier, node, contract).verify(receipt);
    } catch (UnavailableException e) {
      System.err.println("The chain cannot be asked: " + e.getMessage());
      return 2;
    }
    result.steps().forEach(step -> System.out.println("  ok  " + step));
    if (!result.valid()) {
      System.out.println("  --  " + result.fault());
      System.out.println("NOT VALID");
      return 1;
    }
    System.out.println("VALID");
    return 0;
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
      Path data = Path.of(System.getenv().getOrDefault("BOE_DATA", "data/cloud"));
      Path local = data.resolve("ledger").resolve("log.pub");
      if (!Files.exists(local)) {
        throw new ParameterException(
            spec.commandLine(), "Give the log's key with --key: there is no " + local + " here.");
      }
      text = new String(read(local));
      System.out.println("  ..  no --key given: using this machine's " + local);
    }
    try {
      return VerifierKey.parse(text);
    } catch (MalformedProofException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
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
