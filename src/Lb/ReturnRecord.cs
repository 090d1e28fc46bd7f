using System.Runtime.CompilerServices;

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

    /// <summary>Seconds since a packet was last seen. The count of seconds comes round after eight years, more than any flow may be idle.</summary>
    public readonly uint IdleAt(uint seconds) => (seconds - _stageAndSeconds) & SecondsMask;

    /// <summary>Writes only what is news: most packets of a flow come within the second of the one before, and leave the record's cache line clean.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(FlowStage stage, uint seconds)
    {
        uint now = ((uint)stage << SecondsBits) | (seconds & SecondsMask);
        if (_stageAndSeconds != now)
        {
            _stageAndSeconds = now;
        }
    }
}
