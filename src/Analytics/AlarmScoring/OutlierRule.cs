namespace Weft.Analytics;

/// <summary>What makes an alarm an outlier.</summary>
public enum OutlierRule
{
    /// <summary>
    /// Its factor is among the largest of the calibration rows, so that a row like them is called an outlier with a probability of
    /// at most <see cref="HoloEntropyOptions.FalseAlarmRate"/>. The default.
    /// </summary>
    Conformal,

    /// <summary>
    /// Removing the row would lower the weighted holo-entropy (Wu and Wang's bound). It holds for a fifth to a half of ordinary
    /// data: it prunes a search, it is not a rate.
    /// </summary>
    UpperBound,

    /// <summary>
    /// Removing at least one feature of the alarm would lower the entropy by <see cref="HoloEntropyOptions.FeatureThreshold"/> or more.
    /// </summary>
    FeatureRemoval,
}
