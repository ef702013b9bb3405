package io.blockofenergy.edge.decode;

import java.util.Optional;

/** Understands the messages of one family of sensors. Safe for any thread; never blocks. */
public interface Decoder {

  /** Whether messages on this topic are this decoder's. */
  boolean accepts(String topic);

  /**
   * Decodes a message on an accepted topic.
   *
   * @return empty when the message is sound but carries no energy reading
   * @throws io.blockofenergy.telemetry.MalformedReadingException when the message can never be
   *     decoded, saying why
   */
  Optional<Measurement> decode(String topic, byte[] payload);
}
