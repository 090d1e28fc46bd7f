namespace Weft.Analytics;

/// <summary>What a snapshot thinks of one alarm.</summary>
public readonly record struct AlarmScore
{
    /// <summary>The outlier factor: at most 0, which is an alarm without a single known feature.</summary>
    public required double OutlierFactor { get; init; }

    /// <summary>0 to 100: below <see cref="HoloEntropyOptions.AbnormalFrom"/> if the alarm is normal, from there on if it is an outlier.</summary>
    public required double Score { get; init; }

    /// <summary>Share of calibration rows at least as outlying, the alarm itself counted: above 0, at most 1.</summary>
    public required double PValue { get; init; }

    /// <summary>True if the alarm is abnormal by the rule of the options.</summary>
    public required bool IsOutlier { get; init; }

    /// <summary>The attribute that contributes most above what is usual for it.</summary>
    public required AttributeId TopAttribute { get; init; }

    /// <summary>Warning for a normal alarm; minor, major or critical by thirds of the abnormal range.</summary>
    public required AlarmSeverity Severity { get; init; }
}
