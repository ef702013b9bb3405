/** Where every message comes in, whoever brought it: decoded, then journaled or dead-lettered. */
package io.blockofenergy.edge.intake;
