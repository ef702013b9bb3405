package io.blockofenergy.cloud.report.pack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pdfbox.cos.COSArray;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentCatalog;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDNumberTreeNode;
import org.apache.pdfbox.pdmodel.documentinterchange.logicalstructure.PDMarkInfo;
import org.apache.pdfbox.pdmodel.documentinterchange.logicalstructure.PDMarkedContentReference;
import org.apache.pdfbox.pdmodel.documentinterchange.logicalstructure.PDParentTreeValue;
import org.apache.pdfbox.pdmodel.documentinterchange.logicalstructure.PDStructureElement;
import org.apache.pdfbox.pdmodel.documentinterchange.logicalstructure.PDStructureTreeRoot;

/**
 * The logical structure of a document, ISO 32000-1 section 14.7: what a screen reader reads out, as
 * headings, paragraphs and tables, in the order in which it was written. Not safe for threads.
 */
final class Tags {
  private final PDDocument document;
  private final PDStructureTreeRoot root = new PDStructureTreeRoot();
  private final PDStructureElement whole = new PDStructureElement("Document", root);
  private final Deque<PDStructureElement> open = new ArrayDeque<>();
  private final Map<Integer, PDParentTreeValue> parents = new TreeMap<>();
  private COSArray ofPage;
  private PDPage page;

  Tags(PDDocument document) {
    this.document = document;
    root.appendKid(whole);
  }

  /** What is written from now on is on this page. */
  void turn(PDPage next) {
    page = next;
    ofPage = new COSArray();
    page.setStructParents(parents.size());
    parents.put(parents.size(), new PDParentTreeValue(ofPage));
  }

  /** What is written up to {@link #leave} is part of a new element. */
  PDStructureElement enter(String type) {
    PDStructureElement parent = open.isEmpty() ? whole : open.peek();
    PDStructureElement element = new PDStructureElement(type, parent);
    parent.appendKid(element);
    open.push(element);
    return element;
  }

  void leave() {
    open.pop();
  }

  /**
   * Begins content of the element that is open, or else of a paragraph; {@code content} ends it.
   */
  void begin(PDPageContentStream content) {
    boolean alone = open.isEmpty();
    PDStructureElement element = alone ? enter("P") : open.peek();
    int id = ofPage.size();
    ofPage.add(element.getCOSObject());
    PDMarkedContentReference reference = new PDMarkedContentReference();
    reference.setPage(page);
    reference.setMCID(id);
    element.appendKid(reference);
    try {
      content.beginMarkedContent(COSName.getPDFName(element.getStructureType()), id);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (alone) {
      leave();
    }
  }

  /** Puts the structure into the document. */
  void finish() {
    PDNumberTreeNode tree = new PDNumberTreeNode(PDParentTreeValue.class);
    tree.setNumbers(parents);
    root.setParentTree(tree);
    root.setParentTreeNextKey(parents.size());
    PDMarkInfo marked = new PDMarkInfo();
    marked.setMarked(true);
    PDDocumentCatalog catalog = document.getDocumentCatalog();
    catalog.setMarkInfo(marked);
    catalog.setStructureTreeRoot(root);
  }
}
