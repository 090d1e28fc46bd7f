namespace Weft.Analytics;

/// <summary>Where the calibration rows of a snapshot come from.</summary>
public enum CalibrationKind
{
    /// <summary>They are in the model; each is judged as if it were not (leave one out). The default.</summary>
    LeaveOneOut,

    /// <summary>They are not in the model. The stated false-alarm rate then holds exactly for rows exchangeable with them.</summary>
    HeldOut,
}
