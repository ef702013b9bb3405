package io.blockofenergy.cloud.api;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Draws a picture of a page, which has few colours, with the 256 that it has most of. */
final class Palette {
  private static final int SIZE = 256;

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
            .limit(SIZE)
            .map(Map.Entry::getKey)
            .toList();
    int[] colours = new int[SIZE];
    for (int i = 0; i < most.size(); i++) {
      colours[i] = most.get(i);
    }
    return new Palette(colours).draw(full);
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
      int distance = 0;
      for (int shift = 0; shift <= 16; shift += 8) {
        int difference = (colour >> shift & 0xff) - (colours[i] >> shift & 0xff);
        distance += difference * difference;
      }
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }
}
