package io.blockofenergy.edge.decode;

import java.util.List;

/** Understands the messages of one family of sensors. Safe for any thread; never blocks. */
public interface Decoder {
  /**
   * Bound of the devices that a message may speak for; a message for more is malformed. Each of
   * their readings keeps the whole message, so that a small one could fill the journal.
   */
  int MAX_DEVICES = 32;

  /**
   * Whether messages on this topic are this decoder's. Called for every message that comes in:
   * looks at the topic once and compiles no pattern.
   */
  boolean accepts(String topic);

  /**
   * Whether the same message may come twice although its sender does not mark it: then the second
   * one counts as a redelivery.
   */
  default boolean mayRepeat() {
    return false;
  }

  /**
   * Decodes a message on an accepted topic.
   *
   * @return one measurement a device that the message speaks for, each of another device; empty
   *     when the message is sound but carries no energy reading
   * @throws io.blockofenergy.telemetry.MalformedReadingException when the message can never be
   *     decoded, saying why by the member's name and without quoting the message
   */
  List<Measurement> decode(String topic, byte[] payload);
}
