package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * How the ledger uses the chain.
 *
 * @param contract address of a contract that somebody else deployed; empty for the key's own
 * @param admin address that is to administer the contract; empty for the anchoring key itself
 * @param confirmations number of blocks on top of an anchor's before it counts
 * @param maxFeeGwei the most that a unit of gas may cost, 10⁹ wei
 * @param keystoreFile Web3 secret storage (version 3) with the anchoring key; empty for a plain one
 * @param keystorePasswordFile its password; present if and only if the former is
 */
public record ChainConfig(
    Optional<String> contract,
    Optional<String> admin,
    int confirmations,
    int maxFeeGwei,
    Optional<Path> keystoreFile,
    Optional<Path> keystorePasswordFile) {
  /** An anchor further back than this is not looked for among those that wait. */
  static final int MAX_CONFIRMATIONS = 500;

  private static final String PLAIN_KEY = "anchor.key";
  private static final String ADDRESS = "(0x[0-9a-fA-F]{40})?";

  /** With a contract and a key of its own, for a chain whose blocks are final. */
  public ChainConfig() {
    this(Optional.empty(), Optional.empty(), 0, 500, Optional.empty(), Optional.empty());
  }

  public static ChainConfig from(Settings settings) {
    ChainConfig config =
        new ChainConfig(
            address(
                settings.text(
                    "chain.contract",
                    "",
                    ADDRESS,
                    "address of a contract that is deployed already; none: the anchoring key"
                        + " deploys its own")),
            address(
                settings.text(
                    "chain.admin",
                    "",
                    ADDRESS,
                    "address, a multisig's best, that the contract's administration is handed to;"
                        + " none: stays with the anchoring key")),
            settings.integer(
                "chain.confirmations",
                0,
                0,
                MAX_CONFIRMATIONS,
                "blocks on top of an anchor's before it counts"),
            settings.integer(
                "chain.maxFeeGwei", 500, 1, 1_000_000, "the most that a unit of gas may cost"),
            path(
                settings.text(
                    "chain.keystoreFile",
                    "",
                    "encrypted keystore (JSON, version 3) with the anchoring key; none: a plain key"
                        + " in `ledger.directory`")),
            path(
                settings.text(
                    "chain.keystorePasswordFile", "", "file with the keystore's password")));
    if (config.keystoreFile.isPresent() != config.keystorePasswordFile.isPresent()) {
      settings.fault("chain.keystoreFile and chain.keystorePasswordFile belong together");
    }
    if (config.admin.filter(address -> address.matches("0x0{40}")).isPresent()) {
      settings.fault("chain.admin: nobody has the zero address");
    }
    return config;
  }

  private static Optional<String> address(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text.toLowerCase(Locale.ROOT));
  }

  private static Optional<Path> path(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
  }

  /**
   * The anchoring key: from the keystore when there is one, else from {@code anchor.key}, which is
   * drawn when it does not exist. Blocks.
   *
   * @param directory of the plain key
   */
  public AnchorKey key(Path directory) throws IOException {
    return keystoreFile.isPresent()
        ? AnchorKey.fromKeystore(keystoreFile.get(), keystorePasswordFile.orElseThrow())
        : AnchorKey.loadOrCreate(directory.resolve(PLAIN_KEY));
  }

  /** Whether {@link #key} would find one, without drawing it. */
  public boolean hasKey(Path directory) {
    return keystoreFile.isPresent() || Files.exists(directory.resolve(PLAIN_KEY));
  }
}
