package io.blockofenergy.cloud.api;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Draws a picture of a page with 256 colours: those that it has most of, and then those that differ
 * most from them, so that a small green dot stays green.
 */
final class Palette {
  private static final int SIZE = 256;
  private static final int FREQUENT = 160;
  private static final int CANDIDATES = 4000;

  private final int[] colours;
  private final Map<Integer, Integer> nearest = new HashMap<>();

  private Palette(int[] colours) {
    this.colours = colours;
  }

  static BufferedImage reduce(BufferedImage full) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int y = 0; y < full.getHeight(); y++) {
      for (int x = 0; x < full.getWidth(); x++) {
        counts.merge(full.getRGB(x, y) & 0xffffff, 1, Integer::sum);
      }
    }
    List<Integer> most =
        counts.entrySet().stream()
            .sorted(Map.Entry.<Integer, Integer>comparingByValue(Comparator.reverseOrder()))
            .limit(CANDIDATES)
            .map(Map.Entry::getKey)
            .toList();
    return new Palette(choose(most)).draw(full);
  }

  private static int[] choose(List<Integer> most) {
    int[] chosen = new int[SIZE];
    int[] distances = new int[most.size()];
    Arrays.fill(distances, Integer.MAX_VALUE);
    int next = 0;
    for (int i = 0; i < SIZE && i < most.size(); i++) {
      chosen[i] = most.get(next);
      int farthest = 0;
      for (int j = 0; j < distances.length; j++) {
        distances[j] = Math.min(distances[j], distance(most.get(j), chosen[i]));
        farthest = distances[j] > distances[farthest] ? j : farthest;
      }
      next = i + 1 < Math.min(FREQUENT, most.size()) ? i + 1 : farthest;
    }
    return chosen;
  }

  private BufferedImage draw(BufferedImage full) {
    IndexColorModel model = new IndexColorModel(8, SIZE, colours, 0, false, -1, 0);
    BufferedImage small =
        new BufferedImage(
            full.getWidth(), full.getHeight(), BufferedImage.TYPE_BYTE_INDEXED, model);
    for (int y = 0; y < full.getHeight(); y++) {
      for (int x = 0; x < full.getWidth(); x++) {
        int index = nearest.computeIfAbsent(full.getRGB(x, y) & 0xffffff, this::find);
        small.getRaster().setSample(x, y, 0, index);
      }
    }
    return small;
  }

  private int find(int colour) {
    int best = 0;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < SIZE; i++) {
      int distance = distance(colour, colours[i]);
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }

  private static int distance(int a, int b) {
    int sum = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      int difference = (a >> shift & 0xff) - (b >> shift & 0xff);
      sum += difference * difference;
    }
    return sum;
  }
}
