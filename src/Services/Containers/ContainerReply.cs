namespace Weft.Services;

/// <summary>What became of a packet that was with a container.</summary>
/// <param name="Verdict">What the container says; <see cref="ServiceVerdict.Drop"/> if it says nothing that makes sense.</param>
/// <param name="IsLost">True if the container died with it.</param>
/// <param name="Length">Bytes of the packet; 0 if it is lost.</param>
/// <param name="Tag">What was given to <see cref="ContainerRing.TrySubmit"/>.</param>
public readonly record struct ContainerReply(ServiceVerdict Verdict, bool IsLost, int Length, ContainerTag Tag)
{
    /// <summary>True if the packet came back under another service path, or not at its end; it is dropped.</summary>
    public bool IsMisrouted { get; init; }
}
