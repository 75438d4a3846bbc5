/**
 * With how many decimals a number is shown beside its point, so that the two do not read alike
 * unless they are. `digits_apart` of the domain says the same for documents and tooltips.
 */
const LEAST_DIGITS = 2;
const MOST_DIGITS = 6;

/**
 * @param {number} value
 * @param {number} point
 */
export function digitsApart(value, point) {
  let digits = LEAST_DIGITS;
  while (digits < MOST_DIGITS && value !== point && value.toFixed(digits) === point.toFixed(digits)) digits += 1;
  return digits;
}
