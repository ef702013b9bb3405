package io.blockofenergy.cloud.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.SecretFile;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Locale;
import org.web3j.crypto.ContractUtils;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Keys;
import org.web3j.crypto.WalletUtils;
import org.web3j.crypto.exception.CipherException;
import org.web3j.utils.Numeric;

/**
 * The Ethereum account (secp256k1) that anchors checkpoints. Its private key lives in a file as 64
 * hex digits, mode 0600, or encrypted in a keystore. Immutable; printing it shows the address only.
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

  /**
   * Opens an encrypted key. Blocks, by intent of the format for a second or so, and takes 256 MiB
   * of memory with the parameters that most tools choose.
   *
   * @param file Web3 secret storage, version 3: JSON
   * @param passwordFile the password in UTF-8; white space around it does not count
   * @throws IOException when a file cannot be read, is no keystore, or the password is wrong
   * @see <a
   *     href="https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage">Web3
   *     secret storage</a>
   */
  public static AnchorKey fromKeystore(Path file, Path passwordFile) throws IOException {
    String text = Files.readString(passwordFile).strip();
    if (text.isEmpty()) {
      throw new IOException("password file " + passwordFile + " is empty");
    }
    Secret password = new Secret(text);
    try {
      return new AnchorKey(WalletUtils.loadCredentials(password.reveal(), file.toFile()));
    } catch (CipherException e) {
      throw new IOException("keystore " + file + " does not open: " + e.getMessage(), e);
    } catch (JsonProcessingException e) {
      // Not the cause of what follows, for it may repeat the file.
      throw new IOException("file " + file + " is not a keystore of version 3");
    }
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
