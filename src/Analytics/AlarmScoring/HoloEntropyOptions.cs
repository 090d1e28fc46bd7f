namespace Weft.Analytics;

/// <summary>How alarms are scored.</summary>
public sealed record HoloEntropyOptions
{
    /// <summary>
    /// Weighs each column with the reverse sigmoid of its entropy, as published. On by default. It is one switch because it is no
    /// law: of twelve public data sets it ranks better on five and worse on seven.
    /// </summary>
    public bool Weighted { get; init; } = true;

    /// <summary>Base of the logarithm, above 1; e by default. It matters: the weights are a function of the entropy's number.</summary>
    public double LogBase { get; init; } = Math.E;

    /// <summary>Where normal scores end and abnormal ones begin (B), above 0 and below 100; 50 by default.</summary>
    public double AbnormalFrom { get; init; } = 50;

    /// <summary>What makes an alarm an outlier.</summary>
    public OutlierRule Rule { get; init; } = OutlierRule.Conformal;

    /// <summary>For <see cref="OutlierRule.Conformal"/>: share of normal alarms called outliers, above 0 and below 1; 0.01 by default.</summary>
    public double FalseAlarmRate { get; init; } = 0.01;

    /// <summary>For <see cref="OutlierRule.FeatureRemoval"/>: decrease of weighted entropy, in units of <see cref="LogBase"/>; 0 by default.</summary>
    public double FeatureThreshold { get; init; }

    /// <summary>Whether calibration rows are in the model.</summary>
    public CalibrationKind Calibration { get; init; } = CalibrationKind.LeaveOneOut;

    internal void Validate()
    {
        Require(LogBase > 1 && double.IsFinite(LogBase), nameof(LogBase), LogBase, "above 1");
        Require(AbnormalFrom is > 0 and < 100, nameof(AbnormalFrom), AbnormalFrom, "0 to 100, both excluded");
        Require(FalseAlarmRate is > 0 and < 1, nameof(FalseAlarmRate), FalseAlarmRate, "0 to 1, both excluded");
        Require(double.IsFinite(FeatureThreshold), nameof(FeatureThreshold), FeatureThreshold, "a finite number");
    }

    private static void Require(bool holds, string name, double value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is {value}; the allowed range is {range}.");
        }
    }
}
