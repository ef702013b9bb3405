package io.blockofenergy.cloud.report.pack;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import org.apache.pdfbox.cos.COSDictionary;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentInformation;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.documentinterchange.logicalstructure.PDStructureElement;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.apache.pdfbox.pdmodel.graphics.state.RenderingMode;
import org.apache.pdfbox.pdmodel.interactive.viewerpreferences.PDViewerPreferences;

/**
 * Pages of A4 that are filled from the top: text in one embedded font, which has Latin, Greek and
 * Cyrillic letters, lines and boxes. The same calls give the same bytes. Lengths are in points, y
 * from the top of the page. For one thread; blocks.
 */
final class Sheet implements AutoCloseable {
  static final float LEFT = 48;
  static final float RIGHT = PDRectangle.A4.getWidth() - 48;
  static final float WIDTH = RIGHT - LEFT;
  static final Color INK = new Color(0x1b2430);
  static final Color GREY = new Color(0x5b6675);
  static final Color RULE = new Color(0xd5dae1);

  private static final float HEIGHT = PDRectangle.A4.getHeight();
  private static final float TOP = 48;
  private static final float BOTTOM = HEIGHT - 60;
  private static final float LEADING = 1.35f;
  private static final float BOLD_STROKE = 0.03f;

  /** Comes with the library; SIL Open Font License. */
  private static final String FONT = "/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf";

  private static final String MISSING = "?";

  private final PDDocument document = new PDDocument();
  private final PDFont font;
  private final Map<Integer, String> glyphs = new HashMap<>();
  private final Tags tags = new Tags(document);
  private PDPageContentStream page;
  private float y;

  /**
   * @param title of the document
   * @param made when; given out as the file's time
   * @param id what makes this document another than others
   */
  Sheet(String title, Instant made, long id) {
    try (InputStream ttf = PDDocument.class.getResourceAsStream(FONT)) {
      font = PDType0Font.load(document, ttf, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    PDDocumentInformation about = new PDDocumentInformation();
    about.setTitle(title);
    about.setCreator("Block of Energy");
    GregorianCalendar time = new GregorianCalendar(TimeZone.getTimeZone(ZoneOffset.UTC));
    time.setTimeInMillis(made.toEpochMilli());
    about.setCreationDate(time);
    about.setModificationDate(time);
    document.setDocumentInformation(about);
    document.setDocumentId(id);
    document.getDocumentCatalog().setLanguage("en");
    PDViewerPreferences preferences = new PDViewerPreferences(new COSDictionary());
    preferences.setDisplayDocTitle(true);
    document.getDocumentCatalog().setViewerPreferences(preferences);
    turn();
  }

  private void turn() {
    try {
      if (page != null) {
        page.close();
      }
      PDPage blank = new PDPage(PDRectangle.A4);
      document.addPage(blank);
      tags.turn(blank);
      page = new PDPageContentStream(document, blank);
      y = TOP;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins a page when what comes would not fit on this one. */
  void need(float height) {
    if (y + height > BOTTOM) {
      turn();
    }
  }

  float y() {
    return y;
  }

  void down(float height) {
    y += height;
  }

  /** One line at the place, not moving on; what is longer than {@code width} is cut. */
  void text(String text, float x, float at, float size, Color color, boolean bold, float width) {
    tags.begin(page);
    show(fitting(text, size, width), x, at, size, color, bold);
    end();
  }

  private void end() {
    try {
      page.endMarkedContent();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is drawn next, up to {@link #end}, says nothing. */
  private void ornament() {
    try {
      page.beginMarkedContent(COSName.ARTIFACT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void show(String shown, float x, float at, float size, Color color, boolean bold) {
    try {
      page.beginText();
      page.setFont(font, size);
      page.setNonStrokingColor(color);
      page.setStrokingColor(color);
      page.setLineWidth(size * BOLD_STROKE);
      page.setRenderingMode(bold ? RenderingMode.FILL_STROKE : RenderingMode.FILL);
      page.newLineAtOffset(x, HEIGHT - at);
      page.showText(shown);
      page.endText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One line that ends at {@code x}. */
  void textTo(String text, float x, float at, float size, Color color, boolean bold) {
    text(text, x - width(text, size), at, size, color, bold, WIDTH);
  }

  /** What is written up to {@link #leave} is an element of this type of the document. */
  PDStructureElement enter(String type) {
    return tags.enter(type);
  }

  void leave() {
    tags.leave();
  }

  /** Lines, broken where they must be, from the left; moves on. */
  void paragraph(String text, float size, Color color, boolean bold) {
    lines("P", text, size, color, bold);
  }

  private void lines(String type, String text, float size, Color color, boolean bold) {
    enter(type);
    for (String line : lines(text, size, WIDTH)) {
      need(size * LEADING);
      y += size * LEADING;
      text(line, LEFT, y, size, color, bold, WIDTH);
    }
    leave();
  }

  /** A heading with room above it. */
  void heading(String text) {
    need(70);
    y += 16;
    lines("H2", text, 11.5f, INK, true);
    y += 5;
  }

  void line(float x1, float y1, float x2, float y2, Color color, float width) {
    ornament();
    try {
      page.setStrokingColor(color);
      page.setLineWidth(width);
      page.moveTo(x1, HEIGHT - y1);
      page.lineTo(x2, HEIGHT - y2);
      page.stroke();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    end();
  }

  void box(float x, float top, float width, float height, Color color) {
    ornament();
    try {
      page.setNonStrokingColor(color);
      page.addRect(x, HEIGHT - top - height, width, height);
      page.fill();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    end();
  }

  float width(String text, float size) {
    try {
      return font.getStringWidth(printable(text)) / 1000 * size;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String fitting(String text, float size, float width) {
    String shown = printable(text);
    if (width(shown, size) <= width) {
      return shown;
    }
    int end = shown.length();
    while (end > 0 && width(shown.substring(0, end) + "…", size) > width) {
      end = shown.offsetByCodePoints(end, -1);
    }
    return shown.substring(0, end) + "…";
  }

  private List<String> lines(String text, float size, float width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : printable(text).split(" ")) {
      if (!line.isEmpty() && width(line + " " + word, size) > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  /** Without characters that the font lacks, or that turn the writing round. */
  private String printable(String text) {
    StringBuilder printable = new StringBuilder();
    text.codePoints().forEach(c -> printable.append(glyphs.computeIfAbsent(c, this::glyph)));
    return printable.toString();
  }

  private String glyph(int codePoint) {
    int type = Character.getType(codePoint);
    if (type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE) {
      return MISSING;
    }
    String character = Character.toString(codePoint);
    try {
      font.encode(character);
      return character;
    } catch (IOException | IllegalArgumentException e) {
      return MISSING;
    }
  }

  /**
   * The file, with a line at the foot of each page.
   *
   * @param foot at its left
   */
  byte[] bytes(String foot) {
    try {
      page.close();
      int pages = document.getNumberOfPages();
      for (int i = 0; i < pages; i++) {
        page =
            new PDPageContentStream(
                document, document.getPage(i), PDPageContentStream.AppendMode.APPEND, true, true);
        line(LEFT, HEIGHT - 46, RIGHT, HEIGHT - 46, RULE, 0.6f);
        ornament();
        String number = "Page " + (i + 1) + " of " + pages;
        show(fitting(foot, 7.5f, WIDTH - 60), LEFT, HEIGHT - 34, 7.5f, GREY, false);
        show(number, RIGHT - width(number, 7.5f), HEIGHT - 34, 7.5f, GREY, false);
        end();
        page.close();
      }
      tags.finish();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      document.save(bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      document.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
