/** Shown where there is no value. */
const NONE = '–';

/**
 * A probability as a percentage: the only place that decides how. `column` always has one decimal, so that points stand
 * in line; `text` leaves it out where whole percents say enough. What would round to none or to all says so.
 */
export function percent(probability: number | null, form: 'column' | 'text'): string {
  if (probability === null || Number.isNaN(probability)) return NONE;
  const value = 100 * probability;
  if (value > 0 && value < 0.1) return '<0.1 %';
  if (value >= 99.95 && value < 100) return '>99.9 %';
  const whole = form === 'text' && ((value >= 9.95 && value < 99) || value === 100);
  return `${value.toFixed(whole ? 0 : 1)} %`;
}
