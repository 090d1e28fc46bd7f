namespace Weft.Flows;

/// <summary>How the two rates of a <see cref="ThreeColorMeter"/> go together.</summary>
public enum MeterKind : byte
{
    /// <summary>RFC 2698: the second rate is the peak, which contains the committed one.</summary>
    PeakRate,

    /// <summary>RFC 4115: the second rate is an excess beside the committed one; yellow packets take nothing from green ones.</summary>
    ExcessRate,
}
