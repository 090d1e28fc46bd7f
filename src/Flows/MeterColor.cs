namespace Weft.Flows;

/// <summary>What a <see cref="ThreeColorMeter"/> says of a packet.</summary>
public enum MeterColor : byte
{
    /// <summary>Within the committed rate.</summary>
    Green,

    /// <summary>Above the committed rate, within the other one.</summary>
    Yellow,

    /// <summary>Above both.</summary>
    Red,
}
