package io.blockofenergy.cloud.local;

import io.blockofenergy.telemetry.SecretFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The local hub's secrets in its directory, made at the first start: a self-signed certificate with
 * its key ({@code hub.p12}, password in {@code hub.password}), the certificate alone for bridges to
 * trust ({@code ca.pem}), and the enrolment group's key ({@code group.key}, base64). Secrets have
 * mode 0600. Each file appears whole or not at all, so a start that was cut off is completed by the
 * next. Blocks: for a worker thread.
 *
 * @param keyStore PKCS 12 file
 * @param password of the store; a plain text, for that is what TLS options take
 * @param trustFile PEM of the certificate
 * @param groupKey raw bytes of the enrolment group's symmetric key
 */
record HubCertificate(Path keyStore, String password, Path trustFile, byte[] groupKey) {
  private static final String ALIAS = "hub";
  private static final String VALIDITY_DAYS = "7300";

  static HubCertificate loadOrCreate(Path directory, String hostName) throws IOException {
    Files.createDirectories(directory);
    Path keyStore = directory.resolve("hub.p12");
    Path passwordFile = directory.resolve("hub.password");
    Path trustFile = directory.resolve("ca.pem");
    Path groupKeyFile = directory.resolve("group.key");
    if (!Files.exists(keyStore) || !isFor(hostName, keyStore, passwordFile)) {
      // Bridges take the new one by their trust file, which they read at each registration.
      Files.deleteIfExists(keyStore);
      Files.deleteIfExists(trustFile);
      SecretFile.write(passwordFile, randomBase64(24));
      generate(keyStore, passwordFile, hostName);
    }
    String password = Files.readString(passwordFile).strip();
    if (!Files.exists(trustFile)) {
      SecretFile.write(trustFile, exportPem(keyStore, password));
    }
    if (!Files.exists(groupKeyFile)) {
      SecretFile.write(groupKeyFile, randomBase64(64));
    }
    return new HubCertificate(keyStore, password, trustFile, readGroupKey(groupKeyFile));
  }

  /** Whether the certificate names the host: it was made under another configuration if not. */
  private static boolean isFor(String hostName, Path keyStore, Path passwordFile)
      throws IOException {
    try {
      X509Certificate certificate =
          (X509Certificate) certificate(keyStore, Files.readString(passwordFile).strip());
      return certificate.getSubjectAlternativeNames().stream()
          .anyMatch(name -> hostName.equalsIgnoreCase(String.valueOf(name.get(1))));
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot read " + keyStore, e);
    }
  }

  private static Certificate certificate(Path keyStore, String password)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(keyStore)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, password.toCharArray());
      return store.getCertificate(ALIAS);
    }
  }

  private static byte[] readGroupKey(Path file) throws IOException {
    try {
      byte[] key = Base64.getDecoder().decode(Files.readString(file).strip());
      if (key.length >= 16) {
        return key;
      }
      throw new IOException(file + " holds a key of fewer than 16 bytes");
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " does not hold a base64 key", e);
    }
  }

  /** The JDK's own tool, for it has no public API that makes a certificate. */
  private static void generate(Path keyStore, Path passwordFile, String hostName)
      throws IOException {
    Path temporary = keyStore.resolveSibling("hub.p12.new");
    Files.deleteIfExists(temporary);
    String names = "san=ip:127.0.0.1,dns:localhost";
    if (!List.of("127.0.0.1", "localhost").contains(hostName)) {
      names += (hostName.matches("[0-9.]+") ? ",ip:" : ",dns:") + hostName;
    }
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                VALIDITY_DAYS,
                "-dname",
                "CN=Block of Energy local hub",
                "-ext",
                names,
                "-storetype",
                "PKCS12",
                "-keystore",
                temporary.toString(),
                "-storepass:file",
                passwordFile.toString())
            .redirectErrorStream(true)
            .start();
    keytool.getOutputStream().close();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
        throw new IOException("keytool could not make the hub's certificate: " + output.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while making the hub's certificate", e);
    } finally {
      keytool.destroyForcibly();
    }
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-------"));
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(temporary, keyStore, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String exportPem(Path keyStore, String password) throws IOException {
    try {
      Certificate certificate = certificate(keyStore, password);
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot read " + keyStore, e);
    }
  }

  private static String randomBase64(int bytes) {
    byte[] random = new byte[bytes];
    new SecureRandom().nextBytes(random);
    return Base64.getEncoder().encodeToString(random);
  }

  /** Without the secrets. */
  @Override
  public String toString() {
    return "HubCertificate[" + keyStore + "]";
  }
}
