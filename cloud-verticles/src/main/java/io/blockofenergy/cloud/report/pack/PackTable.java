package io.blockofenergy.cloud.report.pack;

import java.awt.Color;

/** Rows of a table on a {@link Sheet}; its head comes again on the next page. */
final class PackTable {
  private static final float SIZE = 8.5f;
  private static final float ROW = 14;
  private static final float PADDING = 6;

  private final Sheet sheet;
  private final float[] places;
  private final String alignment;
  private String[] head;

  /**
   * @param places for each column, from the left margin: where one that is aligned left begins, or
   *     one that is aligned right ends
   * @param alignment for each column {@code l} or {@code r}
   */
  PackTable(Sheet sheet, float[] places, String alignment) {
    this.sheet = sheet;
    this.places = places.clone();
    this.alignment = alignment;
  }

  /** Begins the table; {@link #end} ends it. */
  void begin(String... cells) {
    sheet.enter("Table");
    head(cells);
  }

  void end() {
    sheet.leave();
  }

  private void head(String... cells) {
    head = cells.clone();
    write("TH", Sheet.GREY, false, cells);
    sheet.line(Sheet.LEFT, sheet.y() + 4, Sheet.RIGHT, sheet.y() + 4, Sheet.RULE, 0.8f);
    sheet.down(3);
  }

  void row(String... cells) {
    float before = sheet.y();
    sheet.need(ROW);
    if (sheet.y() < before) {
      head(head);
    }
    write("TD", Sheet.INK, false, cells);
  }

  void total(String... cells) {
    sheet.need(ROW + 4);
    sheet.line(Sheet.LEFT, sheet.y() + 4, Sheet.RIGHT, sheet.y() + 4, Sheet.RULE, 0.8f);
    sheet.down(2);
    write("TD", Sheet.INK, true, cells);
  }

  private void write(String tag, Color color, boolean bold, String... cells) {
    sheet.down(ROW);
    sheet.enter("TR");
    for (int i = 0; i < cells.length; i++) {
      // Empty ones are cells too: those of one column must be as many.
      sheet.enter(tag);
      float x = Sheet.LEFT + places[i];
      if (cells[i] != null && !cells[i].isEmpty()) {
        if (alignment.charAt(i) == 'r') {
          sheet.textTo(cells[i], x, sheet.y(), SIZE, color, bold);
        } else {
          sheet.text(cells[i], x, sheet.y(), SIZE, color, bold, end(i, cells) - x - PADDING);
        }
      }
      sheet.leave();
    }
    sheet.leave();
  }

  /** Where the next column that has something begins. */
  private float end(int column, String... cells) {
    for (int i = column + 1; i < places.length; i++) {
      if (cells[i] != null && !cells[i].isEmpty()) {
        float x = Sheet.LEFT + places[i];
        return alignment.charAt(i) == 'r' ? x - sheet.width(cells[i], SIZE) : x;
      }
    }
    return Sheet.RIGHT;
  }
}
