/** The cloud's process: builds the roles and hands each what it needs. */
package io.blockofenergy.cloud;
