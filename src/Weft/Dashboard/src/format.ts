const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export const count = (value: number): string => whole.format(value);

/** 12.3 k, 4.56 M: three digits and a letter. */
export function short(value: number, unit = ""): string {
  const steps = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]] as const;
  const step = steps.find(([size]) => Math.abs(value) >= size);
  const text = step ? `${decimal.format(value / step[0])} ${step[1]}` : decimal.format(Math.abs(value) < 0.05 ? 0 : value) + (unit && unit !== "/s" ? " " : "");
  return text + unit;
}

/** A rate, or a dash where there is none yet. */
export const rate = (value: number | null, unit: string): string => (value === null ? "–" : short(value, unit));

export function duration(seconds: number): string {
  if (seconds < 120) {
    return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : minutes < 2880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} d`;
}

export const clock = (time: string): string => new Date(time).toLocaleString("en-GB", { hour12: false });

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
