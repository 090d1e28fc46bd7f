using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>What there is, for people to look at.</summary>
public sealed partial class NatEngine
{
    /// <summary>Copies mappings and sessions out, a slice of the table at a time; what changes meanwhile may be missing or there twice.</summary>
    /// <param name="cursor">Where to go on: 0 at first, then what the previous call left; 0 again at the end.</param>
    /// <param name="destination">Gets them; 64 at least.</param>
    /// <param name="now">The time.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than 64.</exception>
    public int CopyTo(ref int cursor, Span<NatFlow> destination, Timestamp now)
    {
        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        if (destination.Length < slice.Length)
        {
            throw new ArgumentException($"The destination holds {destination.Length} flows; {slice.Length} are copied at a time.", nameof(destination));
        }

        int live = _entries.Slice(ref cursor, slice);
        int count = 0;
        foreach (FlowHandle handle in slice[..live])
        {
            ref NatEntry entry = ref _entries[handle];
            FlowKey4 inside = _entries.ForwardKeyOf(handle);
            FlowKey4 outside = _entries.ReverseKeyOf(handle);
            destination[count++] = new NatFlow(
                inside.Scope, inside.Protocol, inside.Source, inside.SourcePort, outside.Destination, outside.DestinationPort, inside.Destination, inside.DestinationPort, entry.IsStatic,
                Math.Max(0, (now - entry.LastSeen).TotalSeconds));
        }

        return count;
    }
}
