namespace Weft.Lb;

/// <summary>How far a flow has come.</summary>
internal enum FlowStage : byte
{
    /// <summary>Not TCP.</summary>
    Datagrams,

    /// <summary>A SYN came and nothing came back.</summary>
    Opening,

    /// <summary>More than that.</summary>
    Established,

    /// <summary>The client's side sent a FIN.</summary>
    ClientClosed,

    /// <summary>The server sent a FIN.</summary>
    ServerClosed,

    /// <summary>Both, or a RST.</summary>
    Closed,
}

/// <summary>What is remembered of a flow: 8 bytes.</summary>
/// <remarks>
/// <code>
///  0      2            4                              8
/// | index | generation | stage 4 bits, seconds 28 bits |
/// </code>
/// </remarks>
internal struct ReturnRecord
{
    private const int SecondsBits = 28;
    private const uint SecondsMask = (1u << SecondsBits) - 1;

    public LbId Lb;
    private uint _stageAndSeconds;

    public readonly FlowStage Stage => (FlowStage)(_stageAndSeconds >> SecondsBits);

    /// <summary>When a packet was last seen, in seconds since the table began. 28 bits last eight years; beyond that flows live too long.</summary>
    public readonly uint Seconds => _stageAndSeconds & SecondsMask;

    public void Set(FlowStage stage, uint seconds) => _stageAndSeconds = ((uint)stage << SecondsBits) | Math.Min(seconds, SecondsMask);
}
