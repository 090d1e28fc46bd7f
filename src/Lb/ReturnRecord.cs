using System.Runtime.CompilerServices;

namespace Weft.Lb;

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
