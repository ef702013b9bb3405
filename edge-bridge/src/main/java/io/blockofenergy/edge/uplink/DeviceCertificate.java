package io.blockofenergy.edge.uplink;

import com.microsoft.azure.sdk.iot.provisioning.security.SecurityProviderX509;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The bridge's X.509 certificate with its private key, from PEM files (RFC 7468): the certificate
 * first, then those between it and the one that the hub trusts; the key in PKCS 8, not encrypted,
 * for RSA or elliptic curves.
 */
final class DeviceCertificate {
  private static final Pattern PKCS_8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private final List<X509Certificate> chain;
  private final PrivateKey key;

  private DeviceCertificate(List<X509Certificate> chain, PrivateKey key) {
    this.chain = chain;
    this.key = key;
  }

  /**
   * Reads both files. Blocks.
   *
   * @throws IOException when one cannot be read or does not hold what it should; the message holds
   *     nothing of the key
   */
  static DeviceCertificate load(Path certificateFile, Path keyFile) throws IOException {
    List<X509Certificate> chain = new ArrayList<>();
    try {
      byte[] pem = Files.readAllBytes(certificateFile);
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))) {
        chain.add((X509Certificate) certificate);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(certificateFile + " does not hold certificates", e);
    }
    if (chain.isEmpty()) {
      throw new IOException(certificateFile + " holds no certificate");
    }
    return new DeviceCertificate(List.copyOf(chain), readKey(keyFile));
  }

  private static PrivateKey readKey(Path file) throws IOException {
    Matcher pem = PKCS_8.matcher(Files.readString(file));
    if (!pem.find()) {
      throw new IOException(
          file + " holds no key in PKCS 8: make it one with openssl pkcs8 -topk8 -nocrypt");
    }
    PKCS8EncodedKeySpec encoded =
        new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
    for (String algorithm : List.of("EC", "RSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
      } catch (InvalidKeySpecException e) {
        continue; // of another kind
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform must have " + algorithm, e);
      }
    }
    throw new IOException(file + " holds a key that is neither RSA nor of an elliptic curve");
  }

  /** Whom it names, the subject's common name: the device's and the registration's id. */
  String commonName() throws IOException {
    try {
      return new LdapName(chain.get(0).getSubjectX500Principal().getName())
          .getRdns().stream()
              .filter(part -> part.getType().equalsIgnoreCase("CN"))
              .map(part -> String.valueOf(part.getValue()))
              .findFirst()
              .orElse("");
    } catch (InvalidNameException e) {
      throw new IOException("the certificate's subject cannot be read", e);
    }
  }

  KeyManager[] keyManagers() throws IOException, GeneralSecurityException {
    char[] password = {}; // the store is never written
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("device", key, password, chain.toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return factory.getKeyManagers();
  }

  /** For the provisioning client, which registers the device of this name over this context. */
  SecurityProviderX509 securityProvider(String name, SSLContext tls) {
    return new SecurityProviderX509() {
      @Override
      public String getClientCertificateCommonName() {
        return name;
      }

      @Override
      public X509Certificate getClientCertificate() {
        return chain.get(0);
      }

      @Override
      public Key getClientPrivateKey() {
        return key;
      }

      @Override
      public Collection<X509Certificate> getIntermediateCertificatesChain() {
        return chain.subList(1, chain.size());
      }

      @Override
      public SSLContext getSSLContext() {
        return tls;
      }
    };
  }
}
