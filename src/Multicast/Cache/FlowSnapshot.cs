using Weft.Packets;

namespace Weft.Multicast;

/// <summary>A remembered flow, as <see cref="MulticastSwitch.Flows"/> copies it.</summary>
/// <param name="Segment">Segment where it arrives.</param>
/// <param name="Ingress">Port where it arrives.</param>
/// <param name="Source">Its source, or null if the slow path did not look at it: then the actions serve all sources.</param>
/// <param name="Group">Its group.</param>
/// <param name="Frames">Frames since it was recorded first.</param>
/// <param name="IsCurrent">False if what it depends on has changed: the next frame records it again.</param>
/// <param name="Actions">The recorded actions in words, one a line; those of a branch are indented.</param>
public sealed record FlowSnapshot(
    int Segment, int Ingress, IPv6Address? Source, IPv6Address Group, long Frames, bool IsCurrent, IReadOnlyList<string> Actions);
