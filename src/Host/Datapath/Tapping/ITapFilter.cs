namespace Weft.Host.Datapath.Tapping;

/// <summary>Chooses frames. It is asked by workers, so it must neither allocate nor wait.</summary>
internal interface ITapFilter
{
    /// <summary>Whether a frame is wanted; it may be anything.</summary>
    bool Matches(ReadOnlySpan<byte> frame);
}
