package io.blockofenergy.edge.uplink;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Makes the TLS context that the SDK connects with. */
final class UplinkTls {
  private UplinkTls() {}

  /**
   * A context that trusts the file's certificates, or the Java platform's when there is none.
   *
   * @param certificate by which the bridge shows who it is; empty when it does so by its key
   * @throws IOException when a file cannot be read or does not hold what it should
   */
  static SSLContext context(Optional<Path> trustFile, Optional<DeviceCertificate> certificate)
      throws IOException {
    try {
      TrustManager[] trust = trustFile.isPresent() ? trustManagers(trustFile.get()) : null;
      KeyManager[] keys = certificate.isPresent() ? certificate.get().keyManagers() : null;
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot set TLS up: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trustManagers(Path file)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null);
    int count = 0;
    try (InputStream in = Files.newInputStream(file)) {
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("trusted-" + count++, certificate);
      }
    }
    if (count == 0) {
      throw new IOException(file + " holds no certificate");
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }
}
