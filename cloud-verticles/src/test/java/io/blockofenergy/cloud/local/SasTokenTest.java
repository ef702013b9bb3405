package io.blockofenergy.cloud.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SasTokenTest {
  private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);
  private static final Instant EXPIRY = Instant.ofEpochSecond(1_800_000_000);
  private static final String RESOURCE = "127.0.0.1/devices/bridge-1";

  @Test
  void aTokenIsAcceptedForItsKeyResourceAndTime() {
    SasToken token = SasToken.parse(SasToken.create(KEY, RESOURCE, EXPIRY));
    assertThat(token.isSignedBy(KEY)).isTrue();
    assertThat(token.resource()).isEqualTo(RESOURCE);
    assertThat(token.isExpired(EXPIRY.minusSeconds(1))).isFalse();
    assertThat(token.isExpired(EXPIRY)).isTrue();
  }

  /** HMAC-SHA256 computed with openssl over "127.0.0.1/devices/d\n1800000000". */
  @Test
  void theSignatureIsOverTheResourceAsItWasSentAndTheExpiryInAnyFieldOrder() {
    String signature = "vd6zNRNDlHpYyeSos6tVqgDjN%2BXzoNaTaH9D0tw1npA%3D";
    SasToken token =
        SasToken.parse(
            "SharedAccessSignature sig=" + signature + "&se=1800000000&sr=127.0.0.1/devices/d");
    assertThat(token.isSignedBy(KEY)).isTrue();
  }

  @Test
  void anotherKeyOrAChangedFieldIsNotAccepted() {
    String text = SasToken.create(KEY, RESOURCE, EXPIRY);
    assertThat(SasToken.parse(text).isSignedBy("another key".getBytes(UTF_8))).isFalse();
    assertThat(SasToken.parse(text.replace("bridge-1", "bridge-2")).isSignedBy(KEY)).isFalse();
    assertThat(SasToken.parse(text.replace("se=1", "se=2")).isSignedBy(KEY)).isFalse();
  }

  /** Computed with openssl too. */
  @Test
  void aDeviceKeyIsTheHmacOfItsIdByTheGroupKey() {
    assertThat(Base64.getEncoder().encodeToString(SasToken.deriveKey(KEY, "bridge-1")))
        .isEqualTo("vBN4EDDsVmRRzGvR35SUUIgmxP/LChNR+SpuxWKYYgw=");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SharedAccessSignature",
        "SharedAccessSignature ",
        "Bearer sr=a&sig=YQ%3D%3D&se=1",
        "SharedAccessSignature sr=a&se=1",
        "SharedAccessSignature sr=a&sig=YQ%3D%3D",
        "SharedAccessSignature sig=YQ%3D%3D&se=1",
        "SharedAccessSignature sr=a&sig=YQ%3D%3D&se=",
        "SharedAccessSignature sr=a&sig=YQ%3D%3D&se=-1",
        "SharedAccessSignature sr=a&sig=YQ%3D%3D&se=9999999999999999999",
        "SharedAccessSignature sr=a&sig=***&se=1",
        "SharedAccessSignature sr=a&sig=YQ%3&se=1",
        "SharedAccessSignature sr=%zz&sig=YQ%3D%3D&se=1",
        "SharedAccessSignature sr=a&sr=b&sig=YQ%3D%3D&se=1",
        "SharedAccessSignature sr=a&=&sig=YQ%3D%3D&se=1",
      })
  void whatIsNoTokenIsRefused(String text) {
    assertThatThrownBy(() -> SasToken.parse(text)).isInstanceOf(MalformedReadingException.class);
  }

  @Test
  void noPasswordIsRefused() {
    assertThatThrownBy(() -> SasToken.parse(null)).isInstanceOf(MalformedReadingException.class);
  }
}
