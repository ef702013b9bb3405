package io.blockofenergy.cloud.local;

import java.nio.file.Path;

/** A broker in a process of its own, so that a test can kill it. */
public final class BrokerProcess {
  private BrokerProcess() {}

  public static void main(String[] args) throws Exception {
    LocalBroker broker = new LocalBroker(Path.of(args[0]), new LocalBrokerConfig(0, 32 << 20, 100));
    broker.start();
    System.out.println("LISTENING " + broker.port());
    System.in.read();
  }
}
