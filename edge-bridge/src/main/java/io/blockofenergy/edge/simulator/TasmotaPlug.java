package io.blockofenergy.edge.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A plug with Tasmota's firmware. */
record TasmotaPlug(Meter meter) implements Device {
  @Override
  public List<Message> messages(Instant at, Duration period) {
    return List.of(
        new Message(TasmotaMessage.topic(meter.name()), TasmotaMessage.of(meter, at, period)));
  }

  @Override
  public boolean tellsTime() {
    return true;
  }

  @Override
  public double powerW(Instant at) {
    return meter.powerW(at);
  }
}
