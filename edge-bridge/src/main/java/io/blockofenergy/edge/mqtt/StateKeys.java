package io.blockofenergy.edge.mqtt;

/**
 * The keys of {@link StateStore}: a letter, the topic or the client's id, and after a zero, which
 * no id holds, what else is needed.
 */
final class StateKeys {
  static final char RETAINED = 'r';
  static final char SESSION = 's';
  static final char SUBSCRIPTION = 'f';
  static final char DELIVERY = 'q';
  static final char RECEIVED = 'u';
  static final char WILL = 'w';

  private StateKeys() {}

  static String of(char kind, String client) {
    return kind + "/" + client;
  }

  static String of(char kind, String client, String rest) {
    return kind + "/" + client + '\0' + rest;
  }

  /** Sorts as the numbers do. */
  static String delivery(String client, long number) {
    return of(DELIVERY, client, String.format("%016x", number));
  }

  static String received(String client, int packetId) {
    return of(RECEIVED, client, Integer.toString(packetId));
  }

  static String client(String key) {
    int zero = key.indexOf('\0');
    return key.substring(2, zero < 0 ? key.length() : zero);
  }

  static String rest(String key) {
    return key.substring(key.indexOf('\0') + 1);
  }
}
