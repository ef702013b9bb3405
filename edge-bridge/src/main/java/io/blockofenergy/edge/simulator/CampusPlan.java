package io.blockofenergy.edge.simulator;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Which devices a campus has, what they measure, and how large that is. Makes and uses repeat with
 * periods that have no common divisor, so that every make comes to measure everything it can.
 */
final class CampusPlan {
  private enum Make {
    TASMOTA,
    SHELLY_PLUG,
    SHELLY_THREE_PHASE,
    SHELLY_GEN1_PLUG,
    SHELLY_GEN1_METER,
    ZIGBEE
  }

  /** By twenty: the first six devices are one of each. */
  private static final List<Make> MAKES =
      List.of(
          Make.TASMOTA,
          Make.SHELLY_PLUG,
          Make.SHELLY_THREE_PHASE,
          Make.SHELLY_GEN1_PLUG,
          Make.ZIGBEE,
          Make.SHELLY_GEN1_METER,
          Make.TASMOTA,
          Make.SHELLY_PLUG,
          Make.ZIGBEE,
          Make.TASMOTA,
          Make.SHELLY_PLUG,
          Make.TASMOTA,
          Make.SHELLY_GEN1_PLUG,
          Make.ZIGBEE,
          Make.SHELLY_PLUG,
          Make.TASMOTA,
          Make.TASMOTA,
          Make.ZIGBEE,
          Make.SHELLY_PLUG,
          Make.TASMOTA);

  private static final int PHASES = 3;
  private final long seed;
  private final ZoneId zone;
  private final List<Mains> mains;
  private final CampusUses uses;
  private final Map<String, LoadShape> shapes = new HashMap<>();

  CampusPlan(long seed, ZoneId zone) {
    this.seed = Chance.mix(seed, Campus.NAME.hashCode());
    this.zone = zone;
    this.mains =
        IntStream.range(0, PHASES)
            .mapToObj(phase -> new Mains(Chance.mix(this.seed, phase)))
            .toList();
    this.uses = new CampusUses(Chance.mix(this.seed, PHASES), zone);
  }

  /** The first devices of the campus; each is the same however many there are. */
  List<Device> devices(int size) {
    List<Device> devices = new ArrayList<>(size);
    for (int index = 0; index < size; index++) {
      devices.add(device(index));
    }
    return List.copyOf(devices);
  }

  private Device device(int index) {
    int round = index / MAKES.size();
    return switch (MAKES.get(index % MAKES.size())) {
      case TASMOTA -> new TasmotaPlug(plug(index, null));
      case ZIGBEE -> new ZigbeePlug(plug(index, null));
      case SHELLY_PLUG -> {
        String id = "shellyplusplugs-" + mac(index);
        yield new ShellyPlug(id, plug(index, id));
      }
      case SHELLY_GEN1_PLUG -> {
        String id = "shellyplug-s-" + deviceId(index).toUpperCase(Locale.ROOT);
        yield new ShellyGen1Plug(id, plug(index, id));
      }
      case SHELLY_GEN1_METER -> {
        String id = "shellyem-" + deviceId(index).toUpperCase(Locale.ROOT);
        yield new ShellyGen1Meter(id, circuit(id, uses.onClamp(round), index));
      }
      case SHELLY_THREE_PHASE ->
          threePhase("shellypro3em-" + mac(index), uses.onThreePhases(round), index);
    };
  }

  /**
   * @param id null for a plug whose owner names it, after what is plugged in
   */
  private Circuit plug(int index, String id) {
    Use use = uses.onPlug(index);
    String name = String.format(Locale.ROOT, "%s-%05d", use.name(), index + 1);
    return circuit(id == null ? name : id, use, index);
  }

  private Circuit circuit(String name, Use use, int index) {
    long own = Chance.mix(seed, index);
    return circuit(name, use, variant(use, own), size(use, own), index % PHASES, own);
  }

  private ShellyThreePhase threePhase(String id, Use use, int index) {
    long own = Chance.mix(seed, index);
    List<Circuit> phases = new ArrayList<>(PHASES);
    for (int phase = 0; phase < PHASES; phase++) {
      long ofPhase = Chance.mix(own, phase);
      double thirdW = size(use, own) / PHASES;
      if (use.load().balanced()) {
        phases.add(circuit(id, use, variant(use, own), thirdW, phase, own));
      } else {
        int variant = (variant(use, own) + phase) % use.variants();
        double sizeW = thirdW * (0.85 + 0.3 * Chance.unit(ofPhase));
        phases.add(circuit(id, use, variant, sizeW, phase, ofPhase));
      }
    }
    return new ShellyThreePhase(id, List.copyOf(phases));
  }

  private Circuit circuit(String name, Use use, int variant, double sizeW, int phase, long own) {
    String key = use.name() + variant;
    LoadShape shape =
        shapes.computeIfAbsent(
            key, shared -> new LoadShape(use.load(), Chance.mix(seed, key.hashCode()), zone));
    return new Circuit(name, shape, sizeW, use, mains.get(phase), own);
  }

  private static int variant(Use use, long own) {
    return Math.floorMod(Chance.mix(own, 11), use.variants());
  }

  /** There are more small ones than large ones. */
  private static double size(Use use, long own) {
    double large = Chance.unit(Chance.mix(own, 12));
    return use.smallW() + (use.largeW() - use.smallW()) * large * large;
  }

  /** Of an address that no maker has (locally administered). */
  private static String mac(int index) {
    return "02b0e5" + deviceId(index);
  }

  /** Six hex digits, another for each device: an odd factor maps 24 bits one to one. */
  private static String deviceId(int index) {
    return String.format(Locale.ROOT, "%06x", (index + 1) * 0x9E3779B1L & 0xFF_FFFF);
  }
}
