package io.blockofenergy.edge.decode;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The sensors' messages in {@code src/test/resources/payload}; each test says where they are from.
 */
final class Payloads {
  private Payloads() {}

  static byte[] of(String name) {
    try (InputStream in = Payloads.class.getResourceAsStream("/payload/" + name + ".json")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
