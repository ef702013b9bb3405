package io.blockofenergy.edge.decode;

import java.util.List;

/** Understands the messages of one family of sensors. Safe for any thread; never blocks. */
public interface Decoder {

  /** Whether messages on this topic are this decoder's. */
  boolean accepts(String topic);

  /**
   * Decodes a message on an accepted topic.
   *
   * @return one measurement a device that the message speaks for, each of another device; empty
   *     when the message is sound but carries no energy reading
   * @throws io.blockofenergy.telemetry.MalformedReadingException when the message can never be
   *     decoded, saying why
   */
  List<Measurement> decode(String topic, byte[] payload);
}
