/** The pictures of single addresses: a shape and a colour for each class, drawn for the theme. */

import { CLASSES } from "../core/words.js";
import { colour } from "./colours.js";

const SIZE = 24;
const SHARP = 2;

/** @type {Record<string, (pen: CanvasRenderingContext2D) => void>} */
const SHAPES = {
  circle: (pen) => pen.arc(12, 12, 6.5, 0, 2 * Math.PI),
  triangle: (pen) => {
    pen.moveTo(12, 4);
    pen.lineTo(20, 18.5);
    pen.lineTo(4, 18.5);
    pen.closePath();
  },
  cross: (pen) => {
    pen.moveTo(6.5, 6.5);
    pen.lineTo(17.5, 17.5);
    pen.moveTo(17.5, 6.5);
    pen.lineTo(6.5, 17.5);
  },
  ring: (pen) => pen.arc(12, 12, 6, 0, 2 * Math.PI),
};

/**
 * Give the map its pictures, or others in their place.
 * @param {import("maplibre-gl").Map} gl
 */
export function addPictures(gl) {
  for (const { id, look, shape } of CLASSES) put(gl, `class-${id}`, drawn(shape, colour(look), colour(`${look}-line`)));
  put(gl, "mark-hold", drawnHold());
  put(gl, "mark-flag", drawnFlag());
  put(gl, "hatch", drawnHatch());
}

/**
 * @param {import("maplibre-gl").Map} gl
 * @param {string} name
 * @param {ImageData} picture
 */
function put(gl, name, picture) {
  if (gl.hasImage(name)) gl.removeImage(name);
  gl.addImage(name, picture, { pixelRatio: SHARP });
}

/**
 * @param {string} shape
 * @param {string} fill
 * @param {string} line
 */
function drawn(shape, fill, line) {
  const pen = newPen(SIZE);
  pen.lineJoin = "round";
  pen.lineCap = "round";
  if (shape === "cross") {
    stroke(pen, shape, colour("map-halo"), 6.5);
    stroke(pen, shape, line, 3.2);
  } else {
    stroke(pen, shape, colour("map-halo"), 4.5);
    pen.beginPath();
    SHAPES[shape](pen);
    pen.fillStyle = fill;
    pen.fill();
    stroke(pen, shape, line, shape === "ring" ? 3 : 1.6);
  }
  return pen.getImageData(0, 0, SIZE * SHARP, SIZE * SHARP);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} shape
 * @param {string} line
 * @param {number} width
 */
function stroke(pen, shape, line, width) {
  pen.beginPath();
  SHAPES[shape](pen);
  pen.strokeStyle = line;
  pen.lineWidth = width;
  pen.stroke();
}

function drawnHold() {
  const pen = newPen(14);
  pen.fillStyle = colour("surface");
  pen.fillRect(1, 1, 12, 12);
  pen.fillStyle = colour("danger");
  pen.fillRect(3, 3, 3, 8);
  pen.fillRect(8, 3, 3, 8);
  return pen.getImageData(0, 0, 14 * SHARP, 14 * SHARP);
}

function drawnFlag() {
  const pen = newPen(14);
  pen.beginPath();
  pen.moveTo(7, 1.5);
  pen.lineTo(13, 12.5);
  pen.lineTo(1, 12.5);
  pen.closePath();
  pen.fillStyle = colour("warn");
  pen.fill();
  pen.strokeStyle = colour("surface");
  pen.lineWidth = 1.2;
  pen.stroke();
  return pen.getImageData(0, 0, 14 * SHARP, 14 * SHARP);
}

function drawnHatch() {
  const pen = newPen(10);
  pen.strokeStyle = colour("map-exclusion");
  pen.lineWidth = 1;
  pen.globalAlpha = 0.55;
  pen.beginPath();
  for (const shift of [-10, 0, 10]) {
    pen.moveTo(shift, 10);
    pen.lineTo(shift + 10, 0);
  }
  pen.stroke();
  return pen.getImageData(0, 0, 10 * SHARP, 10 * SHARP);
}

/** @param {number} size */
function newPen(size) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * SHARP;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true })); // else it is drawn by the graphics card and fetched back
  pen.scale(SHARP, SHARP);
  return pen;
}
