package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.SecretFile;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Locale;
import org.web3j.crypto.ContractUtils;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Keys;
import org.web3j.utils.Numeric;

/**
 * The Ethereum account (secp256k1) that anchors checkpoints. Its private key lives in a file as 64
 * hex digits, mode 0600. Immutable; printing it shows the address only.
 */
public final class AnchorKey {
  private final Credentials credentials;

  private AnchorKey(Credentials credentials) {
    this.credentials = credentials;
  }

  /**
   * Loads the key, or draws and durably keeps one when the file does not exist. Blocks.
   *
   * @throws IOException when the file is not a key, is open to others than its owner, or cannot be
   *     written
   */
  public static AnchorKey loadOrCreate(Path file) throws IOException {
    String hex = SecretFile.loadOrCreate(file, AnchorKey::draw);
    if (!hex.matches("[0-9a-fA-F]{64}")) {
      throw new IOException("key file " + file + " does not hold 64 hex digits");
    }
    return new AnchorKey(Credentials.create(hex));
  }

  private static String draw() {
    try {
      return Numeric.toHexStringNoPrefixZeroPadded(Keys.createEcKeyPair().getPrivateKey(), 64);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks secp256k1", e);
    }
  }

  /** The account's address: 0x and 40 hex digits, lower case. */
  public String address() {
    return credentials.getAddress();
  }

  /**
   * The address of the contract that this account's first transaction deploys, nonce 0: 0x and 40
   * hex digits, lower case.
   */
  public String contractAddress() {
    return ContractUtils.generateContractAddress(address(), BigInteger.ZERO)
        .toLowerCase(Locale.ROOT);
  }

  Credentials credentials() {
    return credentials;
  }

  @Override
  public String toString() {
    return "AnchorKey[" + address() + "]";
  }
}
